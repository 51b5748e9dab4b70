/** `warroom role`: who does what. */
import { ROLES } from '../../incident/vocabulary.ts';
import { UsageError, type Command } from '../command.ts';
import { myName } from '../paths.ts';
import { atField, atOption, sendCommand } from '../send-command.ts';

const usage = 'role ic|scribe|comms|ops|deputy NAME [--why TEXT] [--at T]';

export default {
  name: 'role',
  usage,
  about: 'take or give a role; command changes hands by an offer the other accepts',
  options: { why: { type: 'string' }, at: { type: 'string' } },
  run(context) {
    const [word, ...rest] = context.args;
    const role = ROLES.find((known) => known === word?.toLowerCase());
    if (role === undefined) throw new UsageError(`roles are ${ROLES.join(', ')}\nusage: warroom ${usage}`);
    const name = rest.length === 0 ? myName(context) : rest.join(' ').trim().replace(/^@/, '');
    if (name === '') throw new UsageError(`say who\nusage: warroom ${usage}`);
    const why = context.text('why');
    atOption(context, Date.now());
    return sendCommand(
      context,
      (now) => ({ kind: 'assign_role', role, name, ...(why === undefined ? {} : { why }), ...atField(context, now) }),
      () => `${role}: ${name}`,
    );
  },
} satisfies Command;

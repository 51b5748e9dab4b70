/** `warroom role`, `release`, `handover`, `accept`, `decline`: who does what, and how command changes hands. */
import { ROLES, type Role } from '../../incident/vocabulary.ts';
import { wordOf, type CliCommand, type CliContext } from '../command.ts';
import { myName } from '../paths.ts';
import { fieldsOf, sendCommand } from '../send-command.ts';

function roleOf(context: CliContext): Role {
  const found = wordOf(ROLES, context.args[0]);
  if (found === undefined) throw context.wrong(`roles are ${ROLES.join(', ')}`);
  return found;
}

/** `--new` confirms a name that has not been here before. */
const unseen = (context: CliContext) => context.on('new') && ({ unseen: true } as const);

export const role: CliCommand = {
  usage: 'role ic|scribe|comms|ops|deputy NAME [--new] [--why TEXT] [--at T]',
  about: 'take or give a role; command changes hands by an offer the other accepts',
  run(context) {
    const which = roleOf(context);
    const rest = context.args.slice(1);
    const name = rest.length === 0 ? myName(context) : rest.join(' ').trim().replace(/^@/, '');
    if (name === '') throw context.wrong('say who');
    const command = {
      kind: 'assign_role',
      role: which,
      name,
      ...unseen(context),
      ...fieldsOf(context, 'why'),
    } as const;
    return sendCommand(context, command, `${which}: ${name}`);
  },
};

export const release: CliCommand = {
  usage: 'release ROLE',
  about: 'give up a role',
  words: 1,
  run(context) {
    const which = roleOf(context);
    return sendCommand(context, { kind: 'release_role', role: which }, `${which} released`);
  },
};

export const handover: CliCommand = {
  usage: 'handover NAME [--new]',
  about: 'offer command to somebody; you stay IC until they accept',
  run(context) {
    const name = context.args.join(' ').replace(/^@/, '');
    if (name === '') throw context.wrong('say to whom');
    const said = `command offered to ${name}; you are IC until they accept`;
    return sendCommand(context, { kind: 'offer_command', name, ...unseen(context) }, said);
  },
};

export const accept: CliCommand = {
  usage: 'accept',
  about: 'accept command that was offered to you',
  words: 0,
  run: (context) => sendCommand(context, { kind: 'accept_command' }, 'you are IC'),
};

export const decline: CliCommand = {
  usage: 'decline',
  about: 'decline command that was offered, or take the offer back',
  words: 0,
  run: (context) => sendCommand(context, { kind: 'decline_command' }, 'declined'),
};

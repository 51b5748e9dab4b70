/** `warroom release`: a role given up. */
import { ROLES } from '../../incident/vocabulary.ts';
import { UsageError, type Command } from '../command.ts';
import { sendCommand } from '../send-command.ts';

const usage = 'release ROLE';

export default {
  name: 'release',
  usage,
  about: 'give up a role',
  run(context) {
    const role = ROLES.find((known) => known === context.args[0]?.toLowerCase());
    if (role === undefined || context.args.length > 1)
      throw new UsageError(`roles are ${ROLES.join(', ')}\nusage: warroom ${usage}`);
    return sendCommand(
      context,
      () => ({ kind: 'release_role', role }),
      () => `${role} released`,
    );
  },
} satisfies Command;

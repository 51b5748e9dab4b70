/** `warroom handover`: command is offered; the old IC stays until the other accepts. */
import { UsageError, type Command } from '../command.ts';
import { sendCommand } from '../send-command.ts';

const usage = 'handover NAME';

export default {
  name: 'handover',
  usage,
  about: 'offer command to somebody; you stay IC until they accept',
  run(context) {
    const name = context.args.join(' ').replace(/^@/, '');
    if (name === '') throw new UsageError(`say to whom\nusage: warroom ${usage}`);
    return sendCommand(
      context,
      () => ({ kind: 'offer_command', name }),
      () => `command offered to ${name}; you are IC until they accept`,
    );
  },
} satisfies Command;

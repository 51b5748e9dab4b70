/** `warroom decline`: the answer to an offer of command. */
import type { Command } from '../command.ts';
import { sendCommand } from '../send-command.ts';

export default {
  name: 'decline',
  usage: 'decline',
  about: 'decline command that was offered, or take the offer back',
  words: 0,
  run: (context) =>
    sendCommand(
      context,
      () => ({ kind: 'decline_command' }),
      () => 'declined',
    ),
} satisfies Command;

/** `warroom accept`: the answer to an offer of command. */
import type { Command } from '../command.ts';
import { sendCommand } from '../send-command.ts';

export default {
  name: 'accept',
  usage: 'accept',
  about: 'accept command that was offered to you',
  words: 0,
  run: (context) =>
    sendCommand(
      context,
      () => ({ kind: 'accept_command' }),
      () => 'you are IC',
    ),
} satisfies Command;

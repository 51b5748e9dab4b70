/** `warroom retract`: an entry taken back; it stays visible, struck through. */
import type { Command } from '../command.ts';
import { refOf, sendCommand, whyOption } from '../send-command.ts';

const usage = 'retract REF --why TEXT';

export default {
  name: 'retract',
  usage,
  about: 'take an entry back; it stays visible, struck through',
  words: 1,
  options: { why: { type: 'string' } },
  run(context) {
    const ref = refOf(context.args[0], usage);
    const why = whyOption(context, usage);
    return sendCommand(
      context,
      () => ({ kind: 'retract', ref, why }),
      () => `retracted #${ref}`,
    );
  },
} satisfies Command;

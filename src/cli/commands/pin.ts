/** `warroom pin`: an entry everybody should see. */
import type { Command } from '../command.ts';
import { refOf, sendCommand } from '../send-command.ts';

const usage = 'pin REF [--off]';

export default {
  name: 'pin',
  usage,
  about: 'pin an entry, or take the pin off',
  words: 1,
  options: { off: { type: 'boolean' } },
  run(context) {
    const ref = refOf(context.args[0], usage);
    const pinned = !context.on('off');
    return sendCommand(
      context,
      () => ({ kind: 'pin', ref, pinned }),
      () => `${pinned ? 'pinned' : 'unpinned'} #${ref}`,
    );
  },
} satisfies Command;

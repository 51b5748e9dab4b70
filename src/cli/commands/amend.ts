/** `warroom amend`: a correction; the old text stays visible. */
import { UsageError, type Command } from '../command.ts';
import { atOption, refOf, sendCommand, whyOption } from '../send-command.ts';

const usage = 'amend REF TEXT --why TEXT [--at T]';

export default {
  name: 'amend',
  usage,
  about: 'correct an entry; the old text stays in the record',
  options: { why: { type: 'string' }, at: { type: 'string' } },
  run(context) {
    const ref = refOf(context.args[0], usage);
    const text = context.args.slice(1).join(' ').trim();
    const why = whyOption(context, usage);
    atOption(context, Date.now());
    if (text === '' && context.text('at') === undefined)
      throw new UsageError(`give the new text, or the new time with --at\nusage: warroom ${usage}`);
    return sendCommand(
      context,
      (now) => {
        const at = atOption(context, now);
        return { kind: 'amend', ref, why, ...(text === '' ? {} : { text }), ...(at === undefined ? {} : { at }) };
      },
      () => `amended #${ref}`,
    );
  },
} satisfies Command;

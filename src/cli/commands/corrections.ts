/** `warroom amend`, `retract`, `pin`: the record is corrected without being falsified; the old text stays visible. */
import { UsageError, type Command } from '../command.ts';
import { atField, atOption, refOf, sendCommand, whyOption } from '../send-command.ts';

export const amend: Command = {
  name: 'amend',
  usage: 'amend REF TEXT --why TEXT [--at T]',
  about: 'correct an entry; the old text stays in the record',
  options: { why: { type: 'string' }, at: { type: 'string' } },
  run(context) {
    const ref = refOf(context.args[0], amend.usage);
    const text = context.args.slice(1).join(' ').trim();
    const why = whyOption(context, amend.usage);
    const at = atOption(context, Date.now());
    if (text === '' && at === undefined)
      throw new UsageError(`give the new text, or the new time with --at\nusage: warroom ${amend.usage}`);
    return sendCommand(
      context,
      (now) => ({ kind: 'amend', ref, why, ...(text === '' ? {} : { text }), ...atField(context, now) }),
      () => `amended #${ref}`,
    );
  },
};

export const retract: Command = {
  name: 'retract',
  usage: 'retract REF --why TEXT',
  about: 'take an entry back; it stays visible, struck through',
  words: 1,
  options: { why: { type: 'string' } },
  run(context) {
    const ref = refOf(context.args[0], retract.usage);
    const why = whyOption(context, retract.usage);
    return sendCommand(
      context,
      () => ({ kind: 'retract', ref, why }),
      () => `retracted #${ref}`,
    );
  },
};

export const pin: Command = {
  name: 'pin',
  usage: 'pin REF [--off]',
  about: 'pin an entry, or take the pin off',
  words: 1,
  options: { off: { type: 'boolean' } },
  run(context) {
    const ref = refOf(context.args[0], pin.usage);
    const pinned = !context.on('off');
    return sendCommand(
      context,
      () => ({ kind: 'pin', ref, pinned }),
      () => `${pinned ? 'pinned' : 'unpinned'} #${ref}`,
    );
  },
};

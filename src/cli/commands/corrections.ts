/** `warroom amend`, `retract`, `pin`: corrections, which leave the old text visible. */
import type { CliCommand } from '../command.ts';
import { atOption, refOf, sendCommand, whyOption } from '../send-command.ts';

export const amend: CliCommand = {
  usage: 'amend REF TEXT --why TEXT [--at T]',
  about: 'correct an entry; the old text stays in the record',
  run(context) {
    const ref = refOf(context);
    const text = context.args.slice(1).join(' ').trim();
    const why = whyOption(context);
    const at = atOption(context, Date.now());
    if (text === '' && at === undefined) throw context.wrong('give the new text, or the new time with --at');
    return sendCommand(context, { kind: 'amend', ref, why, ...(text !== '' && { text }) }, `amended #${ref}`);
  },
};

export const retract: CliCommand = {
  usage: 'retract REF --why TEXT',
  about: 'take an entry back; it stays visible, struck through',
  words: 1,
  run(context) {
    const ref = refOf(context);
    return sendCommand(context, { kind: 'retract', ref, why: whyOption(context) }, `retracted #${ref}`);
  },
};

export const pin: CliCommand = {
  usage: 'pin REF [--off]',
  about: 'pin an entry, or take the pin off',
  words: 1,
  run(context) {
    const ref = refOf(context);
    const pinned = !context.on('off');
    return sendCommand(context, { kind: 'pin', ref, pinned }, `${pinned ? 'pinned' : 'unpinned'} #${ref}`);
  },
};

/** Correct the record without falsifying it: amend, retract, pin. The old text stays. */
import type { ConsoleCommand } from '../../protocol/command.ts';
import { noIncident, type HubAction, type Values, printed } from '../action.ts';
import { entry, type View } from '../view.ts';

/** The entry a correction starts from: one's own last note. */
function usual(view: View): string {
  const own = view.events.findLast((event) => event.kind === 'noted' && event.by.name === view.me);
  return own === undefined ? '' : `#${own.seq}`;
}

const refOf = (text: string): number | null => {
  const found = /^#?(\d{1,9})$/.exec(text.trim());
  return found === null ? null : Number(found[1]);
};

/** `#38 rest` -> the number and the rest; a sentence when there is no number. */
function split(args: string, usage: string): { ref: string; rest: string } | string {
  const found = /^#?(\d{1,9})\b\s*([\s\S]*)$/.exec(args.trim());
  return found === null ? `say which entry: ${usage}` : { ref: `#${found[1]}`, rest: found[2] ?? '' };
}

/** The text and its reason, which stands after `because` or `--why`. */
function because(rest: string): { text: string; why: string } {
  const [text = '', why = ''] = rest.split(/\s+(?:--why|because)\s+/);
  return { text: text.trim(), why: why.trim() };
}

export const amendAction: HubAction = {
  name: 'amend',
  alias: ['x'],
  does: 'correct an entry, the old text stays',
  usage: '/amend #38 new text because why',
  group: 'write',
  whyNot: noIncident,
  title: () => 'AMEND ENTRY   the old text stays on the record',
  fields: [
    { kind: 'text', name: 'ref', ask: 'Entry', needed: true, initial: usual },
    { kind: 'text', name: 'text', ask: 'New text', needed: true },
    { kind: 'text', name: 'why', ask: 'Reason', needed: true },
  ],
  parse(args) {
    const found = split(args, '/amend #38 new text because why');
    return typeof found === 'string' ? found : { ref: found.ref, ...because(found.rest) };
  },
  print: (command) =>
    command.kind === 'amend' ? printed('/amend', `#${command.ref}`, command.text, `because ${command.why}`) : null,
  command(view, values) {
    const { text = '', why = '' } = values;
    const ref = target(view, values);
    if (typeof ref === 'string') return ref;
    if (text.trim() === '') return 'give the new text; to take the entry back, /retract it';
    if (why.trim() === '') return 'a correction says why';
    return { kind: 'amend', ref, text: text.trim(), why: why.trim() };
  },
};

export const retractAction: HubAction = {
  name: 'retract',
  does: 'take an entry back, struck through',
  usage: '/retract #38 why',
  group: 'write',
  whyNot: noIncident,
  title: () => 'RETRACT ENTRY   it stays on the record, struck through',
  fields: [
    { kind: 'text', name: 'ref', ask: 'Entry', needed: true, initial: usual },
    { kind: 'text', name: 'why', ask: 'Reason', needed: true },
  ],
  parse(args) {
    const found = split(args, '/retract #38 why');
    if (typeof found === 'string') return found;
    return { ref: found.ref, why: found.rest.replace(/^(?:--why|because)\s+/, '') };
  },
  print: (command) => (command.kind === 'retract' ? printed('/retract', `#${command.ref}`, command.why) : null),
  command(view, values): ConsoleCommand | string {
    const { why = '' } = values;
    const ref = target(view, values);
    if (typeof ref === 'string') return ref;
    if (why.trim() === '') return 'a retraction says why';
    return { kind: 'retract', ref, why: why.trim() };
  },
};

export const pinAction: HubAction = {
  name: 'pin',
  does: 'pin an entry, or take the pin off',
  usage: '/pin #38',
  group: 'write',
  whyNot: noIncident,
  title: () => 'PIN ENTRY',
  fields: [{ kind: 'text', name: 'ref', ask: 'Entry', needed: true, initial: usual }],
  parse(args) {
    const found = split(args, '/pin #38');
    return typeof found === 'string' ? found : { ref: found.ref };
  },
  print: (command) => (command.kind === 'pin' ? `/pin #${command.ref}` : null),
  command(view, values): ConsoleCommand | string {
    const ref = refOf(values['ref'] ?? '');
    if (ref === null) return 'say which entry, as in #38';
    if (ref < 1 || ref > (view.incident?.head ?? 0)) return `there is no entry #${ref}`;
    return { kind: 'pin', ref, pinned: !(view.incident?.annotations[ref]?.pinned ?? false) };
  },
};

/** The entry to correct; a sentence when it does not exist or was not written by a person. */
function target(view: View, values: Values): number | string {
  const ref = refOf(values['ref'] ?? '');
  if (ref === null) return 'say which entry, as in #38';
  if (ref < 1 || ref > (view.incident?.head ?? 0)) return `there is no entry #${ref}`;
  const found = entry(view, ref);
  return found !== undefined && found.kind !== 'noted' ? `#${ref} was written by the system and stays as it is` : ref;
}

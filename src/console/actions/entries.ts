/** Write entries, settle and assign open items, and correct the record: amend, retract, pin. The old text of an entry stays. */
import { isOpen } from '../../incident/bounds.ts';
import { isoTime } from '../../incident/time.ts';
import { readFuture } from '../../incident/time-input.ts';
import type { NoteForm } from '../../incident/vocabulary.ts';
import { counted } from '../../incident/words.ts';
import { emptyDraft, editorText } from '../../terminal/editor.ts';
import {
  type Action,
  type Field,
  type HubAction,
  type Values,
  leadingRef,
  noIncident,
  refField,
  refOf,
} from '../action.ts';
import { noteCommand, noteCommands, readEntry } from '../parse-note.ts';
import { say, submitting, withEffect } from '../state.ts';
import { entry, type View } from '../view.ts';

const note = (form: NoteForm, letter: string, does: string, usage: string): HubAction => ({
  name: form,
  alias: [letter],
  does,
  usage,
  whyNot: noIncident,
  title: () => form.toUpperCase(),
  fields: [{ kind: 'text', name: 'text', ask: 'Text', needed: true }],
  command: (view, { text = '' }) => noteCommand(text, form, view),
});

/** `#38 rest` as the values `ref` and `text`; a sentence without a number. */
function parseRef(args: string, what: string, usage: string): { ref: string; text: string } | string {
  const { ref, rest } = leadingRef(args);
  return ref === null ? `say which ${what}: ${usage}` : { ref, text: rest };
}

const nothingOpen = ({ incident }: View): boolean =>
  incident !== null && incident.open.length === 0 && (incident.more?.openSeqs.length ?? 0) === 0;

const doneAction: HubAction = {
  name: 'done',
  alias: ['answer'],
  does: 'settle an open item: answered, done, decided',
  usage: '/done #38 [text]',
  whyNot: (view) => noIncident(view) ?? (nothingOpen(view) ? 'nothing is open' : null),
  title: () => 'SETTLE AN OPEN ITEM',
  verb: 'settle',
  fields: [
    refField('Item', ({ incident }) =>
      (incident?.open ?? []).map(({ seq, form, text }) => ({ seq, label: form, about: text })),
    ),
    { kind: 'text', name: 'text', ask: 'Outcome' },
  ],
  parse: (args) => parseRef(args, 'item', '/done #38 text'),
  print: { note: ({ closes, re, text }) => (closes && re !== undefined ? [`#${re}`, text] : null) },
  command(view, { ref = '', text = '' }) {
    const re = refOf({ ref });
    if (view.incident === null || !isOpen(view.incident, re)) return `${ref} is not an open item`;
    const written = readEntry(text, view);
    if ('trouble' in written) return written.trouble;
    return { kind: 'note', ...written, text: written.text || 'done', re, closes: true };
  },
};

/** The entry a correction starts from: one's own last note. */
const REF: Field = {
  kind: 'text',
  name: 'ref',
  ask: 'Entry',
  needed: true,
  initial(view) {
    const own = view.events.findLast((event) => event.kind === 'noted' && event.by.name === view.me);
    return own === undefined ? '' : `#${own.seq}`;
  },
};
const WHY: Field = { kind: 'text', name: 'why', ask: 'Reason', needed: true };

/** The seq of an entry that exists; otherwise a sentence. */
function existing(view: View, { ref: typed = '' }: Values): number | string {
  const ref = Number(/^#?(\d{1,9})$/.exec(typed.trim())?.[1] ?? Number.NaN);
  if (Number.isNaN(ref)) return 'say which entry, as in #38';
  return ref < 1 || ref > (view.incident?.head ?? 0) ? `there is no entry #${ref}` : ref;
}

/** The seq of an entry that a person wrote; otherwise a sentence. */
function correctable(view: View, values: Values): number | string {
  const ref = existing(view, values);
  const found = typeof ref === 'number' ? entry(view, ref) : undefined;
  return found === undefined || found.kind === 'noted' ? ref : `#${ref} was written by the system and stays as it is`;
}

/** All lines are logged, or none. Without arguments, as from the palette, the draft is taken. */
const linesAction: Action = {
  name: 'lines',
  does: 'log each of several lines as an entry of its own',
  usage: '/lines, then the lines',
  whyNot: noIncident,
  apply(ui, view, args) {
    const rows = (args || editorText(ui.draft)).split('\n').filter((row) => row.trim() !== '');
    if (rows.length === 0) return 'paste or type the lines after /lines';
    const commands = noteCommands(rows, view);
    if (typeof commands === 'string') return commands;
    const logged = { ...ui, scroll: null, ...(args === '' ? { draft: emptyDraft } : {}) };
    const effects = commands.map((command) => submitting(command, view));
    const count = counted(commands.length, 'entry', 'entries');
    return withEffect(say(logged, count, view.mono), ...effects);
  },
};

/** Takes an owner, a date or a ticket away. */
const NONE = 'none';
const openActions = ({ incident }: View) => (incident?.open ?? []).filter(({ form }) => form === 'action');

const assignAction: HubAction = {
  name: 'assign',
  does: 'say who does an action item, until when, and where it is tracked',
  usage: '/assign #38 [@name] [due 2026-12-01] [ticket OPS-12]',
  whyNot: (view) => noIncident(view) ?? (openActions(view).length === 0 ? 'no action item is open' : null),
  title: () => 'ACTION ITEM   what stays empty stays as it is; none takes it away',
  verb: 'change',
  first: () => 'to',
  fields: [
    refField('Item', (view) => openActions(view).map(({ seq, text }) => ({ seq, about: text }))),
    { kind: 'text', name: 'to', ask: 'Owner', inline: true },
    { kind: 'text', name: 'due', ask: 'Due', inline: true },
    { kind: 'text', name: 'ticket', ask: 'Ticket', inline: true },
  ],
  parse(args) {
    const { ref, rest } = leadingRef(args);
    if (ref === null) return 'say which item: /assign #38 @name due 2026-12-01';
    const found = ASSIGNED.exec(rest);
    if (found === null) return `"${rest}" is not read: @name, due, ticket`;
    const [, to = '', due = '', ticket = ''] = found;
    return { ref, to, due, ticket };
  },
  print: {
    assign_action({ ref, to, due, ticket }, { zone }) {
      const until = due == null ? due : isoTime(Date.parse(due), zone, false);
      const parts = Object.entries({ '@': to, 'due ': until, 'ticket ': ticket });
      return [`#${ref}`, ...parts.map(([word, value]) => value !== undefined && `${word}${value ?? NONE}`)];
    },
  },
  command(view, { ref = '', to = '', due = '', ticket = '' }) {
    const seq = refOf({ ref });
    const item = openActions(view).find((one) => one.seq === seq);
    if (item === undefined) return `${ref} is no open action item`;
    const until = due.trim() === '' || due.trim() === NONE ? null : readFuture(due.trim(), view);
    if (until !== null && typeof until !== 'string') return until.trouble;
    const or = (text: string): string | null => (text === NONE ? null : text);
    const owner = to.trim().replace(/^@/, '');
    if (owner + due.trim() + ticket.trim() === '') return 'say who does it, until when, or its ticket';
    return {
      kind: 'assign_action',
      ref: seq,
      ...(owner !== '' && { to: or(owner) }),
      ...(due.trim() !== '' && { due: until }),
      ...(ticket.trim() !== '' && { ticket: or(ticket.trim()) }),
      seen: { to: item.to ?? null, due: item.due ?? null, ticket: item.ticket ?? null },
    };
  },
};
const ASSIGNED = /^(?:@(\S+)\s*)?(?:(?:due|by)\s+(\S+)\s*)?(?:ticket\s+(\S.*))?$/i;

export const entryActions: readonly Action[] = [
  note('decision', 'd', 'log a decision', '/d text'),
  note('question', 'q', 'ask a question', '/q [@name] text'),
  note('action', 'a', 'log an action for somebody', '/a @name text [due 30m]'),
  note('hypothesis', 'h', 'log a hypothesis', '/h text'),
  note('finding', 'f', 'log a finding', '/f text'),
  note('note', 'n', 'log a note', '/n text'),
  doneAction,
  linesAction,
  {
    name: 'amend',
    alias: ['x'],
    does: 'correct an entry, the old text stays',
    usage: '/amend #38 new text because why',
    whyNot: noIncident,
    title: () => 'AMEND ENTRY   the old text stays on the record',
    fields: [REF, { kind: 'text', name: 'text', ask: 'New text', needed: true }, WHY],
    parse(args) {
      const found = parseRef(args, 'entry', '/amend #38 new text because why');
      if (typeof found === 'string') return found;
      const [text = '', why = ''] = found.text.split(/\s+(?:--why|because)\s+/);
      return { ref: found.ref, text: text.trim(), why: why.trim() };
    },
    print: { amend: ({ ref, text, why }) => [`#${ref}`, text, `because ${why}`] },
    command(view, values) {
      const { text = '', why = '' } = values;
      const ref = correctable(view, values);
      if (typeof ref === 'string') return ref;
      if (text.trim() === '') return 'give the new text; to take the entry back, /retract it';
      if (why.trim() === '') return 'a correction says why';
      return { kind: 'amend', ref, text: text.trim(), why: why.trim() };
    },
  },
  {
    name: 'retract',
    does: 'take an entry back, struck through',
    usage: '/retract #38 why',
    whyNot: noIncident,
    title: () => 'RETRACT ENTRY   it stays on the record, struck through',
    fields: [REF, WHY],
    parse(args) {
      const found = parseRef(args, 'entry', '/retract #38 why');
      if (typeof found === 'string') return found;
      return { ref: found.ref, why: found.text.replace(/^(?:--why|because)\s+/, '') };
    },
    print: { retract: ({ ref, why }) => [`#${ref}`, why] },
    command(view, values) {
      const { why = '' } = values;
      const ref = correctable(view, values);
      if (typeof ref === 'string') return ref;
      return why.trim() === '' ? 'a retraction says why' : { kind: 'retract', ref, why: why.trim() };
    },
  },
  {
    name: 'pin',
    does: 'pin an entry, or take the pin off',
    usage: '/pin #38',
    whyNot: noIncident,
    title: () => 'PIN ENTRY',
    fields: [REF],
    parse: (args) => parseRef(args, 'entry', '/pin #38'),
    print: { pin: ({ ref }) => [`#${ref}`] },
    command(view, values) {
      const ref = existing(view, values);
      if (typeof ref === 'string') return ref;
      return { kind: 'pin', ref, pinned: !(view.incident?.annotations[ref]?.pinned ?? false) };
    },
  },
  assignAction,
];

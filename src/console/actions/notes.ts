/** Entries with a form: decision, question, action, hypothesis, finding; and what settles them. */
import { isOpen } from '../../incident/bounds.ts';
import type { NoteForm } from '../../incident/vocabulary.ts';
import { noIncident, type HubAction, type ScreenAction } from '../action.ts';
import { emptyDraft, editorText } from '../../terminal/editor.ts';
import { say, stay, withEffect } from '../state.ts';
import type { View } from '../view.ts';
import { noteCommand, noteCommands, noteLine, readEntry } from '../parse-note.ts';

interface Form {
  readonly form: NoteForm;
  readonly letter: string;
  readonly does: string;
  readonly usage: string;
}
const FORMS: readonly Form[] = [
  { form: 'decision', letter: 'd', does: 'log a decision', usage: '/d text' },
  { form: 'question', letter: 'q', does: 'ask a question', usage: '/q [@name] text' },
  { form: 'action', letter: 'a', does: 'log an action for somebody', usage: '/a @name text [due 30m]' },
  { form: 'hypothesis', letter: 'h', does: 'log a hypothesis', usage: '/h text' },
  { form: 'finding', letter: 'f', does: 'log a finding', usage: '/f text' },
  { form: 'note', letter: 'n', does: 'log a note', usage: '/n text' },
];

/** One action for each form of a note. */
export const noteActions: readonly HubAction[] = FORMS.map(({ form, letter, does, usage }) => ({
  name: form,
  alias: [letter],
  does,
  usage,
  group: 'write',
  whyNot: noIncident,
  title: () => form.toUpperCase(),
  fields: [{ kind: 'text', name: 'text', ask: 'Text', needed: true }],
  parse: (args) => ({ text: args }),
  print: (command, context) =>
    command.kind === 'note' && (command.form ?? 'note') === form && !command.closes ? noteLine(command, context) : null,
  command: (view, { text = '' }) => noteCommand(text, form, view),
}));

/** The oldest open item: the form's initial choice. */
const oldest = (view: View): string => {
  const item = view.incident?.open[0];
  return item === undefined ? '' : `#${item.seq}`;
};

const nothingOpen = ({ incident }: View): boolean =>
  incident !== null && incident.open.length === 0 && (incident.more?.openSeqs.length ?? 0) === 0;

export const doneAction: HubAction = {
  name: 'done',
  alias: ['answer'],
  does: 'settle an open item: answered, done, decided',
  usage: '/done #38 [text]',
  group: 'write',
  whyNot: (view) => noIncident(view) ?? (nothingOpen(view) ? 'nothing is open' : null),
  title: () => 'SETTLE AN OPEN ITEM',
  verb: 'settle',
  fields: [
    {
      kind: 'choice',
      name: 'ref',
      ask: 'Item',
      needed: true,
      from: (view) =>
        (view.incident?.open ?? []).map((item) => ({
          value: `#${item.seq}`,
          label: `#${item.seq} ${item.form}`,
          about: item.text,
        })),
      initial: oldest,
    },
    { kind: 'text', name: 'text', ask: 'Outcome' },
  ],
  parse(args) {
    const found = /^#?(\d{1,9})\b\s*([\s\S]*)$/.exec(args.trim());
    return found === null ? 'say which item: /done #38 text' : { ref: `#${found[1]}`, text: found[2] ?? '' };
  },
  print: (command) =>
    command.kind === 'note' && command.closes && command.re !== undefined
      ? `/done #${command.re} ${command.text}`
      : null,
  command(view, { ref = '', text = '' }) {
    const re = Number(ref.slice(1));
    if (view.incident === null || !isOpen(view.incident, re)) return `${ref} is not an open item`;
    const written = readEntry(text, view);
    if ('trouble' in written) return written.trouble;
    return { kind: 'note', ...written, text: written.text || 'done', re, closes: true };
  },
};

/**
 * A pasted block as many entries: each line with its own time, reply or pin. All of them, or none. Without words after
 * it, as from the menu, it is the draft.
 */
export const linesAction: ScreenAction = {
  name: 'lines',
  does: 'log each of several lines as an entry of its own',
  usage: '/lines, then the lines',
  group: 'write',
  whyNot: noIncident,
  apply(ui, view, args) {
    const rows = (args === '' ? editorText(ui.draft) : args).split('\n').filter((row) => row.trim() !== '');
    if (rows.length === 0) return stay(say(ui, 'paste or type the lines after /lines', view.mono, true));
    const commands = noteCommands(rows, view);
    if (typeof commands === 'string') return stay(say(ui, commands, view.mono, true));
    const logged = { ...ui, scroll: null, ...(args === '' ? { draft: emptyDraft } : {}) };
    const incident = view.incident?.id ?? null;
    const effects = commands.map((command) => ({ do: 'submit' as const, command, incident }));
    const count = commands.length === 1 ? '1 entry' : `${commands.length} entries`;
    return withEffect(say(logged, count, view.mono), ...effects);
  },
};

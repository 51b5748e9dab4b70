/** Help as lines: what there is to know where one is, first; all of it by search. Pure. */
import { span, type Line } from '../terminal/text.ts';
import type { Field } from './action.ts';
import { ACTIONS } from './actions/index.ts';
import { textOf } from './draft.ts';
import { close, gap, listRows, pair, typing, words, wrapped, type Drawn, type Place } from './drawn.ts';
import { formAction } from './form.ts';
import { best, closeness } from './fuzzy.ts';
import { KEYS, keyLabel, PREFIXES, SIGNS, type Place as Where } from './keymap.ts';
import type { Help, Ui } from './state.ts';
import type { View } from './view.ts';

interface Topic {
  readonly head: string;
  /** What is pressed, typed or asked. */
  readonly keys: string;
  readonly text: string;
}

/** Everything help knows, each with the words it is found by. */
function topics(): readonly Topic[] {
  return [
    ...KEYS.map(({ where, keys, does }) => ({ head: where, keys, text: does })),
    ...PREFIXES.map(({ typed, does }) => ({ head: 'at the start of an entry', keys: typed, text: does })),
    ...ACTIONS.map(({ key, alt, usage, does }) => ({
      head: 'commands',
      keys: [usage, ...[key, alt].flatMap((each) => (each === undefined ? [] : [keyLabel(each)]))].join('  '),
      text: does,
    })),
    { head: 'signs', keys: SIGNS, text: '' },
  ];
}

/** What has the keys below the help. */
function whereIn({ over }: Help, ui: Ui): Where {
  if (over === null) return ui.focus === 'line' ? 'input line' : 'timeline and panels';
  return over.kind === 'form' ? 'form' : 'list';
}

/** What the form below the help asks for. */
function formTopics({ over }: Help, view: View): readonly Topic[] {
  const action = over?.kind === 'form' ? formAction(over) : null;
  if (action === null) return [];
  const asked = action.fields.map((field) => ({ keys: field.ask, text: about(field, view) }));
  return [...asked, { keys: action.usage, text: 'the same on the input line, without the form' }].map((topic) => ({
    head: 'this form',
    ...topic,
  }));
}

function about(field: Field, view: View): string {
  const need = field.needed ? 'needed' : 'optional';
  if (field.kind === 'person') return `${need}; type a few letters of the name, the arrows pick`;
  if (field.kind === 'text') return field.hint === undefined ? need : `${need}; ${field.hint}`;
  return `${need}; ${field
    .from(view)
    .map(({ label }) => label)
    .join(', ')}`;
}

/** Those that have what was typed; when none has, those that have its letters. */
function searched(asked: string, all: readonly Topic[]): readonly Topic[] {
  const textOf = ({ keys, text }: Topic): string => `${keys} ${text}`;
  const near = all.filter((topic) => (closeness(asked, textOf(topic)) ?? 2) < 2);
  return best(asked, near.length > 0 ? near : all, textOf);
}

export function drawHelp(modal: Help, view: View, ui: Ui, { cols, rows }: Place): Drawn {
  const asked = textOf(modal.query);
  const where = whereIn(modal, ui);
  const all = [...formTopics(modal, view), ...topics()];
  const isHere = ({ head }: Topic): boolean => head === where || head === 'this form';
  const found =
    asked.trim() === '' ? all.toSorted((a, b) => Number(isHere(b)) - Number(isHere(a))) : searched(asked, all);
  const left = Math.min(30, Math.floor(cols / 2));
  const lines: Line[] = [];
  let head = '';
  for (const topic of found) {
    if (topic.head !== head && asked.trim() === '') {
      head = topic.head;
      lines.push([span(head.toUpperCase(), 'title', { bold: true })]);
    }
    const text = wrapped(topic.text, Math.max(1, cols - left - 1));
    const long = topic.keys.length > left;
    if (long || text.length === 0) lines.push(words(topic.keys, 'key'));
    for (const [i, row] of text.entries())
      lines.push(pair(i === 0 && !long ? words(topic.keys, 'key') : [], left + 1, row));
  }
  const room = listRows(rows, 2);
  const from = Math.max(0, Math.min(modal.scroll, lines.length - room));
  const more =
    lines.length > room
      ? `Up Down PgUp PgDn ${from + 1}-${Math.min(lines.length, from + room)} of ${lines.length}`
      : '';
  const query = typing(modal.query, 'type to search: ', cols, true);
  return {
    ...query,
    title: `HELP   you are in: ${where}`,
    lines: [
      ...query.lines,
      ...gap(rows),
      ...lines.slice(from, from + room),
      ...gap(rows),
      modal.over === null
        ? close(`${more}   keys not working? /keys`, cols)
        : close(more, cols, `Esc back to the ${where}`),
    ],
  };
}

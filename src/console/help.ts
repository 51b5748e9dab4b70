/** The help modal: its topics, those of the current context first, and how they are drawn. Pure. */
import { type Line, cutLine, span, width } from '../terminal/text.ts';
import { type Action, type Field, usageOf } from './action.ts';
import { ACTIONS, hubAction } from './actions/index.ts';
import { editorText } from '../terminal/editor.ts';
import { best, closeness } from '../incident/fuzzy.ts';
import { KEYS, type KeyContext, PREFIXES, SIGNS, keyLabel } from './keymap.ts';
import {
  type ModalView,
  type ModalSize,
  closingRow,
  queryModal,
  listItem,
  listRows,
  twoColumns,
  textField,
  textLine,
  textLines,
} from './modal-parts.ts';
import { clamp } from './open-list.ts';
import type { Help, Ui } from './state.ts';
import type { View } from './view.ts';

interface HelpTopic {
  readonly head: string;
  /** What is pressed, typed or asked. */
  readonly keys: string;
  readonly text: string;
  /** Performed by Enter. */
  readonly action?: Action;
}

function topics(view: View): readonly HelpTopic[] {
  return [
    ...KEYS.map(({ where, keys, does }) => ({ head: where, keys, text: does })),
    ...PREFIXES.map(({ typed, does }) => ({ head: 'at the start of an entry', keys: typed, text: does })),
    ...ACTIONS.map((action) => commandTopic(action, view)),
    { head: 'signs', keys: SIGNS, text: '' },
  ];
}

function commandTopic(action: Action, view: View): HelpTopic {
  const { key, alt, does } = action;
  const why = action.whyNot?.(view) ?? null;
  return {
    head: 'commands',
    keys: [usageOf(action), ...[key, alt].flatMap((each) => (each === undefined ? [] : [keyLabel(each)]))].join('  '),
    text: why === null ? does : `${does} (not now: ${why})`,
    action,
  };
}

/** Where keys went before help was opened. */
function helpContext({ over }: Help, ui: Ui): KeyContext {
  if (over === null) return ui.focus === 'line' ? 'input line' : 'timeline and panels';
  return over.kind === 'form' ? 'form' : 'list';
}

/** The fields of the form from which help was opened. */
function formTopics({ over }: Help, view: View): readonly HelpTopic[] {
  if (over?.kind !== 'form') return [];
  const action = hubAction(over.action);
  const asked = action.fields.map((field) => ({ keys: field.ask, text: about(field, view) }));
  return [...asked, { keys: usageOf(action), text: 'the same on the input line, without the form' }].map((topic) => ({
    head: 'this form',
    ...topic,
  }));
}

function about(field: Field, view: View): string {
  const need = field.needed ? 'needed' : 'optional';
  if (field.kind === 'person') return `${need}; type a few letters of the name, the arrows pick`;
  if (field.kind === 'text') return field.hint === undefined ? need : `${need}; ${field.hint}`;
  const labels = field.from(view).map(({ label }) => label);
  return `${need}; ${labels.join(', ')}`;
}

/** The topics that contain the typed text; without any, those that contain its letters in order. */
function searched(asked: string, all: readonly HelpTopic[]): readonly HelpTopic[] {
  const words = ({ keys, text }: HelpTopic): string => `${keys} ${text}`;
  const near = all.filter((topic) => (closeness(asked, words(topic)) ?? 2) < 2);
  return best(asked, near.length > 0 ? near : all, words);
}

/** The topics in order, the marked one, and the action that Enter performs; null where help is over another modal. */
export function helpTopics(modal: Help, ui: Ui, view: View) {
  const asked = editorText(modal.query);
  const where = helpContext(modal, ui);
  const known = [...formTopics(modal, view), ...topics(view)];
  const isHere = ({ head }: HelpTopic): boolean => head === where || head === 'this form';
  const all =
    asked.trim() === '' ? known.toSorted((a, b) => Number(isHere(b)) - Number(isHere(a))) : searched(asked, known);
  const at = clamp(modal.at, all.length);
  return { all, at, action: modal.over === null ? (all[at]?.action ?? null) : null };
}

/** A topic: its keys, and what they do beside them, or below them when they are long. */
function topicLines({ keys, text }: HelpTopic, left: number, cols: number): readonly Line[] {
  const above = keys.length > left || text === '' ? [cutLine(textLine(keys, 'key'), cols)] : [];
  const rows = text === '' ? [] : textLines(text, Math.max(1, cols - left - 2));
  const beside = (i: number): Line => (i === 0 && above.length === 0 ? textLine(keys, 'key') : []);
  return [...above, ...rows.map((row, i) => twoColumns(beside(i), left + 2, row))];
}

/** Columns for the keys: enough for most topics under a heading; 0 on a narrow screen. */
function keysWidth(topics: readonly HelpTopic[], cols: number): number {
  if (cols < 50) return 0;
  const most = Math.min(30, Math.floor(cols / 2));
  return Math.max(8, ...topics.map(({ keys }) => width(keys)).filter((wide) => wide <= most));
}

export function drawHelp(modal: Help, view: View, ui: Ui, { cols, rows }: ModalSize): ModalView {
  const { all, at, action } = helpTopics(modal, ui, view);
  const isSearched = editorText(modal.query).trim() !== '';
  const lines: Line[] = [];
  /** Rows of the marked topic and its heading. */
  let mark = { from: 0, to: 0 };
  let left = keysWidth(all, cols);
  for (const [i, topic] of all.entries()) {
    const from = lines.length;
    if (!isSearched && topic.head !== all[i - 1]?.head) {
      lines.push([span(topic.head.toUpperCase(), 'title', { bold: true })]);
      const section = all.filter(({ head }) => head === topic.head);
      left = keysWidth(section, cols);
    }
    for (const [row, line] of topicLines(topic, left, cols - 2).entries())
      lines.push(listItem(i === at && row === 0, line, cols));
    if (i === at) mark = { from, to: lines.length };
  }
  const room = listRows(rows, 2);
  const middle = Math.floor((mark.from + mark.to - room) / 2);
  const from = Math.max(0, Math.min(middle, lines.length - room));
  const more = lines.length > room ? `Up Down PgUp PgDn ${at + 1} of ${all.length}` : '';
  const query = textField(modal.query, 'type to search: ', cols, true);
  const runs = action === null ? [] : [`Enter /${action.name}`];
  const leave = modal.over === null ? 'Esc close' : `Esc back to the ${helpContext(modal, ui)}`;
  const list = lines.length === 0 ? [textLine('nothing has that word', 'dim')] : lines.slice(from, from + room);
  const about = [...runs, more, modal.over === null ? 'keys not working? /keys' : ''].filter((part) => part !== '');
  const foot = [closingRow(about.join('   '), cols, leave)];
  return queryModal(`HELP   you are in: ${helpContext(modal, ui)}`, query, list, foot, rows);
}

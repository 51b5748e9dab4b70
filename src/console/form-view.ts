/** A form as lines: fields, advice, what changed meanwhile, what Enter and Esc do. Pure. */
import { isHere } from '../../panels/model.ts';
import { rolesOf } from '../incident/incident.ts';
import {
  type Line,
  type Span,
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  padLine,
  span,
  width,
  wrapText,
} from '../terminal/text.ts';
import type { Field } from './action.ts';
import { editorText } from '../terminal/editor.ts';
import { draftIn, matching, overtaken, shownForm, type ShownForm } from './form.ts';
import { type ModalView, type ModalSize, listItem, twoColumns, textField, textLine, textLines } from './modal-parts.ts';
import type { Form } from './state.ts';
import type { View } from './view.ts';

/** Names listed below a person field. */
const PEOPLE = 5;
/** Rows for what is known of a field. */
const EVIDENCE_ROWS = 3;
/** Cells that a value needs beside its label; with fewer it stands below. */
const LEAST_BESIDE = 16;
/** Rows of a text field. */
const TEXT_ROWS = 3;

/** From this many rows on fields are separated by an empty row. */
const AIRY = 24;
/** Below this many rows a field without focus takes one row. */
const SMALL = 12;
/** From this many rows on there is room for more about the chosen one. */
const ROOMY = 16;

interface Drawn extends ShownForm {
  readonly place: ModalSize;
  /** Cells of the labels that stand beside their values; 0: all stand above. */
  readonly beside: number;
}

/** The lines of a field; `anchor`: the one that must stay visible. */
interface Part extends Pick<ModalView, 'lines'> {
  readonly cursor?: ModalView['cursor'];
  readonly anchor?: number;
}

export function drawForm(form: Form, view: View, place: ModalSize): ModalView {
  const shown = shownForm(form, view);
  const { action, values, fields } = shown;
  const { cols, rows } = place;
  const lines: Line[] = [];
  let cursor: ModalView['cursor'] = null;
  let anchor = 0;
  const labels = Math.max(0, ...action.fields.map((field) => (field.inline ? width(asking(field, view, place)) : 0)));
  const drawn: Drawn = { ...shown, place, beside: labels + LEAST_BESIDE <= cols ? labels : 0 };
  for (const [i, field] of fields.entries()) {
    if (i > 0 && rows >= AIRY && !field.inline) lines.push([]);
    const part = fieldPart(drawn, field, i === form.focus);
    if (i === form.focus) anchor = lines.length + (part.anchor ?? 0);
    if (part.cursor) cursor = { x: part.cursor.x, y: lines.length + part.cursor.y };
    lines.push(...part.lines);
  }
  const advice = action.advice?.(view, values, place) ?? [];
  lines.push(...advice.flatMap((line) => wrapLine(line, cols)));
  const warnings = [overtaken(shown), form.trouble].flatMap((text) =>
    text === null ? [] : textLines(text, cols, 'warn'),
  );
  const above = [...(rows < SMALL ? [] : [[]]), ...warnings];
  const room = Math.max(1, rows - above.length - 1);
  const within = (row: number): number => Math.max(0, Math.min(row, lines.length - room));
  const start = within(anchor - Math.floor(room / 2));
  const from = within(start + form.scroll);
  const y = (cursor?.y ?? -1) - from;
  const title = action.title?.(view, values) ?? action.does.toUpperCase();
  // Where rows are left below, the last one that is not typed in says so.
  const marked = from + room >= lines.length ? -1 : y === room - 1 ? 0 : room - 1;
  const body = lines
    .slice(from, from + room)
    .map((line, i) => (i === marked ? joinLines(line, [span(' PgDn more', 'key')], cols) : line));
  return {
    title,
    lines: [...body, ...above, endings(shown, cols)],
    cursor: cursor === null || y < 0 || y >= room ? null : { x: cursor.x, y },
    scroll: from - start,
  };
}

/** What Enter and Esc do. */
function endings({ action, values, fields, view }: ShownForm, cols: number): Line {
  const choice = action.fields.find(({ kind, needed }) => kind === 'choice' && needed);
  const chosen = choice === undefined ? '' : (values[choice.name] ?? '');
  const choices = choice?.kind === 'choice' ? choice.from(view) : [];
  const target = choices.find(({ value }) => value === chosen)?.label ?? chosen;
  const key = (name: string, does: string): Line => [span(name, 'key', { bold: true }), span(` ${does}`)];
  const gap = span('   ');
  const accept = key('Enter', `${action.verb ?? action.name} ${target}`.trimEnd());
  const next = fields.length > 1 ? [gap, ...key('Tab', 'next field')] : [];
  const leave = action.each ? 'close' : action.keeps === undefined ? 'nothing is written' : 'keep as draft';
  const whole = [...accept, gap, ...key('Esc', leave), ...next];
  const short = [...key('Esc', 'close'), gap, ...accept];
  return cutLine(lineWidth(whole) <= cols ? whole : short, cols);
}

/** The label of a field; `✓` before it where it is answered. */
function asking({ ask, answer, needed, inline }: Field, view: View, { ascii }: ModalSize): string {
  if (answer !== undefined) return `${answer(view) === null ? ' ' : glyphs(ascii).ok} ${ask}`;
  return `${ask}${needed || inline ? '' : ' (optional)'}`;
}

const headOf = ({ view, place }: Drawn, field: Field, focused: boolean): Span =>
  span(asking(field, view, place), focused ? 'title' : 'dim', focused ? { bold: true, inverse: true } : {});

function fieldPart(drawn: Drawn, field: Field, focused: boolean): Part {
  if (field.inline && drawn.beside > 0) return inlineField(drawn, field, focused);
  if (focused || drawn.place.rows >= SMALL) return drawField(drawn, field, focused);
  const value = drawn.values[field.name] || (field.answer?.(drawn.view)?.text ?? '');
  return { lines: [[headOf(drawn, field, false), span(`  ${value}`)]] };
}

/** What is on the record or known of a field in focus, below it; nothing once something is typed. */
function evidenceLines({ form, view, place }: Drawn, field: Field): readonly Line[] {
  const cols = place.cols - 4;
  const answer = field.answer?.(view) ?? null;
  const known = field.known?.(view) ?? [];
  const isEmpty = editorText(draftIn(form, field.name)) === '';
  const take = field.kind === 'text' && isEmpty && known.length > 0 ? '   (Tab takes the first)' : '';
  const all = `${known.join(' · ')}${take}`;
  return [
    ...(answer === null ? [] : textLines(`answered #${answer.seq} by ${answer.by}: ${answer.text}`, cols, 'dim')),
    ...(all === '' ? [] : textLines(all, cols, 'dim').slice(0, EVIDENCE_ROWS)),
  ].map((line) => [span('    '), ...line]);
}

/** The rest of the row of a field without focus: what is typed, on the record, on its way, or known. */
function besideField({ form, view }: Drawn, field: Field, cols: number): Line {
  const text = editorText(draftIn(form, field.name));
  const answer = field.answer?.(view) ?? null;
  if (text !== '') return [span('> ', 'dim'), span(text)];
  if (answer !== null) return joinLines([span(answer.text)], [span(` #${answer.seq} ${answer.by}`, 'dim')], cols);
  if (form.sent.includes(field.name)) return [span('.. sent', 'dim')];
  return [span(field.answer === undefined ? '> ' : (field.known?.(view)[0] ?? ''), 'dim')];
}

/** A field on one row: `Revenue  > yes  possible  no`. */
function inlineField(drawn: Drawn, field: Field, focused: boolean): Part {
  const { form, view, place, beside, values } = drawn;
  const head = padLine([headOf(drawn, field, focused)], beside + 2);
  const cols = place.cols - beside - 2;
  const below = focused ? evidenceLines(drawn, field) : [];
  if (field.kind !== 'choice') {
    if (!focused) return { lines: [[...head, ...besideField(drawn, field, cols)]] };
    const { lines, cursor } = textField(draftIn(form, field.name), '> ', cols, true);
    return {
      lines: [[...head, ...(lines[0] ?? [])], ...below],
      cursor: cursor && { x: cursor.x + beside + 2, y: 0 },
    };
  }
  const chosen = values[field.name] ?? '';
  const listed = (isTight: boolean): Line => [
    ...head,
    ...field.from(view).flatMap(({ value, label }): Line => {
      const on = value === chosen;
      const look = on && focused ? { bold: true as const, underline: true as const } : {};
      const mark = on || !isTight ? [radio(on, place.ascii)] : [];
      return [...mark, span(label, on ? 'plain' : 'dim', look), span(isTight ? ' ' : '  ')];
    }),
  ];
  // Where the choices do not fit, only the chosen one is marked.
  const isTight = lineWidth(listed(false)) > place.cols + 2;
  return { lines: [cutLine(listed(isTight), place.cols), ...below] };
}

const radio = (on: boolean, ascii: boolean): Span =>
  span(`${glyphs(ascii)[on ? 'radioOn' : 'radioOff']} `, on ? 'key' : 'dim');

/** A field with its choices or its text below it. */
function drawField(drawn: Drawn, field: Field, focused: boolean): Part {
  const { form, view, values } = drawn;
  const { cols, rows, ascii } = drawn.place;
  const head: Line = [headOf(drawn, field, focused)];
  if (field.kind === 'choice') {
    const chosen = values[field.name] ?? '';
    const advised = field.advised?.(view, values) ?? null;
    const choices = field.from(view);
    const left = Math.max(0, ...choices.map(({ label }) => width(label))) + 2;
    const lines = choices.flatMap(({ value, label, about = '', more }): readonly Line[] => {
      const on = value === chosen;
      const words = twoColumns([span(label)], left, textLine(about, 'dim'));
      const mark = value === advised ? [span('  <- advised', 'key', { bold: true })] : [];
      const item = joinLines(listItem(on && focused, [radio(on, ascii), ...words], cols), mark, cols);
      if (!on || more === undefined || rows < ROOMY) return [item];
      return [item, cutLine([span(' '.repeat(left + 4)), span(more, 'dim')], cols)];
    });
    const at = choices.findIndex(({ value }) => value === chosen);
    return { lines: [head, ...lines], anchor: 1 + Math.max(0, at) };
  }
  const hint = field.kind === 'text' && field.hint !== undefined ? [span(`  ${field.hint}`, 'dim')] : [];
  // A tall field leaves rows for what stands below it.
  const tall = field.kind === 'text' && field.tall ? Math.max(TEXT_ROWS, Math.floor(rows / 2)) : TEXT_ROWS;
  const text = textField(draftIn(form, field.name), '> ', cols, focused, focused ? tall : 1);
  const listed = field.kind === 'person' ? people(drawn, field, focused) : [];
  const below = focused ? evidenceLines(drawn, field) : [];
  return {
    lines: [[...head, ...hint], ...text.lines, ...listed, ...below],
    cursor: text.cursor && { x: text.cursor.x, y: text.cursor.y + 1 },
    anchor: 1,
  };
}

/** Wraps a line into its first span, and beside it the other words in the tone of the last span. */
function wrapLine(line: Line, cols: number): readonly Line[] {
  const [first, ...rest] = line;
  if (first === undefined || lineWidth(line) <= cols) return [line];
  const text = rest.map((part) => part.text).join('');
  const [top = '', ...below] = wrapText(text.trim(), Math.max(1, cols - width(first.text) - 2));
  const indent = span(' '.repeat(width(first.text) + 2));
  const tone = rest.at(-1)?.tone;
  return [[first, span(`  ${top}`, tone)], ...below.map((row): Line => [indent, span(row, tone)])];
}

type PersonField = Extract<Field, { kind: 'person' }>;

function people({ form, view, place, values }: Drawn, { name: field, others }: PersonField, focused: boolean) {
  const found = matching(editorText(draftIn(form, field)), view, others);
  const value = values[field] ?? '';
  const item = (isPicked: boolean, line: Line): Line => listItem(isPicked, line, place.cols);
  if (!focused) return value === '' ? [] : [item(false, textLine(value))];
  if (found.length === 0)
    return [item(false, textLine('nobody of that name is here; Enter takes the name as typed', 'dim'))];
  return found.slice(0, PEOPLE).map((name) => {
    const where = name === view.me ? 'you' : isHere(view, name) ? 'here now' : 'not here';
    const about = [where, ...rolesOf(view.incident, name)].join(', ');
    return item(name === value, twoColumns([span(name)], 18, textLine(about, 'dim')));
  });
}

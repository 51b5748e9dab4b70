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
import type { HubAction, Field, Values } from './action.ts';
import { editorText } from '../terminal/editor.ts';
import { draftIn, formFields, formAction, matching, overtaken, formValues } from './form.ts';
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

export function drawForm(form: Form, view: View, place: ModalSize): ModalView {
  const action = formAction(form);
  if (action === null) return { title: '', lines: [], cursor: null };
  const { cols, rows } = place;
  const lines: Line[] = [];
  let cursor: ModalView['cursor'] = null;
  let anchor = 0;
  const asked = Math.max(0, ...action.fields.map((field) => (field.inline ? width(asking(field, view, place)) : 0)));
  const values = formValues(form, action, view);
  for (const [i, field] of formFields(form, action, view).entries()) {
    const focused = i === form.focus;
    if (i > 0 && rows >= AIRY && !field.inline) lines.push([]);
    // A tall field leaves rows for what stands below it.
    const tall = Math.max(TEXT_ROWS, Math.floor(rows / 2));
    const part =
      field.inline && asked + LEAST_BESIDE <= cols
        ? inlineField(form, field, focused, view, place, asked, values)
        : rows < SMALL && !focused
          ? shortField(field, values, view, place)
          : drawField(
              form,
              field,
              focused,
              view,
              place,
              values,
              field.kind === 'text' && field.tall ? tall : TEXT_ROWS,
            );
    if (focused) anchor = lines.length + part.anchor;
    if (part.cursor !== null) cursor = { x: part.cursor.x, y: lines.length + part.cursor.y };
    lines.push(...part.lines);
  }
  const advice = rows < SMALL ? [] : (action.advice?.(view, values, place) ?? []);
  lines.push(...advice.flatMap((line) => wrapLine(line, cols)));
  const other = overtaken(form, action, view);
  const foot = [
    ...(rows < SMALL ? [] : [[]]),
    ...(other === null ? [] : textLines(other, cols, 'warn')),
    ...(form.trouble === null ? [] : textLines(form.trouble, cols, 'warn')),
    ...endings(form, action, view, cols),
  ];
  const title = action.title?.(view, values) ?? action.does.toUpperCase();
  return { title, ...cropped(lines, foot, cursor, anchor, rows) };
}

function endings(form: Form, action: HubAction, view: View, cols: number): readonly Line[] {
  const values = formValues(form, action, view);
  const choice = action.fields.find(({ kind, needed }) => kind === 'choice' && needed);
  const chosen = choice === undefined ? '' : (values[choice.name] ?? '');
  const choices = choice?.kind === 'choice' ? choice.from(view) : [];
  const target = choices.find(({ value }) => value === chosen)?.label ?? chosen;
  const key = (name: string, does: string): Line => [span(name, 'key', { bold: true }), span(` ${does}`)];
  const gap = span('   ');
  const accept = key('Enter', `${action.verb ?? action.name} ${target}`.trimEnd());
  const next = formFields(form, action, view).length > 1 ? [gap, ...key('Tab', 'next field')] : [];
  const leave = action.each ? 'close' : action.keeps === undefined ? 'nothing is written' : 'keep as draft';
  const whole = [...accept, gap, ...key('Esc', leave), ...next];
  const short = [...key('Esc', 'close'), gap, ...accept];
  return [cutLine(lineWidth(whole) <= cols ? whole : short, cols)];
}

/** The lines around line `anchor` that fit above the foot, which says how to leave. */
function cropped(
  lines: readonly Line[],
  foot: readonly Line[],
  cursor: ModalView['cursor'],
  anchor: number,
  rows: number,
): Omit<ModalView, 'title'> {
  const room = Math.max(1, rows - foot.length);
  if (lines.length <= room) return { lines: [...lines, ...foot], cursor };
  const from = Math.max(0, Math.min(anchor - Math.floor(room / 2), lines.length - room));
  const moved = cursor === null ? null : { x: cursor.x, y: cursor.y - from };
  return { lines: [...lines.slice(from, from + room), ...foot], cursor: moved };
}

/** The lines of a field; `anchor`: the one that must stay visible. */
interface Part extends Omit<ModalView, 'title'> {
  readonly anchor: number;
}

/** The label of a field; `✓` before it where it is answered. */
function asking({ ask, answer, needed, inline }: Field, view: View, { ascii }: ModalSize): string {
  if (answer !== undefined) return `${answer(view) === null ? ' ' : glyphs(ascii).ok} ${ask}`;
  return `${ask}${needed || inline ? '' : ' (optional)'}`;
}

const headOf = (field: Field, focused: boolean, view: View, place: ModalSize): Span =>
  span(asking(field, view, place), focused ? 'title' : 'dim', focused ? { bold: true, inverse: true } : {});

/** Label and value on one row. */
const shortField = (field: Field, values: Values, view: View, place: ModalSize): Part => ({
  lines: [[headOf(field, false, view, place), span(`  ${values[field.name] || (field.answer?.(view)?.text ?? '')}`)]],
  cursor: null,
  anchor: 0,
});

/** What is on the record or known of a field in focus, below it; nothing once something is typed. */
function evidenceLines(field: Field, text: string, view: View, cols: number): readonly Line[] {
  const answer = field.answer?.(view) ?? null;
  const known = field.known?.(view) ?? [];
  const take = field.kind === 'text' && text === '' && known.length > 0 ? '   (Tab takes the first)' : '';
  const all = `${known.join(' · ')}${take}`;
  return [
    ...(answer === null ? [] : textLines(`answered #${answer.seq} by ${answer.by}: ${answer.text}`, cols - 4, 'dim')),
    ...(all === '' ? [] : textLines(all, cols - 4, 'dim').slice(0, EVIDENCE_ROWS)),
  ].map((line) => [span('    '), ...line]);
}

/** The rest of the row of a field without focus: what is typed, on the record, on its way, or known. */
function besideField(form: Form, field: Field, text: string, view: View, cols: number): Line {
  const answer = field.answer?.(view) ?? null;
  if (text !== '') return [span('> ', 'dim'), span(text)];
  if (answer !== null) return joinLines([span(answer.text)], [span(` #${answer.seq} ${answer.by}`, 'dim')], cols);
  if (form.sent.includes(field.name)) return [span('.. sent', 'dim')];
  return [span(field.answer === undefined ? '> ' : (field.known?.(view)[0] ?? ''), 'dim')];
}

/** A field on one row: `Revenue  > yes  possible  no`. */
function inlineField(
  form: Form,
  field: Field,
  focused: boolean,
  view: View,
  place: ModalSize,
  asked: number,
  values: Values,
): Part {
  const head = padLine([headOf(field, focused, view, place)], asked + 2);
  const cols = place.cols - asked - 2;
  const text = editorText(draftIn(form, field.name));
  const below = focused ? evidenceLines(field, text, view, place.cols) : [];
  if (field.kind !== 'choice') {
    if (!focused) return { lines: [[...head, ...besideField(form, field, text, view, cols)]], cursor: null, anchor: 0 };
    const { lines, cursor } = textField(draftIn(form, field.name), '> ', cols, true);
    const at = cursor === null ? null : { x: cursor.x + asked + 2, y: 0 };
    return { lines: [[...head, ...(lines[0] ?? [])], ...below], cursor: at, anchor: 0 };
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
  return { lines: [cutLine(listed(isTight), place.cols), ...below], cursor: null, anchor: 0 };
}

const radio = (on: boolean, ascii: boolean): Span =>
  span(`${glyphs(ascii)[on ? 'radioOn' : 'radioOff']} `, on ? 'key' : 'dim');

type PersonField = Extract<Field, { kind: 'person' }>;

/** A field with its choices or its text below it. */
function drawField(
  form: Form,
  field: Field,
  focused: boolean,
  view: View,
  place: ModalSize,
  values: Values,
  textRows: number,
): Part {
  const head: Line = [headOf(field, focused, view, place)];
  if (field.kind === 'choice') {
    const chosen = values[field.name] ?? '';
    const advised = field.advised?.(view, values) ?? null;
    const choices = field.from(view);
    const cols = Math.max(0, ...choices.map(({ label }) => width(label))) + 2;
    const lines = choices.flatMap(({ value, label, about = '', more }): readonly Line[] => {
      const on = value === chosen;
      const words = twoColumns([span(label)], cols, textLine(about, 'dim'));
      const mark = value === advised ? [span('  <- advised', 'key', { bold: true })] : [];
      const item = joinLines(listItem(on && focused, [radio(on, place.ascii), ...words], place.cols), mark, place.cols);
      if (!on || more === undefined || place.rows < ROOMY) return [item];
      return [item, cutLine([span(' '.repeat(cols + 4)), span(more, 'dim')], place.cols)];
    });
    const at = choices.findIndex(({ value }) => value === chosen);
    return { lines: [head, ...lines], cursor: null, anchor: 1 + Math.max(0, at) };
  }
  const draft = draftIn(form, field.name);
  const hint = field.kind === 'text' && field.hint !== undefined ? [span(`  ${field.hint}`, 'dim')] : [];
  const text = textField(draft, '> ', place.cols, focused, focused ? textRows : 1);
  const listed = field.kind === 'person' ? people(form, field, focused, view, place.cols, values) : [];
  const cursor = text.cursor === null ? null : { x: text.cursor.x, y: text.cursor.y + 1 };
  const below = focused ? evidenceLines(field, editorText(draft), view, place.cols) : [];
  return { lines: [[...head, ...hint], ...text.lines, ...listed, ...below], cursor, anchor: 1 };
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

function people(
  form: Form,
  field: PersonField,
  focused: boolean,
  view: View,
  cols: number,
  values: Values,
): readonly Line[] {
  const found = matching(editorText(draftIn(form, field.name)), view, field.others);
  const value = values[field.name] ?? '';
  if (!focused) return value === '' ? [] : [listItem(false, textLine(value), cols)];
  if (found.length === 0)
    return [listItem(false, textLine('nobody of that name is here; Enter takes the name as typed', 'dim'), cols)];
  return found.slice(0, PEOPLE).map((name) => {
    const where = name === view.me ? 'you' : isHere(view, name) ? 'here now' : 'not here';
    const about = [where, ...rolesOf(view.incident, name)].join(', ');
    return listItem(name === value, twoColumns([span(name)], 18, textLine(about, 'dim')), cols);
  });
}

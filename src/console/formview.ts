/** An action's form as lines: fields, advice, what somebody else did meanwhile, what Enter and Esc do. Pure. */
import { cutLine, glyphs, span, width, type Line } from '../terminal/text.ts';
import type { Asking, Field } from './action.ts';
import { blankDraft, textOf } from './draft.ts';
import { item, pair, typing, words, wrapped, type Drawn, type Place } from './drawn.ts';
import { formAction, matching, overtaken, valuesOf } from './form.ts';
import type { Form } from './state.ts';
import { isHere, type View } from './view.ts';

/** Names listed below a person field. */
const PEOPLE = 5;
/** Rows of a text field. */
const TEXT_ROWS = 3;

export function drawForm(form: Form, view: View, place: Place): Drawn {
  const action = formAction(form);
  if (action === null) return { title: '', lines: [], cursor: null };
  const small = place.rows < 16;
  const lines: Line[] = [];
  let cursor: Drawn['cursor'] = null;
  let anchor = 0;
  for (const [i, field] of action.fields.entries()) {
    const focused = i === form.focus;
    if (i > 0 && !small) lines.push([]);
    const part = drawField(form, field, focused, view, place, small);
    if (focused) anchor = lines.length + part.anchor;
    if (part.cursor !== null) cursor = { x: part.cursor.x, y: lines.length + part.cursor.y };
    lines.push(...part.lines);
  }
  const advice = action.advice?.(view, valuesOf(form, action, view)) ?? [];
  if (advice.length > 0) lines.push([], ...advice);
  const other = overtaken(form, action, view);
  lines.push([], ...(other === null ? [] : wrapped(other, place.cols, 'warn')));
  if (form.trouble !== null) lines.push(...wrapped(form.trouble, place.cols, 'warn'));
  lines.push(...endings(form, action, view, place.cols));
  return { title: action.title?.(view) ?? action.does.toUpperCase(), ...cropped(lines, cursor, anchor, place.rows) };
}

/** What Enter and Esc do, in words. */
function endings(form: Form, action: Asking, view: View, cols: number): readonly Line[] {
  const values = valuesOf(form, action, view);
  const choice = action.fields.find(({ kind, needed }) => kind === 'choice' && needed);
  const target = choice === undefined ? '' : (values[choice.name] ?? '');
  const accept: Line = [span('Enter', 'key', { bold: true }), span(` ${action.name} ${target}`.trimEnd())];
  const leave: Line = [span('   Esc', 'key', { bold: true }), span(' nothing is written')];
  const next: Line = action.fields.length > 1 ? [span('   Tab', 'key', { bold: true }), span(' next field')] : [];
  return [cutLine([...accept, ...leave, ...next], cols)];
}

/** Of lines that are too many, those around the one that matters and the last one, which says how to leave. */
function cropped(lines: readonly Line[], cursor: Drawn['cursor'], anchor: number, rows: number): Omit<Drawn, 'title'> {
  if (lines.length <= rows) return { lines, cursor };
  const last = lines.at(-1) ?? [];
  const room = Math.max(0, rows - 1);
  const from = Math.max(0, Math.min(anchor - Math.floor(room / 2), lines.length - 1 - room));
  const moved = cursor === null ? null : { x: cursor.x, y: cursor.y - from };
  return { lines: [...lines.slice(from, from + room), last], cursor: moved };
}

/** A field's lines; `anchor` is the one that must stay in sight. */
interface Part extends Omit<Drawn, 'title'> {
  readonly anchor: number;
}

function drawField(form: Form, field: Field, focused: boolean, view: View, place: Place, small: boolean): Part {
  const label = `${field.ask}${field.needed ? '' : ' (optional)'}`;
  const head: Line = [span(label, focused ? 'title' : 'dim', focused ? { bold: true } : {})];
  if (field.kind === 'choice') {
    const chosen = form.chosen[field.name] ?? '';
    const choices = field.from(view);
    // Where there is little room, a choice that has not the keys is one line.
    if (small && !focused) return { lines: [[...head, span(`  ${chosen}`)]], cursor: null, anchor: 0 };
    const sign = glyphs(place.ascii);
    const cols = Math.max(0, ...choices.map(({ label: each }) => width(each))) + 2;
    const lines = choices.map(({ value, label: each, about = '' }): Line => {
      const on = value === chosen;
      const mark = span(`${on ? sign.radioOn : sign.radioOff} `, on ? 'key' : 'dim');
      return item(on && focused, [mark, ...pair([span(each)], cols, words(about, 'dim'))], place.cols);
    });
    const anchor =
      1 +
      Math.max(
        0,
        choices.findIndex(({ value }) => value === chosen),
      );
    return { lines: [head, ...lines], cursor: null, anchor };
  }
  const draft = form.typed[field.name] ?? blankDraft;
  const hint = field.kind === 'text' && field.hint !== undefined ? [span(`  ${field.hint}`, 'dim')] : [];
  const text = typing(draft, '> ', place.cols, focused, focused ? TEXT_ROWS : 1);
  const listed = field.kind === 'person' ? people(form, textOf(draft), focused, view, place.cols) : [];
  const cursor = text.cursor === null ? null : { x: text.cursor.x, y: text.cursor.y + 1 };
  return { lines: [[...head, ...hint], ...text.lines, ...listed], cursor, anchor: 1 };
}

function people(form: Form, typed: string, focused: boolean, view: View, cols: number): readonly Line[] {
  const found = matching(typed, view);
  if (!focused) return found[form.picked] === undefined ? [] : [item(false, words(found[form.picked] ?? ''), cols)];
  if (found.length === 0)
    return [item(false, words('nobody of that name is here; Enter takes the name as typed', 'dim'), cols)];
  return found.slice(0, PEOPLE).map((name, i) => {
    const roles = Object.entries(view.incident?.roles ?? {}).flatMap(([role, holder]) =>
      holder === name ? [role] : [],
    );
    const about = [name === view.me ? 'you' : isHere(view, name) ? 'here now' : 'not here', ...roles].join(', ');
    return item(i === form.picked, pair([span(name)], 18, words(about, 'dim')), cols);
  });
}

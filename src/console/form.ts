/** The form of an action: opening it, its keys, accepting it. Only Enter submits a command. Pure. */
import { CONFIRM, confirmed, initialOf, type HubAction, type Choice, type Field, type Values } from './action.ts';
import { hubAction } from './actions/index.ts';
import {
  emptyDraft,
  draftOf,
  editorText,
  isEmptyText,
  typeKey,
  type EditorState,
  type Key,
} from '../terminal/editor.ts';
import { clamp } from './open-list.ts';
import { stay, submitting, withEffect, type Form, type UiChange, type Ui, type WatchedValue } from './state.ts';
import { names, stranger, type View } from './view.ts';
import { spanInWords } from '../incident/time.ts';

/** Keys within this time after a form opened were meant for what was there before, and are ignored; ms. */
export const SWALLOW_MS = 150;

/** No name is picked until something is typed or an arrow pressed, so that Enter by reflex assigns no role. */
const NOBODY = -1;

/** A form in a view, with what follows from both. */
export interface ShownForm {
  readonly form: Form;
  readonly view: View;
  readonly action: HubAction;
  /** Of its fields; what is advised where a person gave none. */
  readonly values: Values;
  /** Those shown now; an action that is hard to undo adds one to confirm it. */
  readonly fields: readonly Field[];
}

export function shownForm(form: Form, view: View): ShownForm {
  const action = hubAction(form.action);
  const values = valuesOf(form, action, view);
  const word = form.doubt === HARD_TO_UNDO ? null : (action.confirm?.(view, values) ?? null);
  const confirm: Field = { kind: 'text', name: CONFIRM, ask: `To do it, type ${word}`, needed: true };
  const fields = action.fields.filter(({ shown }) => shown?.(values) ?? true);
  return { form, view, action, values, fields: word === null ? fields : [...fields, confirm] };
}

/** Opens the form of `action` with `values` and initial values. */
export function openForm(ui: Ui, action: HubAction, view: View, values: Values = {}): Ui {
  const chosen: Record<string, string> = {};
  const typed: Record<string, EditorState> = {};
  const kept = keptOf(ui, action, values) ?? {};
  for (const field of action.fields) {
    const given = values[field.name] || (kept[field.name] ?? '');
    const start = given || (field.advised === undefined ? initialOf(field, view) : '');
    if (field.kind === 'choice') chosen[field.name] = start;
    else typed[field.name] = draftOf(start);
  }
  const form: Form = {
    kind: 'form',
    action: action.name,
    chosen,
    typed,
    picked: NOBODY,
    focus: 0,
    scroll: 0,
    seen: null,
    stray: '',
    doubt: null,
    sent: [],
    trouble: null,
    openedAt: view.mono,
  };
  const shown = shownForm(form, view);
  return {
    ...ui,
    modal: { ...form, focus: firstFocus(shown, values), seen: action.watch?.(view, shown.values) ?? null },
  };
}

/** The first field that is needed and not given, else the last of a form that was given something. */
function firstFocus({ action, fields, view }: ShownForm, given: Values): number {
  const missing = fields.findIndex(({ needed, name }) => needed && !given[name]);
  if (Object.values(given).some((value) => value !== '')) return missing >= 0 ? missing : fields.length - 1;
  const first = action.first?.(view);
  return Math.max(
    0,
    fields.findIndex(({ name }) => name === first),
  );
}

const keyOfKept = (ui: Ui, { name, keptBy }: HubAction, values: Values): string =>
  `${name} ${ui.incident ?? ''} ${keptBy === undefined ? '' : (values[keptBy] ?? '')}`;

/** What Esc kept of the form for these values. */
export const keptOf = (ui: Ui, action: HubAction, values: Values): Values | undefined =>
  ui.kept[keyOfKept(ui, action, values)];

function valuesOf(form: Form, { fields }: HubAction, view: View): Values {
  const given = Object.fromEntries(fields.map((field) => [field.name, valueOf(form, field, view)]));
  const value = (field: Field): string =>
    given[field.name] || (field.advised === undefined ? '' : (field.advised(view, given) ?? initialOf(field, view)));
  const word = form.typed[CONFIRM];
  return {
    ...Object.fromEntries(fields.map((field) => [field.name, value(field)])),
    ...(word && { [CONFIRM]: editorText(word) }),
  };
}

/** The draft of a text or person field. */
export const draftIn = (form: Form, name: string): EditorState => form.typed[name] ?? emptyDraft;

function valueOf(form: Form, field: Field, view: View): string {
  if (field.kind === 'choice') return form.chosen[field.name] ?? '';
  const text = editorText(draftIn(form, field.name));
  if (field.kind === 'text') return text;
  return text.trim() === '' && form.picked === NOBODY
    ? ''
    : (matching(text, view, field.others)[Math.max(0, form.picked)] ?? text);
}

/** People whose name begins with the typed text, else those whose name contains it. */
export function matching(text: string, view: View, others = false): readonly string[] {
  const typed = text.trim().replace(/^@/, '').toLowerCase();
  const all = names(view).filter((name) => !others || name !== view.me);
  if (typed === 'me') return [view.me];
  const starts = all.filter((name) => name.toLowerCase().startsWith(typed));
  return typed === '' ? all : starts.length > 0 ? starts : all.filter((name) => name.toLowerCase().includes(typed));
}

/** The doubt of a typed line that is hard to undo: a second Enter stands for the confirming word. */
const HARD_TO_UNDO = 'this is not easily taken back';

export function formKey(ui: Ui, form: Form, key: Key, view: View): UiChange {
  const shown = shownForm(form, view);
  const { action, values } = shown;
  if (key.name === 'escape' || key.name === 'ctrl-c')
    return stay({ ...ui, modal: null, kept: draftOfForm(ui, action, values) });
  if (view.mono - form.openedAt < SWALLOW_MS) return stay({ ...ui, modal: strayed(form, key) });
  if (key.name === 'enter') return acceptForm(ui, form, view);
  const meant = key.name === 'alt-j' ? action.doubt?.(view, values)?.incident : undefined;
  if (meant !== undefined) return withEffect({ ...ui, modal: null }, { do: 'follow', incident: meant });
  const by = { pageup: -1, pagedown: 1 }[key.name];
  const scroll = by === undefined ? 0 : form.scroll + by * Math.floor(ui.size.rows / 3);
  const next = by === undefined ? moved(shown, key) : form;
  return stay({ ...ui, modal: { ...rewatched(next, shown), scroll } });
}

/** What Esc keeps of a form: the words of the fields its action names. */
function draftOfForm(ui: Ui, action: HubAction, all: Values): Ui['kept'] {
  if (action.keeps === undefined) return ui.kept;
  const values = Object.entries(all).filter(([name]) => action.keeps?.includes(name));
  return { ...ui.kept, [keyOfKept(ui, action, all)]: Object.fromEntries(values) };
}

function moved(shown: ShownForm, key: Key): Form {
  const { form, view, fields } = shown;
  const field = fields[form.focus];
  const count = Math.max(1, fields.length);
  const go = (by: number): Form => ({ ...form, focus: (form.focus + by + count) % count, trouble: null });
  if (key.name === 'tab') return takenEvidence(form, field, view) ?? go(1);
  if (key.name === 'shift-tab') return go(-1);
  if (field === undefined) return strayed(form, key);
  if (field.kind === 'choice') return chose(shown, field.name, field.from(view), key);
  const down = key.name === 'down' ? 1 : key.name === 'up' ? -1 : 0;
  if (down !== 0 && field.kind === 'person') {
    const found = matching(editorText(draftIn(form, field.name)), view, field.others).length;
    const from = form.picked === NOBODY && down < 0 ? 0 : form.picked;
    return { ...form, picked: found === 0 ? NOBODY : (from + down + found) % found };
  }
  if (down !== 0 && !(field.kind === 'text' && field.tall)) return go(down);
  return { ...typedInto(form, field, key), trouble: null };
}

/** Tab on an empty text field takes what the room knows; null where it moves on. */
function takenEvidence(form: Form, field: Field | undefined, view: View): Form | null {
  const first = field?.known?.(view)[0];
  if (field?.kind !== 'text' || first === undefined || !isEmptyText(draftIn(form, field.name))) return null;
  return { ...form, typed: { ...form.typed, [field.name]: draftOf(first) }, trouble: null };
}

/** The form after the answer in the field `name` was sent. */
const sentAlone = (form: Form, name: string): Form => ({
  ...form,
  typed: { ...form.typed, [name]: emptyDraft },
  sent: [...form.sent, name],
  stray: '',
  doubt: null,
});

/** On to the next field that has no answer and none on its way; null: there is none. */
function onward(form: Form, { fields, view }: ShownForm): Form | null {
  const after = [...fields.keys()].map((i) => (form.focus + 1 + i) % fields.length);
  const isOpen = ({ name, answer }: Field): boolean => !form.sent.includes(name) && (answer?.(view) ?? null) === null;
  const next = after.find((i) => i !== form.focus && isOpen(fields[i]!));
  return next === undefined ? null : { ...form, focus: next, trouble: null };
}

function typedInto(form: Form, { name, kind }: Field, key: Key): Form {
  const typed = { ...form.typed, [name]: typeKey(draftIn(form, name), key) };
  return { ...form, typed, picked: kind === 'person' ? 0 : form.picked };
}

/** Arrows move; a letter or digit picks the next choice with it. */
function chose({ form, values }: ShownForm, name: string, choices: readonly Choice[], key: Key): Form {
  const at = choices.findIndex(({ value }) => value === values[name]);
  const to = (choice: Choice | undefined): Form =>
    choice === undefined ? form : { ...form, chosen: { ...form.chosen, [name]: choice.value }, trouble: null };
  if (key.name === 'down' || key.name === 'right') return to(choices[(at + 1) % choices.length]);
  if (key.name === 'up' || key.name === 'left')
    return to(choices[(Math.max(at, 0) - 1 + choices.length) % choices.length]);
  const typed = (key.text ?? '').toLowerCase();
  if (typed.trim() === '') return strayed(form, key);
  const has = ({ value, label }: Choice): boolean =>
    /\d/.test(typed) ? value.endsWith(typed) : label.toLowerCase().startsWith(typed);
  // A letter that every choice has picks none.
  const next = choices.every(has) ? undefined : [...choices.slice(at + 1), ...choices.slice(0, at + 1)].find(has);
  return next === undefined ? strayed(form, key) : to(next);
}

/** Remembers a key that had no effect here. */
const strayed = (form: Form, key: Key): Form =>
  key.text === undefined ? form : { ...form, stray: `${form.stray}${key.text}`.slice(-40) };

/** When a choice changes what the form is about (COMMS instead of IC), that is watched from then on. */
function rewatched(next: Form, { form, view, action }: ShownForm): Form {
  const now = action.watch?.(view, shownForm(next, view).values) ?? null;
  return now !== null && now.what !== form.seen?.what ? { ...next, seen: now } : next;
}

/** A paste into the focused field. */
export function formPaste(form: Form, text: string, view: View): Form {
  const field = shownForm(form, view).fields[form.focus];
  return field === undefined || field.kind === 'choice' ? form : typedInto(form, field, { name: 'paste', text });
}

/** A sentence about what somebody else changed since the form was opened; null: nothing. */
export function overtaken({ form, action, view, values }: ShownForm): string | null {
  const now = action.watch?.(view, values) ?? null;
  if (now === null || form.seen === null || now.what !== form.seen.what || now.value === form.seen.value) return null;
  return whoSet(now, view);
}

/** `carol set SEV-1 4 s ago`. */
function whoSet({ what, value }: WatchedValue, view: View): string {
  const last = view.incident?.lastSet[what];
  const by = last === undefined ? 'somebody' : last.by;
  const when = last === undefined ? '' : ` ${spanInWords(view.now - Date.parse(last.at))} ago`;
  if (what === 'severity' || what === 'status') return `${by} set ${value ?? ''}${when}`;
  if (value === null) return `${by} released ${what}${when}`;
  return value === by ? `${by} took ${what}${when}` : `${by} made ${value} ${what}${when}`;
}

/** Why the values may be unintended: keys meant for the input line, a name that nobody here has, what the action knows. */
function doubted({ form, action, view }: ShownForm, values: Values): string | null {
  if (form.stray.trim() !== '') return `"${form.stray.trim()}" was typed into this form`;
  const doubts = action.fields.map(({ kind, name }) => (kind === 'person' ? stranger(values[name] ?? '', view) : null));
  return doubts.find((doubt) => doubt !== null) ?? action.doubt?.(view, values)?.text ?? null;
}

const overruled = (doubt: string): string => `${doubt}; Enter again goes ahead`;

/** The form of a typed line that has to be confirmed; null: its values are not in doubt. */
export function doubtForm(ui: Ui, action: HubAction, values: Values, view: View): Ui | null {
  const word = action.confirm?.(view, values) ?? null;
  const isHard = word !== null && word !== confirmed(values[CONFIRM] ?? '');
  const doubt = action.doubt?.(view, values)?.text ?? (isHard ? HARD_TO_UNDO : null);
  const open = openForm(ui, action, view, values);
  if (doubt === null || open.modal?.kind !== 'form') return null;
  const form = { ...open.modal, doubt, trouble: overruled(doubt) };
  // The field of a confirming word is gone.
  return { ...open, modal: { ...form, focus: clamp(form.focus, shownForm(form, view).fields.length) } };
}

/** What Enter does in `form`. */
export function acceptForm(ui: Ui, form: Form, view: View): UiChange {
  const shown = shownForm(form, view);
  const { action, fields, values: all } = shown;
  const no = (trouble: string, more: Partial<Form> = {}): UiChange =>
    stay({ ...ui, modal: { ...form, scroll: 0, ...more, trouble } });
  const alone = action.each ? fields[form.focus]?.name : undefined;
  const values = alone === undefined ? all : { [alone]: all[alone] ?? '' };
  const why = action.whyNot?.(view) ?? null;
  if (why !== null) return no(why);
  if (alone !== undefined && values[alone]?.trim() === '') return stay({ ...ui, modal: onward(form, shown) });
  const missing = fields.findIndex(({ name, needed }) => name !== CONFIRM && needed && !values[name]?.trim());
  const asked = fields[missing];
  if (asked !== undefined) {
    const how = asked.kind === 'person' ? ': type a few letters of the name, or Down picks one' : '';
    return no(`${asked.ask} is needed${how}`, { focus: missing });
  }
  const other = overtaken(shown);
  const seen = action.watch?.(view, values) ?? null;
  if (other !== null) return no(`${other}. Enter again does it all the same, Esc leaves it so`, { seen });
  const command = action.command(view, values);
  if (typeof command === 'string') return no(command);
  const word = action.confirm?.(view, values) ?? null;
  if (word !== null && form.doubt !== HARD_TO_UNDO && confirmed(all[CONFIRM] ?? '') !== word)
    return no(`${HARD_TO_UNDO}: type ${word}, then Enter`, { focus: fields.length - 1 });
  const doubt = doubted(shown, values);
  if (doubt !== null && doubt !== form.doubt) return no(overruled(doubt), { doubt });
  const { [keyOfKept(ui, action, all)]: _, ...kept } = ui.kept;
  const modal = alone === undefined ? null : onward(sentAlone(form, alone), shown);
  return { ui: { ...ui, modal, kept }, effects: [submitting(command, view)] };
}

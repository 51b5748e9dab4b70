/**
 * A typed line or a key -> what is done: plain text is a note, `/name` an action, which is performed, opens its form, or
 * is refused with the reason. Pure.
 */
import { TEXT_LIMITS } from '../incident/shapes.ts';
import type { Zone } from '../incident/time.ts';
import type { TimeContext } from '../incident/time-input.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { type Action, type Values, isHubAction, noIncident, notNow, parsed, printed } from './action.ts';
import { ACTION_NAMES, actionNamed, ACTIONS } from './actions/index.ts';
import { helpAction } from './actions/room.ts';
import { doubtForm, openForm } from './form.ts';
import { closest } from '../incident/fuzzy.ts';
import { currentLayout, type UiChange, type Ui, say, stay, submitting, withEffect } from './state.ts';
import { noteCommand, noteLine } from './parse-note.ts';
import type { PendingCommand, View } from './view.ts';

type Composed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'command'; readonly command: ConsoleCommand }
  | { readonly kind: 'action'; readonly action: Action; readonly args: string }
  | { readonly kind: 'trouble'; readonly text: string };
const trouble = (text: string): Composed => ({ kind: 'trouble', text });

/** What Enter on `line` asks for; `trouble` rejects it. */
export function compose(line: string, view: View & Pick<TimeContext, 'date'>): Composed {
  if (line.trim() === '') return { kind: 'nothing' };
  if (line.trim() === '?') return { kind: 'action', action: helpAction, args: '' };
  if (line.startsWith('/') && !line.startsWith('//')) return slash(line, view);
  if (LEAVING.test(line)) return trouble(`"${line.trim()}" is not logged: /quit leaves, the incident stays open`);
  const why = noIncident(view);
  if (why !== null) return trouble(why);
  const text = line.startsWith('//') ? ` ${line.slice(1)}` : line;
  if (text.length > TEXT_LIMITS.text)
    return trouble(`an entry has at most ${TEXT_LIMITS.text} characters; this one has ${text.length}`);
  const command = noteCommand(text, 'note', view);
  return typeof command === 'string' ? trouble(command) : { kind: 'command', command };
}

/** What leaves other programs, typed alone. */
const LEAVING = /^\s*(?::?q!?|:wq?|:x|quit|exit)\s*$/i;

function slash(line: string, view: View): Composed {
  const [, name = '', args = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const action = actionNamed(name);
  if (action === undefined) {
    const near = closest(name, ACTION_NAMES).map((each) => `/${each}`);
    const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : 'F1 lists them';
    return trouble(`there is no command /${name}: ${hint}   //${name} logs it as text`);
  }
  const why = whyNot(action, view);
  return why === null ? { kind: 'action', action, args: args.trim() } : trouble(`/${action.name}: ${why}`);
}

/** Why the action is not possible now; in the past none is that sends something. */
const whyNot = (action: Action, view: View): string | null =>
  view.past !== undefined && isHubAction(action) ? notNow(view) : (action.whyNot?.(view) ?? null);

/** The line that asks for a refused command again; the words it was shown with where no line asks for it. */
export function retyped({ command, text, at, incident = null }: PendingCommand, zone: Zone): string {
  if (command === undefined) return text;
  // An outbox may hold kinds of another version; no action prints those.
  const known = command as ConsoleCommand;
  const context = { zone, typedAt: at, incident };
  if (known.kind === 'note' && !known.closes) return noteLine(known, context);
  const [line] = ACTIONS.flatMap((action) => (isHubAction(action) ? (printed(action, known, context) ?? []) : []));
  return line ?? text;
}

/** The action of that name with its form filled in, or done where it has none; says why it is not possible now. */
export function begin(ui: Ui, name: string, view: View, values: Values = {}): UiChange {
  const action = actionNamed(name);
  if (action === undefined) return stay(ui);
  if (!isHubAction(action)) return perform(ui, action, values['args'] ?? '', view, true);
  const why = whyNot(action, view);
  return stay(why === null ? openForm(ui, action, view, values) : say(ui, `/${name}: ${why}`, view.mono, true));
}

interface Performed extends UiChange {
  /** False: the typed line is rejected. */
  readonly done: boolean;
}

/**
 * Performs `action`. `byKey`: an action without fields opens a form, so that no key alone writes anything: an Escape and
 * a letter that arrive together look like an Alt key.
 */
export function perform(ui: Ui, action: Action, args: string, view: View, byKey = false): Performed {
  const step = attempted(ui, action, args, view, byKey);
  return step.done ? { ...step, ui: { ...step.ui, recent: withRecent(ui.recent, action) } } : step;
}

/** Actions that the palette lists first. */
const RECENT = 3;

/** Palette and help are lists of actions themselves. */
const withRecent = (recent: readonly string[], { name }: Action): readonly string[] =>
  name === 'palette' || name === 'help' ? recent : [name, ...recent.filter((each) => each !== name)].slice(0, RECENT);

function attempted(ui: Ui, action: Action, args: string, view: View, byKey: boolean): Performed {
  const no = (why: string): Performed => ({ ...stay(say(ui, why, view.mono, true)), done: false });
  const why = whyNot(action, view);
  if (why !== null) return no(`/${action.name}: ${why}`);
  if (!isHubAction(action)) {
    const step = action.apply(ui, view, args);
    return typeof step === 'string' ? no(step) : { ...step, done: true };
  }
  const opensForm = byKey ? !(action.alone?.(ui, view) ?? false) : action.fields.length > 0 && !action.atOnce;
  if (args === '' && opensForm) return { ...stay(openForm(ui, action, view)), done: true };
  const values = parsed(action, args, view);
  if (typeof values === 'string') return no(values);
  const missing = action.fields.some((field) => field.needed && (values[field.name] ?? '').trim() === '');
  if (missing) return { ...stay(openForm(ui, action, view, values)), done: true };
  const command = action.command(view, values);
  if (typeof command === 'string') return no(command);
  const doubtful = doubtForm(ui, action, values, view);
  if (doubtful !== null) return { ...stay(doubtful), done: true };
  return { ...submit(ui, command, view), done: true };
}

/** Submits `command`, and returns to the live end of the timeline, where one's own entry appears. */
export function submit(ui: Ui, command: ConsoleCommand, view: View): UiChange {
  const covered = currentLayout(ui).timeline === null ? { zoom: null, paged: 0 } : {};
  const readMark = view.incident?.head ?? null;
  const live: Ui = { ...ui, ...covered, scroll: null, selected: null, readMark, left: false };
  return withEffect(live, submitting(command, view));
}

/** Do an action: at once, through its form, or not, with the reason. Pure. */
import type { Command } from '../incident/command.ts';
import { asks, type Action, type Values } from './action.ts';
import { openForm } from './form.ts';
import { place } from './place.ts';
import { say, stay, withEffect, type Step, type Ui } from './state.ts';
import type { View } from './view.ts';

export interface Performed extends Step {
  /** False: nothing came of it, and the line it was typed in stays. */
  readonly done: boolean;
}

/**
 * `action` with what was typed after its name. `byKey`: a key alone writes nothing; an action without fields asks first,
 * because an Escape and a letter that arrive together are an Alt key.
 */
export function perform(ui: Ui, action: Action, args: string, view: View, byKey = false): Performed {
  const step = attempted(ui, action, args, view, byKey);
  return step.done ? { ...step, ui: { ...step.ui, recent: withRecent(ui.recent, action) } } : step;
}

/** Actions that the palette lists first. */
const RECENT = 3;

/** What opens a list of actions is no help in one. */
const withRecent = (recent: readonly string[], { name }: Action): readonly string[] =>
  name === 'palette' || name === 'help' ? recent : [name, ...recent.filter((each) => each !== name)].slice(0, RECENT);

function attempted(ui: Ui, action: Action, args: string, view: View, byKey: boolean): Performed {
  const no = (why: string): Performed => ({ ...stay(say(ui, why, view.mono, true)), done: false });
  const why = action.whyNot?.(view) ?? null;
  if (why !== null) return no(`/${action.name}: ${why}`);
  if (!asks(action)) {
    const step = action.apply(ui, view, args);
    return { ...step, done: step.ui.notice === null || step.ui.notice === ui.notice || !step.ui.notice.bad };
  }
  if (args === '' && (byKey || (action.fields.length > 0 && !action.atOnce)))
    return { ...stay(openForm(ui, action, view)), done: true };
  const values: Values | string = action.parse(args, view);
  if (typeof values === 'string') return no(values);
  const missing = action.fields.some((field) => field.needed && (values[field.name] ?? '').trim() === '');
  if (missing) return { ...stay(openForm(ui, action, view, values)), done: true };
  const command = action.command(view, values);
  if (typeof command === 'string') return no(command);
  return { ...submit(ui, command, view), done: true };
}

/** Hands `command` to the client; one's own entry is seen at once, so the view goes back to live, and to the timeline. */
export function submit(ui: Ui, command: Command, view: View): Step {
  const incident = command.kind === 'declare' ? null : (view.incident?.id ?? null);
  const covered = place(ui).timeline === null ? { zoom: null, paged: 0 } : {};
  const live: Ui = {
    ...ui,
    ...covered,
    scroll: null,
    selected: null,
    readMark: view.incident?.head ?? null,
    left: false,
  };
  return withEffect(live, { do: 'submit', command, incident });
}

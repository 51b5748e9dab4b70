/** Completion on the input line: commands after `/`, people after `@`, entries after `#`. Pure. */
import { rolesOf } from '../incident/incident.ts';
import { isHubAction, usageOf } from './action.ts';
import { ACTIONS, actionNamed } from './actions/index.ts';
import { editorText } from '../terminal/editor.ts';
import { best } from '../incident/fuzzy.ts';
import type { Ui } from './state.ts';
import { type View, names } from './view.ts';

interface Suggestion {
  /** The line when it is taken. */
  readonly line: string;
  readonly label: string;
  readonly about: string;
  /** Why a command is not possible now. */
  readonly whyNot: string | null;
}
const plain = (line: string, label: string, about = ''): Suggestion => ({ line, label, about, whyNot: null });

const MOST = 7;

/** Suggestions for the end of the line, best first. */
export function suggestions(ui: Ui, view: View): readonly Suggestion[] {
  const { draft } = ui;
  if (draft.cursor !== draft.pieces.length || draft.pieces.length > 200) return [];
  const line = editorText(draft);
  if (line.includes('\n')) return [];
  const command = /^\/(\S*)$/.exec(line);
  if (command !== null && !line.startsWith('//')) return commands(command[1] ?? '', view);
  const argument = /^\/(\S+)\s+(\S*)$/.exec(line);
  if (argument !== null) return firstArgument(argument[1] ?? '', argument[2] ?? '', ui, view);
  return words(line, view);
}

function commands(typed: string, view: View): readonly Suggestion[] {
  const exact = typed === '' ? undefined : actionNamed(typed);
  const begins = ACTIONS.filter((action) =>
    [action.name, ...(action.alias ?? [])].some((name) => name.startsWith(typed)),
  );
  const found = begins.length > 0 ? begins : best(typed, ACTIONS, (action) => `${action.name} ${action.does}`);
  const ordered = exact === undefined ? found : [exact, ...found.filter((action) => action !== exact)];
  return ordered.slice(0, MOST).map((action) => ({
    line: `/${action.name} `,
    label: usageOf(action),
    about: action.does,
    whyNot: action.whyNot?.(view) ?? null,
  }));
}

function firstArgument(name: string, typed: string, ui: Ui, view: View): readonly Suggestion[] {
  const action = actionNamed(name);
  if (action !== undefined && !isHubAction(action))
    return action.words === undefined
      ? words(`/${name} ${typed}`, view)
      : beginning(typed, action.words(ui, view), (word) => word).map((word) => plain(`/${name} ${word}`, word));
  const field = action?.fields[0];
  if (field?.kind === 'person') return people(`/${name} `, typed.replace(/^@/, ''), view);
  if (field?.kind !== 'choice') return words(`/${name} ${typed}`, view);
  const choices = beginning(typed, field.from(view), ({ value }) => value);
  return choices.map(({ value, label, about }) => plain(`/${name} ${value} `, label, about));
}

/** The items whose text begins with what is typed, but is not the same, in either case. */
function beginning<T>(typed: string, items: readonly T[], textOf: (item: T) => string): readonly T[] {
  const start = typed.toLowerCase();
  const fits = (text: string): boolean => text.startsWith(start) && text !== start;
  return items.filter((item) => fits(textOf(item).toLowerCase())).slice(0, MOST);
}

function words(line: string, view: View): readonly Suggestion[] {
  const role = /^(\/role\s+\S+\s+)@?(\S*)$/.exec(line);
  if (role !== null) return people(role[1] ?? '', role[2] ?? '', view);
  const at = /^([\s\S]*(?:^|\s))@(\S*)$/.exec(line);
  if (at !== null) return people(`${at[1] ?? ''}@`, at[2] ?? '', view);
  const hash = /^([\s\S]*(?:^|\s))#(\d*)$/.exec(line);
  return hash === null ? [] : entries(hash[1] ?? '', hash[2] ?? '', view);
}

const people = (before: string, typed: string, view: View): readonly Suggestion[] =>
  beginning(typed, names(view), (name) => name).map((name) => {
    const about = [...rolesOf(view.incident, name), ...(name === view.me ? ['you'] : [])];
    return plain(`${before}${name} `, name, about.join(', '));
  });

/** The newest entries of people whose number begins as typed. */
function entries(before: string, typed: string, view: View): readonly Suggestion[] {
  const found: Suggestion[] = [];
  for (let i = view.events.length - 1; i >= 0 && found.length < MOST; i--) {
    const event = view.events[i];
    if (event?.kind !== 'noted' || !String(event.seq).startsWith(typed) || String(event.seq) === typed) continue;
    found.push(plain(`${before}#${event.seq} `, `#${event.seq} ${event.by.name}`, event.data.text.slice(0, 80)));
  }
  return found;
}

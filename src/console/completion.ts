/** Completion on the input line: commands after `/`, people after `@`, entries after `#`. Pure. */
import { rolesOf } from '../incident/incident.ts';
import { isHubAction } from './action.ts';
import { ACTIONS, actionNamed } from './actions/index.ts';
import { type EditorState, draftOf, editorText } from '../terminal/editor.ts';
import { best } from '../incident/fuzzy.ts';
import type { Ui } from './state.ts';
import { type View, names } from './view.ts';

export interface Suggestion {
  /** What the line becomes. */
  readonly line: string;
  readonly label: string;
  readonly about: string;
  /** Why the command is not possible now; it is listed all the same. */
  readonly whyNot: string | null;
}

const MOST = 7;

/** Suggestions for the current line, best first. Only the end of a line is completed. */
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
    label: action.usage,
    about: action.does,
    whyNot: action.whyNot?.(view) ?? null,
  }));
}

function firstArgument(name: string, typed: string, ui: Ui, view: View): readonly Suggestion[] {
  const action = actionNamed(name);
  if (action !== undefined && !isHubAction(action) && action.words !== undefined)
    return action
      .words(ui, view)
      .filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()) && word !== typed)
      .slice(0, MOST)
      .map((word) => ({ line: `/${name} ${word}`, label: word, about: '', whyNot: null }));
  const field = action !== undefined && isHubAction(action) ? action.fields[0] : undefined;
  if (field?.kind === 'person') return people(`/${name} `, typed.replace(/^@/, ''), view);
  if (field?.kind !== 'choice') return words(`/${name} ${typed}`, view);
  return field
    .from(view)
    .filter(
      ({ value }) => value.toLowerCase().startsWith(typed.toLowerCase()) && value.toLowerCase() !== typed.toLowerCase(),
    )
    .slice(0, MOST)
    .map(({ value, label, about }) => ({ line: `/${name} ${value} `, label, about: about ?? '', whyNot: null }));
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
  names(view)
    .filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()) && name !== typed)
    .slice(0, MOST)
    .map((name) => {
      const about = [...rolesOf(view.incident, name), ...(name === view.me ? ['you'] : [])].join(', ');
      return { line: `${before}${name} `, label: name, about, whyNot: null };
    });

/** The newest entries people wrote whose number begins as typed. */
function entries(before: string, typed: string, view: View): readonly Suggestion[] {
  const found: Suggestion[] = [];
  for (let i = view.events.length - 1; i >= 0 && found.length < MOST; i--) {
    const event = view.events[i];
    if (event?.kind !== 'noted' || !String(event.seq).startsWith(typed) || String(event.seq) === typed) continue;
    found.push({
      line: `${before}#${event.seq} `,
      label: `#${event.seq} ${event.by.name}`,
      about: event.data.text.slice(0, 80),
      whyNot: null,
    });
  }
  return found;
}

/** The draft with the suggestion taken. */
export const take = (suggestion: Suggestion): EditorState => draftOf(suggestion.line);

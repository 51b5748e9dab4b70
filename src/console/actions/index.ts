/** Every action, in the order help and palette list them. A new one is one file and one line here. */
import type { Action } from '../action.ts';
import { acknowledge } from './acknowledge.ts';
import { alerts } from './alerts.ts';
import { amend, pin, retract } from './correct.ts';
import { declare } from './declare.ts';
import { accept, decline, handover } from './handover.ts';
import { copy, detail, filter, level, panels, search, zone, zoom, span } from './look.ts';
import { done, lines, notes } from './notes.ts';
import { inspect } from './inspect.ts';
import { release, role } from './roles.ts';
import {
  dismiss,
  goTo,
  help,
  keys,
  list,
  mouse,
  palette,
  quit,
  redraw,
  suspend,
  theme,
  who,
  brief,
  history,
} from './room.ts';
import { reload } from './reload.ts';
import { severity } from './severity.ts';
import { silence, unsilence } from './silence.ts';
import { status } from './status.ts';

export const ACTIONS: readonly Action[] = [
  help,
  declare,
  alerts,
  acknowledge,
  severity,
  status,
  role,
  release,
  handover,
  accept,
  decline,
  ...notes,
  done,
  lines,
  amend,
  retract,
  pin,
  brief,
  search,
  level,
  filter,
  detail,
  copy,
  panels,
  zoom,
  span,
  inspect,
  zone,
  palette,
  history,
  silence,
  unsilence,
  reload,
  list,
  goTo,
  who,
  dismiss,
  keys,
  mouse,
  theme,
  redraw,
  suspend,
  quit,
];

const byName = new Map(
  ACTIONS.flatMap((action) => [action.name, ...(action.alias ?? [])].map((name) => [name, action])),
);
const byKey = new Map(
  ACTIONS.flatMap((action) =>
    [action.key, action.alt].flatMap((key) => (key === undefined ? [] : [[key, action]])),
  ) as [string, Action][],
);

/** The action of that slash name or alias. */
export const actionNamed = (name: string): Action | undefined => byName.get(name.toLowerCase());
export const actionOnKey = (key: string): Action | undefined => byKey.get(key);

/** The names closest to what was typed, best first, for "did you mean". */
export function suggest(name: string, most = 3): readonly string[] {
  const typed = name.toLowerCase();
  return [...byName.keys()]
    .filter((each) => each.length > 1)
    .map((each) => ({ each, far: each.startsWith(typed) ? 0 : distance(typed, each) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(each.length / 2)))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ each }) => each);
}

/** Edits between two short words, a swap of neighbours being one (Damerau-Levenshtein). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cost = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cost(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + same, swapped));
    }
  }
  return cost(a.length, b.length);
}

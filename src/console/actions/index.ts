/** Every action, in the order help and palette list them. A new one is one file and one line here. */
import type { Action } from '../action.ts';
import { acknowledge } from './acknowledge.ts';
import { alerts } from './alerts.ts';
import { amend, pin, retract } from './correct.ts';
import { declare } from './declare.ts';
import { accept, decline, handover, release, role } from './roles.ts';
import { copy, detail, filter, level, panels, search, zone, zoom, chartRange } from './look.ts';
import { done, lines, notes } from './notes.ts';
import { inspect, reload } from './hub.ts';
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
import { severity } from './severity.ts';
import { silence, unsilence } from './silence.ts';
import { status } from './status.ts';
import { update } from './update.ts';

export const ACTIONS: readonly Action[] = [
  help,
  declare,
  alerts,
  acknowledge,
  severity,
  status,
  update,
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
  chartRange,
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

/** Slash names and aliases. */
export const ACTION_NAMES: readonly string[] = [...byName.keys()];

/** The action of that slash name or alias. */
export const actionNamed = (name: string): Action | undefined => byName.get(name.toLowerCase());
/** The action bound to a function, Ctrl or Alt key. */
export const actionOnKey = (key: string): Action | undefined => byKey.get(key);

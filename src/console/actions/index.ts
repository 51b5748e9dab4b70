/** Every action, in the order help and palette list them. A new one is one file and one line here. */
import type { Action } from '../action.ts';
import { acknowledgeAction } from './acknowledge.ts';
import { alertsAction } from './alerts.ts';
import { amendAction, pinAction, retractAction } from './correct.ts';
import { declareAction } from './declare.ts';
import { acceptAction, declineAction, handoverAction, releaseAction, roleAction } from './roles.ts';
import {
  copyAction,
  detailAction,
  filterAction,
  levelAction,
  panelsAction,
  searchAction,
  zoneAction,
  zoomAction,
  chartRangeAction,
} from './look.ts';
import { doneAction, linesAction, noteActions } from './notes.ts';
import { inspectAction, reloadAction } from './hub.ts';
import {
  dismissAction,
  goToAction,
  helpAction,
  keysAction,
  listAction,
  mouseAction,
  paletteAction,
  quitAction,
  redrawAction,
  suspendAction,
  themeAction,
  whoAction,
  briefAction,
  historyAction,
} from './room.ts';
import { severityAction } from './severity.ts';
import { silenceAction, unsilenceAction } from './silence.ts';
import { statusAction } from './status.ts';
import { updateAction } from './update.ts';

export const ACTIONS: readonly Action[] = [
  helpAction,
  declareAction,
  alertsAction,
  acknowledgeAction,
  severityAction,
  statusAction,
  updateAction,
  roleAction,
  releaseAction,
  handoverAction,
  acceptAction,
  declineAction,
  ...noteActions,
  doneAction,
  linesAction,
  amendAction,
  retractAction,
  pinAction,
  briefAction,
  searchAction,
  levelAction,
  filterAction,
  detailAction,
  copyAction,
  panelsAction,
  zoomAction,
  chartRangeAction,
  inspectAction,
  zoneAction,
  paletteAction,
  historyAction,
  silenceAction,
  unsilenceAction,
  reloadAction,
  listAction,
  goToAction,
  whoAction,
  dismissAction,
  keysAction,
  mouseAction,
  themeAction,
  redrawAction,
  suspendAction,
  quitAction,
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

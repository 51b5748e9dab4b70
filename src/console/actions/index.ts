/** Every action, in the order of help and palette. */
import { isHubAction, type Action, type Group, type HubAction } from '../action.ts';
import { acknowledgeAction, alertsAction, silenceActions } from './alerts.ts';
import { relationActions } from './changes.ts';
import { decisionActions } from './decide.ts';
import { declareAction } from './declare.ts';
import { pagingActions } from './escalate.ts';
import { deliveriesAction } from './deliveries.ts';
import { drillAction } from './drill.ts';
import { entryActions } from './entries.ts';
import { assignAction, owedAction } from './follow-up.ts';
import { lookActions } from './look.ts';
import { oncallAction } from './oncall.ts';
import { runbookAction, runbookActions } from './runbook.ts';
import { postmortemAction, postmortemActions } from './postmortem.ts';
import { linksAction, traceAction } from './trace.ts';
import { roleActions } from './roles.ts';
import {
  briefAction,
  helpAction,
  historyAction,
  nextAction,
  paletteAction,
  reloadAction,
  roomActions,
} from './room.ts';
import { axisAction } from '../axis-page.ts';
import { backAction } from '../past.ts';
import { unreadAction } from '../scroll.ts';
import { severityAction } from './severity.ts';
import { statusAction } from './status.ts';
import { triageAction } from './triage.ts';
import { updateAction } from './update.ts';

type Grouped = Action & { readonly group: Group };
const grouped = (group: Group, actions: readonly Action[]): readonly Grouped[] =>
  actions.map((action) => ({ ...action, group }));

export const ACTIONS: readonly Grouped[] = [
  ...grouped('room', [helpAction]),
  ...grouped('act', [
    declareAction,
    alertsAction,
    acknowledgeAction,
    severityAction,
    statusAction,
    updateAction,
    triageAction,
    runbookAction,
  ]),
  ...grouped('act', runbookActions),
  ...grouped('act', pagingActions),
  ...grouped('act', decisionActions),
  ...grouped('act', roleActions),
  ...grouped('act', relationActions),
  ...grouped('act', [postmortemAction, ...postmortemActions]),
  ...grouped('write', [...entryActions, assignAction]),
  ...grouped('act', [drillAction]),
  ...grouped('look', [
    nextAction,
    briefAction,
    unreadAction,
    oncallAction,
    deliveriesAction,
    owedAction,
    traceAction,
    linksAction,
    axisAction,
    backAction,
    ...lookActions,
  ]),
  ...grouped('room', [paletteAction, historyAction]),
  ...grouped('act', silenceActions),
  ...grouped('room', [reloadAction, ...roomActions]),
];

const byName = new Map(
  ACTIONS.flatMap((action) => [action.name, ...(action.alias ?? [])].map((name) => [name, action])),
);
const byKey = new Map(ACTIONS.flatMap((action) => [action.key, action.alt].map((key) => [key ?? '', action])));

/** Slash names and aliases. */
export const ACTION_NAMES: readonly string[] = [...byName.keys()];

/** The action with this slash name or alias. */
export const actionNamed = (name: string): Action | undefined => byName.get(name.toLowerCase());
/** The action of that name, which has a form. Throws for any other name. */
export function hubAction(name: string): HubAction {
  const action = actionNamed(name);
  if (action === undefined || !isHubAction(action)) throw new Error(`no form is named ${name}`);
  return action;
}
/** The action bound to a function, Ctrl or Alt key. */
export const actionOnKey = (key: string): Action | undefined => (key === '' ? undefined : byKey.get(key));

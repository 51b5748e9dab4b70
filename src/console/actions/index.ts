/** Every action, in the order of help and palette. */
import { isHubAction, type Action, type Group, type HubAction } from '../action.ts';
import { acknowledgeAction, alertsAction, silenceActions } from './alerts.ts';
import { relationActions } from './changes.ts';
import { decisionActions } from './decide.ts';
import { declareAction } from './declare.ts';
import { pagingActions } from './escalate.ts';
import { drillAction } from './drill.ts';
import { entryActions } from './entries.ts';
import { lookActions } from './look.ts';
import { runbookActions } from './runbook.ts';
import { postmortemActions } from './postmortem.ts';
import { traceAction } from './trace.ts';
import { roleActions } from './roles.ts';
import { helpAction, roomActions, viewActions } from './room.ts';
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
    ...runbookActions,
    ...pagingActions,
    ...decisionActions,
    ...roleActions,
    ...relationActions,
    ...postmortemActions,
  ]),
  ...grouped('write', entryActions),
  ...grouped('act', [drillAction]),
  ...grouped('look', [...viewActions, unreadAction, traceAction, axisAction, backAction, ...lookActions]),
  ...grouped('act', silenceActions),
  ...grouped('room', roomActions),
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

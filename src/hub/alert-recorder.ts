/** Which alerts have to be written into which open records: a pure comparison of what people are to know with what stands there. */
import { hasRoomForAlert } from '../incident/bounds.ts';
import type { Command } from '../incident/command.ts';
import { isEnded, isOn, type Incident } from '../incident/incident.ts';
import type { Transition } from '../rules/transition.ts';

/** An alert in the state people are to know of, and since when it is in it. */
export type AnnouncedAlert = Pick<
  Transition,
  'alert' | 'rule' | 'from' | 'to' | 'severity' | 'summary' | 'labels' | 'runbook' | 'at'
>;
/** An entry that a record lacks. `key` is the same for the same change, also after a restart. */
export interface AlertEntry {
  readonly incident: string;
  readonly key: string;
  readonly command: Extract<Command, { kind: 'change_alert' }>;
}

/** Somebody works on it: an alert that fires now is part of it. */
const isRunning = (state: Incident): boolean => state.status !== 'resolved' && !isEnded(state);

/** The state in which the record of `incident` has `alert`; null: it does not have it. */
export const stateIn = (incident: Incident, alert: string): string | null =>
  incident.alerts.find((known) => known.alert === alert)?.state ?? null;

/** The incident, of those that are open, to which `alert` belongs and that is being worked on; null: none. */
export const homeOf = (alert: string, open: readonly Incident[]): string | null =>
  open.find((state) => isRunning(state) && stateIn(state, alert) !== null)?.id ?? null;

/** What the records of `open`, the one declared last first, lack of `one`. `now`: ms since 1970. */
export function missingEntries(one: AnnouncedAlert, open: readonly Incident[], now: number): readonly AlertEntry[] {
  const { alert, rule, to, severity, summary, labels, runbook } = one;
  const at = new Date(Math.min(one.at, now)).toISOString();
  return incidentsFor(one, open).flatMap((state) => {
    const from = stateIn(state, alert);
    if (from === to) return [];
    const command = {
      kind: 'change_alert',
      alert,
      rule,
      from: from ?? one.from,
      to,
      severity,
      summary,
      labels,
      ...(runbook === null ? {} : { runbook }),
      at,
    } as const;
    return [{ incident: state.id, key: `alert ${alert} ${command.from}-${to} ${at}`, command }];
  });
}

/**
 * Those that have the alert already; and for one that fires, when none of them is being worked on: the incident declared
 * for it, else one with its runbook, else the one declared last. A drill gets no alerts of the real world, and an incident
 * that is full of alerts that are on no further ones.
 */
function incidentsFor({ alert, to, runbook }: AnnouncedAlert, open: readonly Incident[]): readonly Incident[] {
  const having = open.filter((state) => stateIn(state, alert) !== null);
  if (!isOn(to) || having.some(isRunning)) return having;
  const running = open.filter((state) => isRunning(state) && !state.drill && hasRoomForAlert(state));
  const home =
    running.find((state) => state.alert === alert) ??
    (runbook === null ? undefined : running.find((state) => state.runbook === runbook)) ??
    running[0];
  return home === undefined ? having : [...having, home];
}

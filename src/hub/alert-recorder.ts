/** Compares announced alerts with the open records: which entries are missing. Pure. */
import { hasRoomForAlert } from '../incident/bounds.ts';
import type { Command } from '../incident/command.ts';
import { isEnded, isOn, type Incident } from '../incident/incident.ts';
import type { Transition } from '../rules/notification-state.ts';

/** The latest announced state of an alert, and since when. */
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

/** An incident in work takes new alerts. */
const isRunning = (state: Incident): boolean => state.status !== 'resolved' && !isEnded(state);

/** The states of a record's alerts: thousands are looked up between two changes. */
const indexes = new WeakMap<Incident['alerts'], ReadonlyMap<string, string>>();

/** The state of `alert` in the incident's record; null: not in it. */
export function stateIn({ alerts }: Incident, alert: string): string | null {
  const index = indexes.get(alerts) ?? new Map(alerts.map((known) => [known.alert, known.state]));
  indexes.set(alerts, index);
  return index.get(alert) ?? null;
}

/** The id of the running incident that has `alert`; null: none. */
export const homeOf = (alert: string, open: readonly Incident[]): string | null =>
  open.find((state) => isRunning(state) && stateIn(state, alert) !== null)?.id ?? null;

/** What the records of `open` (newest first) lack of `one`. `now`: ms since 1970; `rehearsal`: all is a drill. */
export function missingEntries(
  one: AnnouncedAlert,
  open: readonly Incident[],
  now: number,
  rehearsal = false,
): readonly AlertEntry[] {
  const { alert, rule, to, severity, summary, labels, runbook } = one;
  return incidentsFor(one, open, rehearsal).flatMap((state) => {
    const from = stateIn(state, alert);
    if (from === to) return [];
    const at = new Date(Math.min(one.at, now)).toISOString();
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

/** Incidents that have the alert; a firing one in no running incident also gets the one it fits best. */
function incidentsFor(
  { alert, to, runbook }: AnnouncedAlert,
  open: readonly Incident[],
  rehearsal: boolean,
): readonly Incident[] {
  const having = open.filter((state) => stateIn(state, alert) !== null);
  if (!isOn(to) || having.some(isRunning)) return having;
  const running = open.filter((state) => isRunning(state) && state.drill === rehearsal && hasRoomForAlert(state));
  const home =
    running.find((state) => state.alert === alert) ??
    (runbook === null ? undefined : running.find((state) => state.runbook === runbook)) ??
    running[0];
  return home === undefined ? having : [...having, home];
}

/** The alerts that records of `open` have as firing. */
export const recordedAsFiring = (open: readonly Incident[], at: number): readonly AnnouncedAlert[] =>
  open.flatMap(({ alerts }) =>
    alerts.flatMap(({ alert, rule, state, severity, summary }) => {
      const phases = { from: 'firing', to: 'firing' } as const;
      return isOn(state) ? [{ alert, rule, severity, summary, labels: {}, runbook: null, ...phases, at }] : [];
    }),
  );

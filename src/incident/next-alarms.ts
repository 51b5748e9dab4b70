/** What calls people: pages that are not answered, levels that are asked about, alarms that nobody is on. */
import { heldLevel, isAcknowledged, isEnded, isOn, isRunning, type Incident } from './incident.ts';
import { isQuiet, type NextInput, type AskingAlert, type NextRuleItem, type NextContext } from './next-item.ts';
import type { HeldLevel } from './paging.ts';
import { plus } from './policy.ts';
import { isSerious } from './severity.ts';
import { shellQuoted } from './shell-quote.ts';
import { unheardPages } from './undelivered.ts';

/** Whoever was paged though somebody is on it answers; people are asked about a level that fell due while the hub was down. */
export function pages({ incident, context: { now } }: NextInput): readonly NextRuleItem[] {
  const held = heldLevel(incident);
  const called = isEnded(incident) || !isAcknowledged(incident) ? [] : (incident.paging?.pages ?? []);
  return [
    ...called.flatMap(({ level, name, at, answered }): readonly NextRuleItem[] => {
      if (answered || name === null) return [];
      return [{ what: 'page', text: `answer the page (${level})`, by: [name], dueAt: at, command: 'warroom ack' }];
    }),
    ...(held === undefined ? [] : [askedAbout(held)]),
    ...unheardPages(incident, now),
  ];
}

const askedAbout = ({ level, dueAt }: HeldLevel, alert?: string): NextRuleItem => ({
  what: 'page',
  level,
  ...(alert !== undefined && { alert }),
  text: `page ${level}? due while the hub was down`,
  dueAt,
  command: `warroom escalate ${level}${alert === undefined ? '' : ` --alert ${shellQuoted(alert)}`}`,
});

export const heldAlerts = ({ alerts = [] }: NextContext): readonly NextRuleItem[] =>
  alerts.flatMap(({ alert, held, acked }) =>
    held === undefined || acked !== undefined ? [] : [askedAbout(held, alert)],
  );

/**
 * Alarms that nobody is on and that belong here or nowhere: in an incident that runs the serious ones that came after its
 * acknowledgement, else all of them.
 */
export function alarms(incident: Incident | null, { alerts = [], policy, now }: NextContext): readonly NextRuleItem[] {
  const known = incident?.timestamps.acknowledgedAt ?? incident?.timestamps.declaredAt ?? null;
  const isNew = (alert: AskingAlert): boolean => {
    const { state, severity, since, incident: of = null } = alert;
    if (!isOn(state) || isQuiet(alert, now) || (of !== null && of !== incident?.id)) return false;
    // Only the hub of a drill gives a drill its alerts: all others are real.
    if (incident === null || !isRunning(incident) || (incident.drill && of !== incident.id)) return true;
    return isSerious(severity) && (known === null || since > known);
  };
  return alerts.filter(isNew).map(({ alert, severity, summary, since }) => ({
    what: 'alarm',
    alert,
    severity,
    text: `${severity} ${summary}`,
    dueAt: plus(since, policy.severities[severity].ackMs),
    command: `warroom ack --alert ${shellQuoted(alert)}`,
  }));
}

/** What calls people: pages that are not answered, levels that are asked about, alarms that nobody is on. */
import { heldLevel, isAcknowledged, isEnded, isOn, type Incident } from './incident.ts';
import { isPast, type NextInput, type AskingAlert, type NextRuleItem, type NextContext } from './next-item.ts';
import type { HeldLevel } from './paging.ts';
import { plus } from './policy.ts';
import { shellQuoted } from './shell-quote.ts';
import { unheardAlertPages, unheardPages } from './undelivered.ts';

/** Whoever was paged though somebody is on it answers; people are asked about a level that fell due while the hub was down. */
export function pages({ incident, context: { now } }: NextInput): readonly NextRuleItem[] {
  const held = heldLevel(incident);
  const called = isEnded(incident) || !isAcknowledged(incident) ? [] : (incident.paging?.pages ?? []);
  return [
    ...called.flatMap(({ level, name, at, answered }): NextRuleItem[] =>
      answered || name === null
        ? []
        : [
            {
              what: 'page',
              text: `answer the page (${level})`,
              by: [name],
              dueAt: at,
              command: 'warroom ack',
              step: 'observe',
            },
          ],
    ),
    ...(held === undefined ? [] : [askedAbout(held)]),
    ...unheardPages(incident, now).map(asCall),
  ];
}

type Call = ReturnType<typeof unheardPages>[number];
const asCall = (call: Call): NextRuleItem => ({ ...call, what: 'call', by: ['anyone'], step: 'observe' });

/** People whose page for an alert no receiver took. */
export const uncalled = ({ context }: Pick<NextInput, 'context'>): readonly NextRuleItem[] =>
  unheardAlertPages(context).map(asCall);

const askedAbout = ({ level, dueAt }: HeldLevel, alert?: string): NextRuleItem => ({
  what: 'page',
  level,
  ...(alert === undefined ? {} : { alert }),
  text: `page ${level}? due while the hub was down`,
  by: ['anyone'],
  dueAt,
  command: `warroom escalate ${level}${alert === undefined ? '' : ` --alert ${shellQuoted(alert)}`}`,
  step: 'observe',
});

export const heldAlerts = ({ alerts = [] }: NextContext): readonly NextRuleItem[] =>
  alerts.flatMap(({ alert, held, acked }) =>
    held === undefined || acked !== undefined ? [] : [askedAbout(held, alert)],
  );

/**
 * Alarms that nobody is on and that belong here or nowhere: in an incident that runs the serious ones that came after its
 * acknowledgement, else all of them.
 */
export function alarms({
  incident,
  context,
}: {
  incident: Incident | null;
  context: NextContext;
}): readonly NextRuleItem[] {
  const { alerts = [], policy, now } = context;
  const isRunning = incident !== null && incident.status !== 'resolved' && !isEnded(incident);
  const known = incident?.timestamps.acknowledgedAt ?? incident?.timestamps.declaredAt ?? null;
  const isNew = ({ state, severity, since, acked, silencedUntil, inhibited, incident: of }: AskingAlert): boolean => {
    if (!isOn(state) || acked !== undefined || inhibited !== undefined) return false;
    if (silencedUntil !== undefined && !isPast(silencedUntil, now)) return false;
    if (of !== undefined && of !== null && of !== incident?.id) return false;
    // Only the hub of a drill gives a drill its alerts: all others are real.
    if (!isRunning || (incident.drill && of !== incident.id)) return true;
    return (severity === 'SEV-0' || severity === 'SEV-1') && (known === null || since > known);
  };
  return alerts.filter(isNew).map(({ alert, severity, summary, since }) => ({
    what: 'alarm',
    alert,
    severity,
    text: `${severity} ${summary}`,
    by: ['anyone'],
    dueAt: plus(since, policy.severities[severity].ackMs),
    command: `warroom ack --alert ${shellQuoted(alert)}`,
    step: 'observe',
  }));
}

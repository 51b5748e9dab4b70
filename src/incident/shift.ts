/** What happened in a shift, from its records: who was called beyond L1 and why, and which alerts fired most. Pure. */
import type { ShiftFacts } from './digest.ts';
import { isHubEvent } from './hub-record.ts';
import { ESCALATION_LEVELS } from './paging.ts';
import type { AnyEvent } from './topic.ts';
import type { Instant } from './vocabulary.ts';

/** Since the shift began. `title`: of the incident; null: the hub's own record. */
export interface ShiftRecord {
  readonly title: string | null;
  readonly events: readonly AnyEvent[];
}

/** Events of other kinds are not looked at. */
export const SHIFT_KINDS = [
  'declared',
  'paged',
  'acknowledged',
  'alert_acknowledged',
  'alert_changed',
  'alerts_reported',
] as const;

/** An acknowledgement may also come after the shift. */
export function shiftOf(records: readonly ShiftRecord[], until: Instant): Pick<ShiftFacts, 'escalations' | 'fired'> {
  const during = records.map((one) => ({ one, events: one.events.filter(({ recorded }) => recorded <= until) }));
  const escalations = during.flatMap(({ one, events }) =>
    events.flatMap((event) => escalationOf(event, one, records) ?? []),
  );
  return {
    escalations: escalations.sort((a, b) => (a.at < b.at ? -1 : 1)),
    fired: firedIn(during.flatMap(({ events }) => events)),
  };
}

/** Null: nobody beyond L1 was called. */
function escalationOf(
  { kind, recorded, by, data }: AnyEvent,
  record: ShiftRecord,
  records: readonly ShiftRecord[],
): ShiftFacts['escalations'][number] | null {
  const level = ESCALATION_LEVELS.find((one) => one === data['level']);
  if (kind !== 'paged' || level === undefined || level === 'L1') return null;
  const alert = record.title === null ? textIn(data, 'alert') : null;
  const [answer] = records
    .filter((one) => one === record || (alert !== null && isFor(one, alert)))
    .flatMap(({ events }) => events)
    .filter((one) => one.recorded >= recorded && isAnswer(one, alert))
    .sort((a, b) => (a.recorded < b.recorded ? -1 : 1));
  return {
    at: recorded,
    level,
    name: textIn(data, 'name') || null,
    about: record.title ?? alert ?? '',
    by: by.role === 'system' ? null : by.name,
    why: textIn(data, 'why'),
    acknowledged: answer === undefined ? null : { by: answer.by.name, at: answer.recorded },
  };
}

/** Whether the incident was declared for the alert: its record then has the acknowledgement. */
const isFor = ({ events }: ShiftRecord, alert: string): boolean =>
  events.some(({ kind, data }) => kind === 'declared' && data['alert'] === alert);
const isAnswer = ({ kind, data }: AnyEvent, alert: string | null): boolean =>
  kind === 'acknowledged' || (kind === 'alert_acknowledged' && data['alert'] === alert);

/**
 * How often each alert began to fire, all of one rule together. Another system dates an episode by its own clock, so that
 * what it reported and what the hub made of that cannot be matched: of the two numbers the greater one counts.
 */
function firedIn(events: readonly AnyEvent[]): ShiftFacts['fired'] {
  const [here, reported] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  for (const event of events) {
    const { kind, at, data } = event;
    const [alert, since] = [textIn(data, 'alert'), kind === 'paged' ? textIn(data, 'since') : at];
    if (kind === 'alert_changed' ? data['to'] === 'firing' : kind === 'paged' && alert !== '') add(here, alert, since);
    if (isHubEvent(event) && event.kind === 'alerts_reported')
      for (const one of event.data.firing) add(reported, one.alert, one.startsAt);
  }
  const times = new Map<string, number>();
  for (const alert of new Set([...here.keys(), ...reported.keys()])) {
    const rule = alert.replace(/\{.*/s, '');
    const episodes = Math.max(here.get(alert)?.size ?? 0, reported.get(alert)?.size ?? 0);
    times.set(rule, (times.get(rule) ?? 0) + episodes);
  }
  return [...times].map(([alert, count]) => ({ alert, times: count })).sort((a, b) => b.times - a.times);
}

const add = (to: Map<string, Set<string>>, key: string, value: string): unknown =>
  to.get(key)?.add(value) ?? to.set(key, new Set([value]));

const textIn = (data: AnyEvent['data'], key: string): string => {
  const value = data[key];
  return typeof value === 'string' ? value : '';
};

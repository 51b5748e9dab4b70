/** Gathers what digests say: from the index of incidents, from their records, and from the hub's own. */
import { setImmediate } from 'node:timers/promises';
import type { DigestIncident, ShiftFacts, WeekFacts } from '../incident/digest.ts';
import { figuresOf } from '../incident/figures.ts';
import { followUpOf, openOf } from '../incident/follow-up.ts';
import { HUB_STREAM } from '../incident/hub-record.ts';
import { isEnded } from '../incident/incident.ts';
import type { Severity } from '../incident/severity.ts';
import { SHIFT_KINDS, shiftOf, type ShiftRecord } from '../incident/shift.ts';
import { DAY } from '../incident/time.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { Instant } from '../incident/vocabulary.ts';
import type { EventStore } from '../log/event-store.ts';
import { parseEvent } from '../log/record.ts';
import { mondayBefore, nextHandOff, type HandOff } from '../oncall/hand-offs.ts';
import { personOf } from '../oncall/plan.ts';
import { shiftsWithin } from '../oncall/shifts.ts';
import type { Alerting } from './alerting.ts';
import type { HubParts } from './hub-parts.ts';
import type { StoredSummary } from './incident-store.ts';
import type { Stored } from './rooms.ts';

type Reads = Pick<EventStore<never, never>, 'read'>;
export interface DigestFactsContext extends HubParts {
  readonly alerting: Pick<Alerting, 'fired' | 'severityOf'>;
}

/** Of each list. */
const MOST_LISTED = 50;
/** Summaries that are read before others get their turn, entries that are read at once, and entries of a record in all. */
const [AT_ONCE, PAGE, MOST_READ] = [200, 500, 100_000];

const iso = (at: number): Instant => new Date(at).toISOString();

/** The week until `until`, which begins at the same time of the Monday before when `until` is Monday 09:00 in `zone`. */
export async function weekFacts(
  context: DigestFactsContext,
  { zone, until, dueAt }: { readonly zone: string; readonly until: number; readonly dueAt: Instant | null },
): Promise<WeekFacts> {
  const { clock, oncall, policy, archived } = context;
  const { now, summaries, missing, atMost, followUp } = await begin(context, archived);
  const isMonday = mondayBefore(zone, until) === until;
  const back = (weeks: number): number => (isMonday ? mondayBefore(zone, until, -weeks) : until - weeks * 7 * DAY);
  const [before, from] = [iso(back(2)), iso(back(1))];
  const within = (first: Instant, last: Instant): readonly StoredSummary[] =>
    summaries.filter(({ declaredAt }) => declaredAt >= first && declaredAt < last);
  const week = within(from, iso(until));
  const { postmortemMs } = policy();
  const figures = (all: readonly StoredSummary[]): WeekFacts['figures'] =>
    figuresOf(all, { since: null, now: clock.wall(), begun: null, damaged: 0, postmortemMs });
  const { plan } = oncall;
  return {
    what: 'digest',
    madeAt: now,
    dueAt,
    from,
    until: iso(until),
    incidents: atMost(incidentsOf([...new Set([...week, ...summaries.filter(isOpen)])]), 'incidents'),
    figures: figures(week),
    before: figures(within(before, from)),
    actions: atMost(followUp.actions, 'action items'),
    postmortems: atMost(
      followUp.postmortems.filter(({ publishedAt }) => publishedAt === null || publishedAt >= from),
      'postmortems',
    ),
    onCall:
      plan &&
      atMost(plan.rotations, 'rotations').map(({ name: rotation }) => ({
        rotation,
        shifts: atMost(shiftsWithin(plan, rotation, back(1), until), `shifts of ${rotation}`),
        next: nextHandOff(plan, rotation, until),
      })),
    missing,
  };
}

/** The shift of who leaves, until the hand-off, or until now. */
export async function shiftFacts(
  context: DigestFactsContext,
  handOff: HandOff,
  dueAt: Instant | null,
): Promise<ShiftFacts> {
  const { record, alerting, store, hubStore } = context;
  const { plan } = context.oncall;
  const { now, summaries, missing, atMost, followUp } = await begin(context);
  const { rotation, from } = handOff;
  const until = handOff.at < now ? handOff.at : now;
  /** They may go by another name here and there. */
  const isLeaver = (name: string | null): boolean =>
    name !== null && ((plan && personOf(plan, name)?.name) ?? name) === from.name;
  const records: ShiftRecord[] = [];
  const look = async (reads: Reads, stream: string, head: number, title: string | null): Promise<void> => {
    const { events, isWhole } = await eventsSince(reads, stream, head, from.since);
    if (!isWhole) missing.push(`of the record of ${stream} only the last ${MOST_READ} entries were looked at`);
    records.push({ title, events: events.filter(({ recorded }) => recorded >= from.since) });
  };
  await look(hubStore, HUB_STREAM, record.state.head, null);
  for (const { id, title, head, drill, declaredAt, facts } of summaries)
    if (!drill && declaredAt <= until && (facts.resolvedAt ?? until) >= from.since) await look(store, id, head, title);
  const { state } = record;
  const { escalations, fired } = shiftOf(records, until);
  const alerts = alerting.fired().map((one) => ({ ...one, severity: alerting.severityOf(one.alert) }));
  const notes = state.handOffNotes.filter(
    (one) =>
      one.rotation === rotation &&
      one.by !== handOff.to.name &&
      one.at >= from.since &&
      (one.at <= until || isLeaver(one.by)),
  );
  const led = new Set(summaries.flatMap(({ id, lead }) => (isLeaver(lead) ? [id] : [])));
  const overrides = (plan?.overrides ?? []).filter((one) => one.rotation === rotation && one.until > now);
  return {
    what: 'handoff',
    madeAt: now,
    dueAt,
    handOff,
    notes: atMost(notes, 'notes').map(({ by, at, text }) => ({ by, at, text })),
    open: atMost(incidentsOf(summaries.filter(isOpen)), 'open incidents'),
    alerts: atMost(alerts.sort(bySeverity), 'firing alerts'),
    escalations: atMost(escalations, 'escalations'),
    fired: atMost(fired, 'alerts that fired'),
    silences: atMost(
      state.silences.filter((one) => one.until > now),
      'silences',
    ).map(({ matcher, by, why, until: end }) => ({ matcher, by, why, until: end })),
    overrides: atMost(overrides, 'overrides').map(({ name, from: start, until: end, why }) => ({
      name,
      from: start,
      until: end,
      why,
    })),
    actions: atMost(
      followUp.actions.filter(({ owner }) => isLeaver(owner)),
      'action items',
    ),
    postmortems: atMost(
      followUp.postmortems.filter(({ publishedAt, incident }) => publishedAt === null && led.has(incident)),
      'postmortems',
    ),
    missing,
  };
}

/** The index of incidents, with those `archived`, and what keeps lists short and says so in `missing`. */
async function begin({ clock, rooms, policy }: DigestFactsContext, archived: ReadonlyMap<string, Stored> = new Map()) {
  const summaries: StoredSummary[] = [];
  const missing: string[] = [];
  let [looked, unread] = [0, rooms.damaged().length];
  // Others change the list meanwhile.
  const listed = [...new Map([...archived, ...rooms.stored()])];
  for (const [, { summary }] of listed) {
    if (summary === null) unread++;
    else summaries.push(summary);
    if (++looked % AT_ONCE === 0) await setImmediate();
  }
  if (unread > 0) missing.push(`${unread} records of incidents cannot be read: warroom verify`);
  const atMost = <T>(all: readonly T[], what: string): readonly T[] => {
    if (all.length > MOST_LISTED) missing.push(`${all.length - MOST_LISTED} more ${what} have no room here`);
    return all.slice(0, MOST_LISTED);
  };
  const now = clock.wall();
  // What is left of an archived incident was given up with a reason.
  const here = summaries.filter(({ id }) => rooms.has(id));
  const followUp = openOf(followUpOf(here, now, policy().postmortemMs));
  if (followUp.more !== undefined) missing.push(`${followUp.more} more action items: warroom actions`);
  return { now: iso(now), summaries, missing, atMost, followUp };
}

const isOpen = (one: StoredSummary): boolean => !isEnded(one) && one.status !== 'resolved' && one.imported !== true;
const bySeverity = (a: { readonly severity: Severity }, b: { readonly severity: Severity }): number =>
  a.severity.localeCompare(b.severity);

/** The worst first. */
const incidentsOf = (all: readonly StoredSummary[]): readonly DigestIncident[] =>
  all
    .map(({ id, title, status, drill, declaredAt, facts: { peakSeverity: severity, detectedAt, resolvedAt } }) => {
      const ms = Date.parse(resolvedAt ?? '') - Date.parse(detectedAt ?? '');
      return { id, title, severity, status, drill, declaredAt, durationMs: ms >= 0 ? ms : null };
    })
    .sort(bySeverity);

/** Entries of the kinds that a hand-off tells of, recorded from `since` on, in their order. */
async function eventsSince(reads: Reads, stream: string, head: number, since: Instant) {
  const events: AnyEvent[] = [];
  let after = head;
  while (after > Math.max(0, head - MOST_READ)) {
    const first = Math.max(0, after - PAGE);
    const texts = await reads.read(stream, first, after - first);
    const page = texts.flatMap((text, i) => (TOLD.test(text) ? (parseEvent(text, stream, first + 1 + i) ?? []) : []));
    events.unshift(...page);
    const oldest = texts[0] === undefined ? null : parseEvent(texts[0], stream, first + 1);
    if (oldest === null || oldest.recorded < since) return { events, isWhole: true };
    after = first;
  }
  return { events, isWhole: after === 0 };
}
const TOLD = new RegExp(`"kind":"(?:${SHIFT_KINDS.join('|')})"`);

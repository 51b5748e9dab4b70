/** The record of an incident as people read it later: its entries by when they happened, with their corrections. Pure. */
import { amendedText, corrected } from '../incident/annotations.ts';
import { correctionOf, type Event } from '../incident/event.ts';
import { blankIncident, type Annotation, type Incident } from '../incident/incident.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { evolve, INCIDENT } from '../incident/topics/index.ts';

/** What entries are told apart by in a report, in the order of the axis. */
export const LANES = ['alerts', 'changes', 'decisions', 'updates', 'entries'] as const;
export type Lane = (typeof LANES)[number];

export interface ReportEntry {
  readonly event: Event;
  /** When it happened, as last corrected, ms since 1970. */
  readonly at: number;
  /** How much later it was recorded than it happened, ms; 0: at once. */
  readonly lateMs: number;
  readonly lane: Lane;
  /** What it says, as last corrected; unsafe text. */
  readonly text: string;
  /** What it said at first; null: it was not corrected. */
  readonly original: string | null;
  readonly annotation: Annotation | undefined;
}
/** A severity or a status, from its moment on. */
export interface StateChange {
  readonly at: number;
  readonly word: string;
}
export interface IncidentReport {
  readonly incident: Incident;
  /** By when they happened, then by their numbers; all but corrections. */
  readonly entries: readonly ReportEntry[];
  readonly severities: readonly StateChange[];
  readonly statuses: readonly StateChange[];
  /** Who wrote something. */
  readonly people: readonly string[];
}

/** An entry recorded this long after it happened is late, as on the screen. */
const LATE_MS = 2 * 60_000;

/** `events`: the whole record, in order. */
export function reportOf(events: readonly Event[]): IncidentReport {
  let incident = blankIncident(events[0]?.incident ?? '');
  const severities: StateChange[] = [];
  const statuses: StateChange[] = [];
  const people = new Set<string>();
  const annotations = new Map<number, Annotation>();
  for (const event of events) {
    incident = evolve(incident, event);
    const at = Date.parse(event.at);
    const severity = `${incident.severity} ${SEVERITY_NAME[incident.severity]}`;
    if (severities.at(-1)?.word !== severity) severities.push({ at, word: severity });
    if (statuses.at(-1)?.word !== incident.status) statuses.push({ at, word: incident.status });
    if (event.by.role !== 'system') people.add(event.by.name);
    const correction = correctionOf(event);
    if (correction !== null && event.ref !== undefined)
      annotations.set(event.ref, corrected(annotations.get(event.ref), event, correction));
  }
  const entries = events
    // Corrections are shown at what they correct.
    .filter((event) => correctionOf(event) === null)
    .map((event) => entryOf(event, annotations.get(event.seq)))
    .sort((a, b) => a.at - b.at || a.event.seq - b.event.seq);
  return { incident, entries, severities, statuses, people: [...people] };
}

function entryOf(event: Event, annotation: Annotation | undefined): ReportEntry {
  const text = amendedText(annotation);
  const newAt = annotation?.amends.findLast((each) => each.newAt !== undefined)?.newAt;
  const at = Date.parse(newAt ?? event.at);
  const said = INCIDENT.sentence(event);
  const isNew = text !== undefined && event.kind === 'noted';
  // What was imported was written elsewhere, at its time.
  const late = event.via === 'import' ? 0 : Date.parse(event.recorded) - at;
  return {
    event,
    at,
    lateMs: late > LATE_MS ? late : 0,
    lane: laneOf(event),
    text: isNew ? INCIDENT.sentence({ ...event, data: { ...event.data, text } }) : said,
    original: isNew ? said : null,
    annotation,
  };
}

const LANE_OF: Readonly<Record<string, Lane>> = {
  alert: 'alerts',
  change: 'changes',
  decision: 'decisions',
  update: 'updates',
};
const laneOf = (event: Event): Lane => LANE_OF[INCIDENT.findsBy(event)[0] ?? ''] ?? 'entries';

/** A time in which nothing was written, long enough to ask why. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}
const GAP_MS = 15 * 60_000;

/** Those between the declaration and the end of the work; later, silence says nothing. */
export function silencesOf({ entries, incident }: IncidentReport): readonly Gap[] {
  const { declaredAt, resolvedAt, closedAt } = incident.timestamps;
  const begin = Date.parse(declaredAt ?? '');
  const end = Date.parse(resolvedAt ?? closedAt ?? '') || Infinity;
  const times = entries.flatMap(({ at, event }) => (event.level === 'system' || at < begin || at > end ? [] : [at]));
  return times.flatMap((to, i) => {
    const from = times[i - 1] ?? to;
    return to - from >= GAP_MS ? [{ from, to }] : [];
  });
}

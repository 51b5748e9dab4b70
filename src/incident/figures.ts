/** What the handbook measures (docs/figures.md): MTTA, MTTD (diagnose), MTTR, incidents a week, postmortem rate. Pure. */
import * as v from 'valibot';
import type { KnownIncident } from './duplicate.ts';
import type { Incident } from './incident.ts';
import { isSerious, SEVERITIES, type Severity } from './severity.ts';
import { forKeys, maybe, perKey, severityShape, time, timeOrNull, whole, type Fields } from './shapes.ts';
import { DAY, HOUR, MINUTE } from './time.ts';
import type { Instant } from './vocabulary.ts';

const FACTS = [
  'detectedAt',
  'acknowledgedAt',
  'identifiedAt',
  'resolvedAt',
  'postmortemDueAt',
  'postmortemPublishedAt',
] as const;
type Fact = (typeof FACTS)[number];

/** What the figures need of an incident besides its summary. Absent: it did not happen, or nobody said when. */
export const factsShape = v.object({
  /** The worst severity it ever had. */
  peakSeverity: severityShape,
  ...perKey(FACTS, maybe(time)).entries,
});
export type IncidentFacts = Fields<typeof factsShape>;

export function factsOf({ peakSeverity, timestamps }: Pick<Incident, 'peakSeverity' | 'timestamps'>): IncidentFacts {
  const known = FACTS.flatMap((name) => (timestamps[name] === null ? [] : [[name, timestamps[name]] as const]));
  return { peakSeverity, ...Object.fromEntries(known) };
}

/** An incident as the figures see it. */
export interface Measured extends Pick<KnownIncident, 'status' | 'drill' | 'declaredAt'> {
  readonly facts: IncidentFacts;
}

/** The handbook's targets, all "at most"; that of MTTA is for SEV-0 and SEV-1. */
const TIMES = {
  mtta: { end: 'acknowledgedAt', targetMs: 5 * MINUTE, targeted: ['SEV-0', 'SEV-1'] },
  mttd: { end: 'identifiedAt', targetMs: 15 * MINUTE, targeted: SEVERITIES },
  mttr: { end: 'resolvedAt', targetMs: HOUR, targeted: SEVERITIES },
} as const satisfies Record<string, { end: Fact; targetMs: number; targeted: readonly Severity[] }>;
export type TimeFigure = keyof typeof TIMES;
export const TIME_FIGURES = Object.keys(TIMES) as TimeFigure[];
export const FIGURE_TITLES = { mtta: 'MTTA', mttd: 'MTTD (diagnose)', mttr: 'MTTR' } as const;
export const INCIDENTS_PER_WEEK = 2;
const POSTMORTEM_RATE = 1;
const WEEK = 7 * DAY;
/** Weeks of the trend. */
const MOST_WEEKS = 53;

const known = v.nullable(v.number());
/** Of one severity, seconds; null: not known, or the handbook sets no target. */
const timeFigure = v.object({
  /** The mean. */
  value: known,
  median: known,
  p90: known,
  /** How many incidents the value is of. */
  count: whole(0),
  /** Over, and the time was never recorded. */
  missing: whole(0),
  /** Not over: the time may still come. */
  pending: whole(0),
  target: known,
  met: v.nullable(v.boolean()),
});
export type TimeValues = Fields<typeof timeFigure>;

export const figuresShape = v.object({
  /** Declared from then on; null: since the record began. */
  since: timeOrNull,
  until: time,
  incidents: whole(0),
  /** Declared in that time, and not counted. */
  excluded: v.object({ drill: whole(0), cancelled: whole(0), merged: whole(0) }),
  /** Records that cannot be read: nobody knows what they would add. */
  damaged: whole(0),
  ...perKey(TIME_FIGURES, perKey(SEVERITIES, timeFigure)).entries,
  /** Of all severities that have the target. */
  overall: perKey(TIME_FIGURES, timeFigure),
  /** `weeks`: how long was counted, one at least; the value is null where nothing was ever recorded. */
  incidentsPerWeek: v.object({
    value: known,
    count: whole(0),
    weeks: v.number(),
    target: v.number(),
    met: v.nullable(v.boolean()),
  }),
  /** Of SEV-0 and SEV-1, 0 to 1. `missing`: due and not published; `pending`: not due yet; `late`: published after it was due. */
  postmortemRate: v.object({
    value: known,
    count: whole(0),
    published: whole(0),
    late: whole(0),
    missing: whole(0),
    pending: whole(0),
    target: v.number(),
    met: v.nullable(v.boolean()),
  }),
  /** By ISO week (UTC) of the declaration, oldest first; the times are means as in `overall`, seconds. */
  weeks: v.pipe(
    v.array(v.object({ week: v.string(), incidents: whole(0), ...perKey(TIME_FIGURES, known).entries })),
    v.maxLength(MOST_WEEKS),
  ),
});
export type Figures = Fields<typeof figuresShape>;

export interface FiguresOptions {
  /** ms since 1970; null: all there is. */
  readonly since: number | null;
  readonly now: number;
  /** When the record began, ms since 1970: earlier weeks do not count as quiet. Null: it is empty. */
  readonly begun: number | null;
  /** Records that cannot be read. */
  readonly damaged: number;
  /** A postmortem is due so long after the resolution. */
  readonly postmortemMs: number;
}

/** An id begins with the day of the declaration. */
const dayOf = (id: string): string => id.slice(0, 10);

/** Whether the incident with this id may have been declared since then; the records of the others need not be read. */
export const mayCount = (id: string, since: number | null): boolean =>
  since === null || dayOf(id) >= dayOf(new Date(since).toISOString());

/** When the record of these incidents began, to the day. */
export function beginningOf(ids: readonly string[]): number | null {
  const first = Date.parse(dayOf(ids.reduce((least, id) => (id < least ? id : least), '~')));
  return Number.isNaN(first) ? null : first;
}

export function figuresOf(all: readonly Measured[], options: FiguresOptions): Figures {
  const { since, now, damaged } = options;
  const counted: Counted[] = [];
  const excluded = { drill: 0, cancelled: 0, merged: 0 };
  for (const one of all) {
    const declaredMs = Date.parse(one.declaredAt);
    if (since !== null && declaredMs < since) continue;
    const why = exclusion(one);
    if (why !== null) excluded[why]++;
    else {
      const { facts } = one;
      counted.push({ facts, isOver: isOver(one), declaredMs, spans: perTime((name) => spanOf(facts, name)) });
    }
  }
  const overall = perTime((name) => timeValues(targeted(name, counted), name, true));
  const bySeverity = (name: TimeFigure) =>
    forKeys(SEVERITIES, (severity) => {
      const those = counted.filter(({ facts }) => facts.peakSeverity === severity);
      return timeValues(those, name, isTargeted(name, severity));
    });
  return {
    since: since === null ? null : new Date(since).toISOString(),
    until: new Date(now).toISOString(),
    incidents: counted.length,
    excluded,
    damaged,
    ...perTime(bySeverity),
    overall,
    incidentsPerWeek: frequency(counted.length, options),
    postmortemRate: postmortemRate(counted, options),
    weeks: trend(counted, options),
  };
}

const perTime = <T>(of: (name: TimeFigure) => T): Record<TimeFigure, T> => forKeys(TIME_FIGURES, of);

/** Why it does not count. A drill is excluded as a drill, also when it was cancelled or merged. */
function exclusion({ drill, status }: Measured): 'drill' | 'cancelled' | 'merged' | null {
  if (drill) return 'drill';
  return status === 'cancelled' || status === 'merged' ? status : null;
}

const isTargeted = (name: TimeFigure, severity: Severity): boolean =>
  TIMES[name].targeted.some((one) => one === severity);
const isOver = ({ status }: Pick<Measured, 'status'>): boolean => status === 'resolved' || status === 'closed';

/** Those whose severity has a target. */
const targeted = (name: TimeFigure, all: readonly Counted[]): readonly Counted[] =>
  all.filter(({ facts }) => isTargeted(name, facts.peakSeverity));

interface Counted {
  readonly facts: IncidentFacts;
  readonly isOver: boolean;
  readonly declaredMs: number;
  readonly spans: Readonly<Record<TimeFigure, number | null>>;
}

/** From the detection, ms; null: one of the times is missing, or they are in no possible order. */
function spanOf(facts: IncidentFacts, name: TimeFigure): number | null {
  const { detectedAt, [TIMES[name].end]: end } = facts;
  const ms = detectedAt === undefined || end === undefined ? Number.NaN : Date.parse(end) - Date.parse(detectedAt);
  return ms >= 0 ? ms : null;
}

const spansOf = (all: readonly Counted[], name: TimeFigure): number[] =>
  all.map(({ spans }) => spans[name]).filter((ms) => ms !== null);
const mean = (spans: readonly number[]): number | null =>
  spans.length === 0 ? null : spans.reduce((sum, ms) => sum + ms, 0) / spans.length;
const seconds = (ms: number | null | undefined): number | null => (ms == null ? null : Math.round(ms) / 1000);

function timeValues(all: readonly Counted[], name: TimeFigure, hasTarget: boolean): TimeValues {
  const spans = spansOf(all, name).sort((a, b) => a - b);
  const value = mean(spans);
  const middle = spans.slice((spans.length - 1) >> 1, (spans.length >> 1) + 1);
  const missing = all.filter(({ isOver, spans }) => isOver && spans[name] === null).length;
  const target = hasTarget ? TIMES[name].targetMs : null;
  return {
    value: seconds(value),
    median: seconds(mean(middle)),
    // The smallest value that nine tenths do not exceed.
    p90: seconds(spans[Math.ceil(spans.length * 0.9) - 1]),
    count: spans.length,
    missing,
    pending: all.length - spans.length - missing,
    target: seconds(target),
    met: value === null || target === null ? null : value <= target,
  };
}

function frequency(count: number, { since, now, begun }: FiguresOptions): Figures['incidentsPerWeek'] {
  const weeks = begun === null ? 0 : Math.max(1, (now - Math.max(begun, since ?? begun)) / WEEK);
  const value = weeks === 0 ? null : count / weeks;
  const met = value === null ? null : value <= INCIDENTS_PER_WEEK;
  return { value: rounded(value), count, weeks: rounded(weeks), target: INCIDENTS_PER_WEEK, met };
}
const rounded = <T extends number | null>(value: T): T =>
  (value === null ? null : Math.round(value * 1000) / 1000) as T;

function postmortemRate(counted: readonly Counted[], { now, postmortemMs }: FiguresOptions): Figures['postmortemRate'] {
  const found = { published: 0, late: 0, missing: 0, pending: 0 };
  for (const { facts, isOver, declaredMs } of counted) {
    const { postmortemPublishedAt } = facts;
    const due = isOver ? dueMs(facts, declaredMs, postmortemMs) : null;
    if (due === null) continue;
    if (postmortemPublishedAt === undefined) found[due <= now ? 'missing' : 'pending']++;
    else {
      found.published++;
      if (Date.parse(postmortemPublishedAt) > due) found.late++;
    }
  }
  const count = found.published + found.missing;
  const value = count === 0 ? null : found.published / count;
  return {
    value: rounded(value),
    count,
    ...found,
    target: POSTMORTEM_RATE,
    met: value === null ? null : value >= POSTMORTEM_RATE,
  };
}

/** When the postmortem of an incident that is over is due, ms since 1970; null: none is wanted. */
function dueMs({ peakSeverity, resolvedAt, postmortemDueAt }: IncidentFacts, declaredMs: number, postmortemMs: number) {
  if (!isSerious(peakSeverity)) return null;
  // Without a due date it was raised to SEV-1 only after it was resolved.
  const endedMs = resolvedAt === undefined ? declaredMs : Date.parse(resolvedAt);
  return postmortemDueAt === undefined ? endedMs + postmortemMs : Date.parse(postmortemDueAt);
}

/** When its postmortem is due; null: none is wanted, or not yet. */
export function postmortemDueAt(
  { status, declaredAt, facts }: Pick<Measured, 'status' | 'declaredAt' | 'facts'>,
  postmortemMs: number,
): Instant | null {
  const due = isOver({ status }) ? dueMs(facts, Date.parse(declaredAt), postmortemMs) : null;
  return due === null ? null : new Date(due).toISOString();
}

/** The day 1970-01-01 was a Thursday: weeks since the Monday before. */
const weekOf = (ms: number): number => Math.floor((ms + 3 * DAY) / WEEK);

/** `2026-W48`: the year is that of the week's Thursday. */
function weekName(week: number): string {
  const thursday = week * WEEK;
  const year = new Date(thursday).getUTCFullYear();
  return `${year}-W${String(1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / WEEK)).padStart(2, '0')}`;
}

function trend(counted: readonly Counted[], { since, now, begun }: FiguresOptions): Figures['weeks'] {
  if (begun === null) return [];
  const byWeek = new Map<number, Counted[]>();
  for (const one of counted) {
    const week = weekOf(one.declaredMs);
    const those = byWeek.get(week);
    if (those === undefined) byWeek.set(week, [one]);
    else those.push(one);
  }
  const last = weekOf(now);
  const first = Math.max(weekOf(Math.max(begun, since ?? begun)), last - MOST_WEEKS + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const those = byWeek.get(first + i) ?? [];
    const means = perTime((name) => seconds(mean(spansOf(targeted(name, those), name))));
    return { week: weekName(first + i), incidents: those.length, ...means };
  });
}

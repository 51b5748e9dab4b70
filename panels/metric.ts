/** The metrics of a panel: how each is read from a poll, how it is written, and its thresholds. */
import type { Reading, Sample } from '../src/protocol/reading.ts';
import type { TargetView } from './model.ts';
import type { Health } from './panel.ts';

/** One target and the reading whose values are shown: the last one, or an older one while the target is silent. */
export interface Poll {
  readonly target: TargetView;
  readonly reading: Reading;
  /** The values are from before the target fell silent. */
  readonly old: boolean;
  /** Hub time, ms since 1970. */
  readonly now: number;
}

/** One number of a target; null when it was not read. `absent`: this target has no such thing at all. */
export type Measure = (poll: Poll) => number | null | 'absent';

export interface MetricSpec {
  /** Few letters: `locks`. */
  readonly label: string;
  readonly of: Measure;
  readonly as: (value: number) => string;
  /** Bad above these values, or, with `below`, under them. */
  readonly warn?: number;
  readonly crit?: number;
  readonly below?: true;
  /** Bad only after `metric` was so in every poll of this time; the others show at once what the rules wait for. */
  readonly held?: { readonly metric: string; readonly ms: number };
  /** In words, when it is bad: `connection slots`. The label, when absent. */
  readonly says?: string;
  /** It only judges: what it says is shown elsewhere on the panel. */
  readonly hidden?: true;
  /** The panel's `brief` shows it. */
  readonly main?: true;
}

export interface Breach {
  readonly health: 'warn' | 'crit';
  readonly spec: MetricSpec;
  readonly value: number;
}

const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

type Labels = Readonly<Record<string, string>>;

const indexed = new WeakMap<Reading, ReadonlyMap<string, readonly Sample[]>>();

/** The series of a metric, in the order the probe gives. Made once per reading: panels ask dozens of times. */
export function samplesOf(reading: Reading, metric: string): readonly Sample[] {
  const known = indexed.get(reading) ?? index(reading);
  return known.get(metric) ?? [];
}

function index(reading: Reading): ReadonlyMap<string, readonly Sample[]> {
  const made = new Map<string, Sample[]>();
  for (const sample of reading.samples) {
    const same = made.get(sample.metric);
    if (same === undefined) made.set(sample.metric, [sample]);
    else same.push(sample);
  }
  indexed.set(reading, made);
  return made;
}

/** The value of one series; null when the reading has none. With `labels`, the first series that carries them all. */
export function valueIn(reading: Reading, metric: string, labels?: Labels): number | null {
  const samples = samplesOf(reading, metric);
  if (labels === undefined) return finite(samples[0]?.value);
  const wanted = Object.entries(labels);
  return finite(samples.find((each) => wanted.every(([name, value]) => each.labels[name] === value))?.value);
}

/** Every series of a metric by one of its labels, in the order the probe gives. */
export function seriesIn(reading: Reading, metric: string, label: string): readonly (readonly [string, number])[] {
  return samplesOf(reading, metric).flatMap(({ labels, value }) =>
    Number.isFinite(value) ? [[labels[label] ?? '', value] as const] : [],
  );
}

/** A gauge as it was read. */
export const gauge =
  (metric: string, labels?: Labels): Measure =>
  ({ reading }) =>
    valueIn(reading, metric, labels) ?? 'absent';

/** The highest (or lowest) of all series of a metric. */
export const extreme =
  (metric: string, which: 'max' | 'min' = 'max'): Measure =>
  ({ reading }) => {
    const values = samplesOf(reading, metric).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
    if (values.length === 0) return 'absent';
    return values.reduce((a, b) => Math[which](a, b));
  };

/** The sum of all series of a metric. */
export const total =
  (metric: string): Measure =>
  ({ reading }) => {
    const values = samplesOf(reading, metric).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
    return values.length === 0 ? 'absent' : values.reduce((sum, value) => sum + value, 0);
  };

/** A gauge divided by another. */
export const ratio =
  (part: string, whole: string): Measure =>
  ({ reading }) => {
    const [a, b] = [valueIn(reading, part), valueIn(reading, whole)];
    return a === null || b === null || b <= 0 ? 'absent' : a / b;
  };

const hasMetric = (reading: Reading, metric: string): boolean =>
  samplesOf(reading, metric).some(({ value }) => Number.isFinite(value));

/** A counter's change, as of now, per second or per minute. Unknown while the target is silent. */
const change =
  (windowMs: number, scale: number) =>
  (metric: string): Measure =>
  ({ target, reading, old }) => {
    if (!hasMetric(reading, metric)) return 'absent';
    const perSecond = old ? null : finite(target.rate(metric, windowMs));
    return perSecond === null ? null : perSecond * scale;
  };
/** Per second over 10 s: PostgreSQL flushes its counters at most once a second, so a shorter window flickers. */
export const perSecond = change(10_000, 1);
export const perMinute = change(60_000, 60);

/** What `TargetView` calls one series of a metric: `ws_connections_closed{code="1006"}`. */
const seriesKey = (metric: string, labels: Labels): string =>
  `${metric}{${Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;

/** Change of one series per second over the last minute; null while it is not known. */
export const seriesRate = ({ target, old }: Poll, metric: string, labels: Labels): number | null =>
  old ? null : finite(target.rate(seriesKey(metric, labels), 60_000));

/** The share of one series in the change of all of a metric; null below `least` changes per second. */
export const shareOf =
  (metric: string, labels: Labels, least: number): Measure =>
  (poll) => {
    if (valueIn(poll.reading, metric, labels) === null) return 'absent';
    const [part, all] = [seriesRate(poll, metric, labels), poll.old ? null : poll.target.rate(metric, 60_000)];
    return part === null || all === null || !Number.isFinite(all) || all < least || all <= 0 ? null : part / all;
  };

/** hits / (hits + misses) over the last minute; null when there were fewer than `least` of both. */
export const hitRatio =
  (hits: string, misses: string, least: number): Measure =>
  (poll) => {
    const [a, b] = [perMinute(hits)(poll), perMinute(misses)(poll)];
    if (a === 'absent' || b === 'absent') return 'absent';
    return a === null || b === null || a + b < Math.max(least, Number.MIN_VALUE) ? null : a / (a + b);
  };

const isOver = ({ below }: MetricSpec, value: number, limit: number): boolean =>
  below ? value < limit : value > limit;

function wasHeld(spec: MetricSpec, poll: Poll, limit: number): boolean {
  const { held } = spec;
  if (held === undefined) return true;
  const needed = Math.max(1, Math.ceil(held.ms / Math.max(1, poll.target.intervalMs)));
  const values = poll.target.history(held.metric, needed);
  // Two polls may fall into one slot and leave the next empty, so single gaps are no answer.
  const known = values.filter((value) => value !== null);
  return known.length >= needed * 0.6 && known.every((value) => isOver(spec, value, limit));
}

/** Whether this value is over a threshold, and which. */
function verdict(spec: MetricSpec, poll: Poll, value: number | null | 'absent'): 'ok' | 'warn' | 'crit' {
  if (value === null || value === 'absent') return 'ok';
  for (const health of ['crit', 'warn'] as const) {
    const limit = spec[health];
    if (limit !== undefined && isOver(spec, value, limit) && wasHeld(spec, poll, limit)) return health;
  }
  return 'ok';
}

/** A metric of one target, read and judged. */
export interface Judged {
  readonly spec: MetricSpec;
  readonly value: number | null | 'absent';
  readonly health: 'ok' | 'warn' | 'crit';
}

export function judge(spec: MetricSpec, poll: Poll): Judged {
  const value = spec.of(poll);
  return { spec, value, health: verdict(spec, poll, value) };
}

const judgements = new WeakMap<Poll, { readonly metrics: readonly MetricSpec[]; readonly judged: readonly Judged[] }>();

/** The whole table, judged. */
export function judgeAll(metrics: readonly MetricSpec[], poll: Poll): readonly Judged[] {
  const known = judgements.get(poll);
  if (known?.metrics === metrics) return known.judged;
  const judged = metrics.map((spec) => judge(spec, poll));
  judgements.set(poll, { metrics, judged });
  return judged;
}

/** All that is bad, the worst first, else in the order of the table. */
export function breaches(metrics: readonly MetricSpec[], poll: Poll): readonly Breach[] {
  const found = judgeAll(metrics, poll).flatMap(({ spec, value, health }): readonly Breach[] =>
    health === 'ok' || typeof value !== 'number' ? [] : [{ spec, value, health }],
  );
  return [...found.filter(({ health }) => health === 'crit'), ...found.filter(({ health }) => health === 'warn')];
}

/** `connection slots 97% (limit 95%)`. */
export function breachInWords({ spec, value, health }: Breach): string {
  const limit = spec[health];
  const words = limit === undefined || limit === 0 ? '' : spec.as(limit);
  // Of what is either well or not, the limit is no news.
  const bound = /\d/.test(words) ? ` (limit ${words})` : '';
  return `${spec.says ?? spec.label} ${spec.as(value)}`.trimEnd() + bound;
}

/** The health that breaches amount to. */
export const healthOf = (found: readonly Breach[]): Health => found[0]?.health ?? 'ok';

/** What panels read from a poll of a target: one value, the highest of several, a sum, a share, a change over time. */
import type { Reading, Sample } from '../src/protocol/reading.ts';
import type { TargetView } from './model.ts';

/** One target and the reading whose values are shown: the last one, or an older one while the target is silent. */
export interface Observation {
  readonly target: TargetView;
  readonly reading: Reading;
  /** The values are from before the target fell silent. */
  readonly old: boolean;
  /** Hub time, ms since 1970. */
  readonly now: number;
  /** The console's monotonic clock at the same moment, ms. */
  readonly mono: number;
}

/** One number of a target; null when it was not read. `absent`: this target has no such thing at all. */
export interface Measure {
  (observation: Observation): number | null | 'absent';
  /** The one metric it reads, where it reads one. */
  readonly metric?: string;
}

const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

type Labels = Readonly<Record<string, string>>;

/** The series of a metric, in the order the probe gives. */
export const samplesOf = (reading: Reading, metric: string): readonly Sample[] =>
  reading.samples.filter((sample) => sample.metric === metric);

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
export const gauge = (metric: string, labels?: Labels): Measure =>
  Object.assign(({ reading }: Observation) => valueIn(reading, metric, labels) ?? 'absent', { metric });

const finiteValues = (reading: Reading, metric: string): readonly number[] =>
  samplesOf(reading, metric).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));

/** The highest (or lowest) of all series of a metric. */
export const extreme =
  (metric: string, which: 'max' | 'min' = 'max'): Measure =>
  ({ reading }) => {
    const values = finiteValues(reading, metric);
    return values.length === 0 ? 'absent' : values.reduce((a, b) => Math[which](a, b));
  };

/** The sum of all series of a metric. */
export const total = (metric: string): Measure => {
  const sum: Measure = ({ reading }) => {
    const values = finiteValues(reading, metric);
    return values.length === 0 ? 'absent' : values.reduce((a, b) => a + b, 0);
  };
  return Object.assign(sum, { metric });
};

/** A gauge divided by another. */
export const ratio =
  (part: string, whole: string): Measure =>
  ({ reading }) => {
    const [a, b] = [valueIn(reading, part), valueIn(reading, whole)];
    return a === null || b === null || b <= 0 ? 'absent' : a / b;
  };

/** A counter's change, as of now, per second or per minute. Unknown while the target is silent. */
const change =
  (windowMs: number, scale: number) =>
  (metric: string): Measure =>
  ({ target, reading, old, mono }) => {
    if (finiteValues(reading, metric).length === 0) return 'absent';
    const perSecond = old ? null : finite(target.rate(metric, windowMs, mono));
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
export const seriesRate = ({ target, old, mono }: Observation, metric: string, labels: Labels): number | null =>
  old ? null : finite(target.rate(seriesKey(metric, labels), 60_000, mono));

/** The share of one series in the change of all of a metric; null below `least` changes per second. */
export const shareOf =
  (metric: string, labels: Labels, least: number): Measure =>
  (poll) => {
    if (valueIn(poll.reading, metric, labels) === null) return 'absent';
    const [part, all] = [
      seriesRate(poll, metric, labels),
      poll.old ? null : poll.target.rate(metric, 60_000, poll.mono),
    ];
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

/** What panels read from a poll of a target: one value, the highest of several, a sum, a ratio, a change over time. */
import type { Reading, Sample } from '../src/protocol/reading.ts';
import type { TargetView } from './model.ts';
import { type Format, bytes, formatOf, percent, rate } from './numbers.ts';

/** One target and the reading whose values are shown. */
export interface Observation {
  readonly target: TargetView;
  readonly reading: Reading;
  /** The reading is an older one: the target no longer answers. */
  readonly old: boolean;
  /** Hub time, ms since 1970. */
  readonly now: number;
  /** The console's monotonic clock at the same moment, ms. */
  readonly mono: number;
}

/** A number; null when it was not read, `absent` when the target has no such metric. */
type Value = number | null | 'absent';

export interface Measure {
  (observation: Observation): Value;
  /** The metric whose history shows this measure, where there is one. */
  readonly metric?: string;
  readonly as?: Format;
}

const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

type Labels = Readonly<Record<string, string>>;

/** The series of a metric, in the order the probe gives. */
export const samplesOf = (reading: Reading, metric: string): readonly Sample[] =>
  reading.samples.filter((sample) => sample.metric === metric);

/** The value of the first series that carries all `labels`; null when there is none. */
export function valueIn(reading: Reading, metric: string, labels: Labels = {}): number | null {
  const wanted = Object.entries(labels);
  const isWanted = (sample: Sample): boolean => wanted.every(([name, value]) => sample.labels[name] === value);
  return finite(samplesOf(reading, metric).find(isWanted)?.value);
}

/** The value of a metric as text; empty when it was not read. */
export function said({ reading }: Observation, metric: string, as: Format = formatOf(metric)): string {
  const value = valueIn(reading, metric);
  return value === null ? '' : as(value);
}

/** Every series of a metric by one of its labels, in the order the probe gives. */
export const seriesIn = (reading: Reading, metric: string, label: string): readonly (readonly [string, number])[] =>
  samplesOf(reading, metric).flatMap(({ labels, value }) =>
    Number.isFinite(value) ? [[labels[label] ?? '', value] as const] : [],
  );

/** The same, highest value first. */
export const highestFirst = (...series: Parameters<typeof seriesIn>): ReturnType<typeof seriesIn> =>
  seriesIn(...series).toSorted((a, b) => b[1] - a[1]);

const measure = (of: (poll: Observation) => Value, as: Format, metric?: string): Measure =>
  Object.assign(of, { as, ...(metric !== undefined && { metric }) });

export const gauge = (metric: string, labels?: Labels): Measure =>
  measure(({ reading }) => valueIn(reading, metric, labels) ?? 'absent', formatOf(metric), metric);

function combined({ reading }: Observation, metric: string, combine: (a: number, b: number) => number): Value {
  const values = samplesOf(reading, metric).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
  return values.length === 0 ? 'absent' : values.reduce((a, b) => combine(a, b));
}

/** The highest (or lowest) of all series of a metric. */
export const extreme = (metric: string, which: 'max' | 'min' = 'max'): Measure =>
  measure((poll) => combined(poll, metric, Math[which]), formatOf(metric));

/** The sum of all series of a metric. */
export const totalOf = (metric: string): Measure =>
  measure((poll) => combined(poll, metric, (a, b) => a + b), formatOf(metric), metric);

/** A gauge divided by another. */
export const ratio = (part: string, whole: string): Measure =>
  measure(({ reading }) => {
    const [a, b] = [valueIn(reading, part), valueIn(reading, whole)];
    return a === null || b === null || b <= 0 ? 'absent' : a / b;
  }, percent);

const change =
  (windowMs: number, scale: number) =>
  (metric: string): Measure =>
    measure(
      (poll) => {
        if (combined(poll, metric, Math.max) === 'absent') return 'absent';
        const perSecond = poll.old ? null : finite(poll.target.rate(metric, windowMs, poll.mono));
        return perSecond === null ? null : perSecond * scale;
      },
      metric.endsWith('_bytes') ? bytes : rate,
    );
/** A counter's change per second; the window is 10 s because PostgreSQL updates its counters at most once a second. */
export const perSecond = change(10_000, 1);
export const perMinute = change(60_000, 60);

/** Change of one series per second over the last minute; null while it is not known. */
export function seriesRate({ target, old, mono }: Observation, metric: string, labels: Labels): number | null {
  const names = Object.keys(labels).toSorted();
  const key = `${metric}{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(',')}}`;
  return old ? null : finite(target.rate(key, 60_000, mono));
}

/** `part` of `whole`; unknown while the whole is below `least`, where a ratio says nothing. */
export const portion = (part: Measure, whole: Measure, least: number): Measure =>
  measure((poll) => {
    const [a, b] = [part(poll), whole(poll)];
    if (a === 'absent' || b === 'absent') return 'absent';
    return a === null || b === null || b < least ? null : a / b;
  }, percent);

/** The part of a metric's change per minute that one series has. */
export const shareOf = (metric: string, labels: Labels, least: number): Measure => {
  const part: Measure = (poll) => {
    const rate = seriesRate(poll, metric, labels);
    return valueIn(poll.reading, metric, labels) === null ? 'absent' : rate && rate * 60;
  };
  return portion(part, perMinute(metric), least);
};

/** hits / (hits + misses) over the last minute; null while there are none. */
export const hitRatio = (hits: string, misses: string): Measure =>
  measure((poll) => {
    const [a, b] = [perMinute(hits)(poll), perMinute(misses)(poll)];
    if (a === 'absent' || b === 'absent') return 'absent';
    return a === null || b === null || a + b < 1 ? null : a / (a + b);
  }, percent);

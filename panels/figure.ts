/** The figures of a panel: where each comes from, how it is written, from where on it is bad. One table per panel. */
import type { Reading } from '../src/protocol/reading.ts';
import type { TargetView } from './model.ts';
import type { Health } from './panel.ts';

/** One target and the reading whose values are shown: the last one, or an older one while the target is silent. */
export interface Look {
  readonly target: TargetView;
  readonly reading: Reading;
  /** The values are from before the target fell silent. */
  readonly old: boolean;
  /** Hub time, ms since 1970. */
  readonly now: number;
}

/** One number of a target; null when it was not read. `absent`: this target has no such thing at all. */
export type Measure = (look: Look) => number | null | 'absent';

export interface Figure {
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

export interface Finding {
  readonly health: 'warn' | 'crit';
  readonly figure: Figure;
  readonly value: number;
}

const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

type Labels = Readonly<Record<string, string>>;

/** The value of one series; null when the reading has none. With `labels`, the first series that carries them all. */
export function valueIn(reading: Reading, metric: string, labels: Labels = {}): number | null {
  const wanted = Object.entries(labels);
  const sample = reading.samples.find(
    (each) => each.metric === metric && wanted.every(([name, value]) => each.labels[name] === value),
  );
  return finite(sample?.value);
}

/** Every series of a metric by one of its labels, in the order the probe gives. */
export function seriesIn(reading: Reading, metric: string, label: string): readonly (readonly [string, number])[] {
  return reading.samples.flatMap((sample) =>
    sample.metric === metric && Number.isFinite(sample.value)
      ? [[sample.labels[label] ?? '', sample.value] as const]
      : [],
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
    const values = reading.samples.flatMap((each) =>
      each.metric === metric && Number.isFinite(each.value) ? [each.value] : [],
    );
    if (values.length === 0) return 'absent';
    return values.reduce((a, b) => Math[which](a, b));
  };

/** A gauge divided by another. */
export const ratio =
  (part: string, whole: string): Measure =>
  ({ reading }) => {
    const [a, b] = [valueIn(reading, part), valueIn(reading, whole)];
    return a === null || b === null || b <= 0 ? 'absent' : a / b;
  };

const hasMetric = (reading: Reading, metric: string): boolean =>
  reading.samples.some((each) => each.metric === metric && Number.isFinite(each.value));

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

/** hits / (hits + misses) over the last minute; null when there were fewer than `least` of both. */
export const hitRatio =
  (hits: string, misses: string, least: number): Measure =>
  (look) => {
    const [a, b] = [perMinute(hits)(look), perMinute(misses)(look)];
    if (a === 'absent' || b === 'absent') return 'absent';
    return a === null || b === null || a + b < Math.max(least, Number.MIN_VALUE) ? null : a / (a + b);
  };

const isOver = ({ below }: Figure, value: number, limit: number): boolean => (below ? value < limit : value > limit);

function wasHeld(figure: Figure, look: Look, limit: number): boolean {
  const { held } = figure;
  if (held === undefined) return true;
  const needed = Math.max(1, Math.ceil(held.ms / Math.max(1, look.target.intervalMs)));
  const values = look.target.history(held.metric, needed);
  // Two polls may fall into one slot and leave the next empty, so single gaps are no answer.
  const known = values.filter((value) => value !== null);
  return known.length >= needed * 0.6 && known.every((value) => isOver(figure, value, limit));
}

/** Is this figure bad, and how. */
export function judge(figure: Figure, look: Look): Finding | null {
  const value = figure.of(look);
  if (value === null || value === 'absent') return null;
  for (const health of ['crit', 'warn'] as const) {
    const limit = figure[health];
    if (limit !== undefined && isOver(figure, value, limit) && wasHeld(figure, look, limit))
      return { health, figure, value };
  }
  return null;
}

/** All that is bad, the worst first, else in the order of the table. */
export function findings(figures: readonly Figure[], look: Look): readonly Finding[] {
  const found = figures.flatMap((figure) => judge(figure, look) ?? []);
  return [...found.filter(({ health }) => health === 'crit'), ...found.filter(({ health }) => health === 'warn')];
}

/** `connection slots 97% (limit 95%)`. */
export function findingWords({ figure, value, health }: Finding): string {
  const limit = figure[health];
  const bound = limit === undefined || limit === 0 ? '' : ` (limit ${figure.as(limit)})`;
  return `${figure.says ?? figure.label} ${figure.as(value)}${bound}`;
}

/** The health that findings amount to. */
export const healthOf = (found: readonly Finding[]): Health => found[0]?.health ?? 'ok';

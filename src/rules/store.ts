/** The series by metric and label set, made from readings. */
import type { Matcher } from './expr.ts';
import { keyOf, matches, type Labels } from './labels.ts';
import type { KnownMetricTypes } from './lint.ts';
import { Series, type SeriesOrigin, type Source } from './series.ts';

/** `labels` lacks the metric's name. */
interface RuleSample {
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
  readonly type: 'gauge' | 'counter';
}
/** What one poll yielded. */
export interface RuleReading {
  readonly target: string;
  readonly kind: string;
  /** End of the poll, ms since 1970. */
  readonly at: number;
  readonly up: boolean;
  readonly durationMs: number;
  readonly instanceId: string | null;
  readonly samples: readonly RuleSample[];
}

/** Silent series are dropped after this. */
const FORGET_MS = 15 * 60_000;
/** Most series, and most metric names. */
const MAX_SERIES = 20_000;

/** What the rules need. */
export interface Wanted {
  /** How far back rules look at a metric, ms; null: it is not kept. */
  readonly keepMs: (metric: string) => number | null;
  /** The kind of target of a metric; null: any. */
  readonly kindOf: (metric: string) => string | null;
}

export class Store implements Source {
  /** Samples without room. */
  dropped = 0;
  private readonly metrics = new Map<string, Map<string, Series>>();
  private readonly origins = new Map<string, SeriesOrigin>();
  private readonly seen = new Map<string, RuleSample['type']>();
  private readonly wanted: Wanted;
  private size = 0;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
  }

  /** Adds a reading at monotonic `now`. Every reading yields `<kind>_up` and `probe_duration_seconds`. */
  ingest(reading: RuleReading, intervalMs: number, now: number): void {
    const { target, kind, samples, instanceId } = reading;
    const own = { target };
    const origin = this.originOf(target);
    origin.kind = kind;
    origin.failedAt = reading.up ? -Infinity : now;
    origin.readAt = now;
    for (const { metric, labels, value, type } of samples)
      this.add(metric, { ...labels, target: labels['target'] ?? target }, value, type, instanceId, intervalMs, now);
    // A second sample at the same time is dropped, so the probe's own come first.
    this.add(`${kind}_up`, own, reading.up ? 1 : 0, 'gauge', null, intervalMs, now);
    this.add('probe_duration_seconds', own, reading.durationMs / 1000, 'gauge', null, intervalMs, now);
  }

  add(
    metric: string,
    labels: Labels,
    value: number,
    type: RuleSample['type'],
    instanceId: string | null,
    intervalMs: number,
    now: number,
  ): void {
    this.see(metric, type);
    const keepMs = this.wanted.keepMs(metric);
    const series = keepMs === null ? null : this.seriesOf(metric, labels);
    if (series === null || keepMs === null) return;
    series.pace(intervalMs, now);
    series.push(now, value, instanceId, keepMs);
  }

  /** The series, and an empty one for each failing target that never gave one: its value is unknown, not absent. */
  *select(name: string, matchers: readonly Matcher[]): Iterable<Series> {
    const groups = name === '' ? this.metrics.entries() : [[name, this.metrics.get(name)] as const];
    for (const [metric, group] of groups) {
      for (const series of group?.values() ?? []) {
        if (matchers.length === 0 || accepts(metric, series, matchers)) yield series;
      }
    }
    for (const series of this.unheard(name)) if (accepts(name, series, matchers)) yield series;
  }

  private *unheard(metric: string): Iterable<Series> {
    const kind = this.wanted.kindOf(metric);
    if (kind === null) return;
    const group = [...(this.metrics.get(metric)?.values() ?? [])];
    for (const [target, origin] of this.origins) {
      if (origin.kind !== kind || origin.failedAt === -Infinity) continue;
      if (!group.some(({ labels }) => labels['target'] === target)) yield new Series(metric, { target }, origin);
    }
  }

  get types(): KnownMetricTypes {
    return this.seen;
  }

  /** When the target was last polled, or -Infinity. */
  readAt(target: string): number {
    return this.origins.get(target)?.readAt ?? -Infinity;
  }

  /** Drops silent series, but not those of a target that fails: its unknown values must stay visible. */
  forget(now: number): void {
    this.deleteWhere((series, metric) => {
      const { failedAt, readAt } = series.origin;
      const down = failedAt !== -Infinity && now - readAt <= FORGET_MS;
      const silentMs = now - series.time(series.length - 1);
      return !down && silentMs > Math.max(FORGET_MS, this.wanted.keepMs(metric) ?? 0);
    });
  }

  /** Forgets a target that is not polled any more. */
  drop(target: string): void {
    this.origins.delete(target);
    this.deleteWhere(({ labels }) => labels['target'] === target);
  }

  private deleteWhere(isOver: (series: Series, metric: string) => boolean): void {
    for (const [metric, group] of this.metrics) {
      for (const [key, series] of group) if (isOver(series, metric) && group.delete(key)) this.size -= 1;
      if (group.size === 0) this.metrics.delete(metric);
    }
  }

  private see(metric: string, type: RuleSample['type']): void {
    if (!this.seen.has(metric) && this.seen.size < MAX_SERIES) this.seen.set(metric, type);
  }

  protected seriesOf(metric: string, labels: Labels): Series | null {
    let group = this.metrics.get(metric);
    const key = keyOf(labels);
    const found = group?.get(key);
    if (found !== undefined) return found;
    if (this.size >= MAX_SERIES) {
      this.dropped += 1;
      return null;
    }
    const series = new Series(metric, labels, this.originOf(labels['target'] ?? ''));
    if (group === undefined) this.metrics.set(metric, (group = new Map()));
    group.set(key, series);
    this.size += 1;
    return series;
  }

  protected originOf(target: string): SeriesOrigin {
    let origin = this.origins.get(target);
    if (origin === undefined) this.origins.set(target, (origin = { kind: '', failedAt: -Infinity, readAt: -Infinity }));
    return origin;
  }
}

const accepts = (metric: string, { labels }: Series, matchers: readonly Matcher[]): boolean =>
  matchers.every((matcher) =>
    matcher.name === '__name__' ? matches(matcher, { __name__: metric }) : matches(matcher, labels),
  );

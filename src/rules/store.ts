/** What was measured, as series: rings of (time, value, life) for each metric and label set, from readings' samples. */
import type { Matcher } from './expr.ts';
import { kindOf } from './idle.ts';
import { keyOf, matches, rememberKey } from './labels.ts';
import type { MetricTypes } from './sense.ts';
import type { Labels } from './labels.ts';

/** A sample as it comes in; `labels` without the metric's name. Structurally a probe's sample. */
export interface Sample {
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
  readonly type: 'gauge' | 'counter';
}
/** What one poll yielded, as far as rules care. Structurally a probe's reading. */
export interface Reading {
  readonly target: string;
  readonly kind: string;
  /** Wall clock at the end of the poll, ms since 1970. */
  readonly at: number;
  readonly up: boolean;
  readonly durationMs: number;
  readonly life: string | null;
  readonly samples: readonly Sample[];
}

/** A sample is unknown at this many intervals of age, and never before MIN_STALE_MS. */
const STALE_INTERVALS = 3;
const MIN_STALE_MS = 5_000;
/** A slow metric learns its own interval from its samples, up to this. */
const MAX_INTERVAL_MS = 600_000;
/** Series silent for so long are forgotten. */
const FORGET_MS = 15 * 60_000;
/** Bounds of memory: samples a series, series in all. */
const MAX_SAMPLES = 8192;
const MAX_SERIES = 20_000;

/** A source of series; `failedAt` is when it last failed to say anything, -Infinity while it answers. */
export interface Origin {
  /** The kind of target; empty when it is none. */
  kind: string;
  failedAt: number;
  /** When it was last asked, successfully or not. */
  readAt: number;
}

/** One metric with one label set. Times are the monotonic clock's, in milliseconds. */
export class Series {
  readonly metric: string;
  readonly labels: Labels;
  readonly key: string;
  readonly type: 'gauge' | 'counter';
  /** Age at which its last sample is unknown. */
  staleMs = MIN_STALE_MS;
  /** Where it comes from: what is older than the source's last failure is unknown. */
  readonly origin: Origin;
  private times = new Float64Array(8);
  private values = new Float64Array(8);
  private lives = new Int32Array(8);
  private first = 0;
  private count = 0;
  private life: string | null = null;
  private lifeId = 0;

  constructor(metric: string, labels: Labels, type: 'gauge' | 'counter', origin: Origin) {
    this.origin = origin;
    this.metric = metric;
    this.labels = labels;
    this.key = rememberKey(labels);
    this.type = type;
  }

  get length(): number {
    return this.count;
  }
  time(i: number): number {
    return this.times[(this.first + i) & (this.times.length - 1)] as number;
  }
  value(i: number): number {
    return this.values[(this.first + i) & (this.times.length - 1)] as number;
  }
  /** Changes when the process that was sampled was another one. */
  lifeOf(i: number): number {
    return this.lives[(this.first + i) & (this.times.length - 1)] as number;
  }

  /** Adds a sample; one that is not newer than the last is dropped. Keeps `keepMs` and the newest sample before that. */
  push(time: number, value: number, life: string | null, keepMs: number): void {
    if (this.count > 0 && time <= this.time(this.count - 1)) return;
    if (life !== this.life && this.count > 0) this.lifeId += 1;
    this.life = life;
    while (this.count > 1 && (this.time(1) <= time - keepMs || this.count >= MAX_SAMPLES)) {
      this.first = (this.first + 1) & (this.times.length - 1);
      this.count -= 1;
    }
    if (this.count === this.times.length) this.grow();
    const slot = (this.first + this.count) & (this.times.length - 1);
    this.times[slot] = time;
    this.values[slot] = value;
    this.lives[slot] = this.lifeId;
    this.count += 1;
  }

  /** Index of the newest sample at or before `time`, -1 if there is none. */
  indexAt(time: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private grow(): void {
    const size = this.times.length * 2;
    const times = new Float64Array(size);
    const values = new Float64Array(size);
    const lives = new Int32Array(size);
    for (let i = 0; i < this.count; i++) {
      times[i] = this.time(i);
      values[i] = this.value(i);
      lives[i] = this.lifeOf(i);
    }
    [this.times, this.values, this.lives, this.first] = [times, values, lives, 0];
  }
}

/** Where the evaluators find series. */
export interface Source {
  select(name: string, matchers: readonly Matcher[]): Iterable<Series>;
}

/** When and on what an expression is evaluated. */
export interface Moment {
  readonly source: Source;
  /** Monotonic, ms: what ages and windows are measured by. */
  readonly now: number;
  /** Wall clock, ms since 1970: what `hour()` and `time()` say. */
  readonly wall: number;
  /** Samples before this monotonic time are not used: the console slept then, or did not run. */
  readonly since: number;
  /** How old an instant value may be; null: each series' own limit. */
  readonly lookbackMs: number | null;
}

/** Index of the sample that is the series' value `offsetMs` ago, -1 when that is unknown. */
export function known(series: Series, moment: Moment, offsetMs = 0): number {
  const at = moment.now - offsetMs;
  const i = series.indexAt(at);
  if (i < 0) return -1;
  const time = series.time(i);
  const { failedAt } = series.origin;
  if (time < moment.since || (time < failedAt && failedAt <= at)) return -1;
  const fresh = moment.lookbackMs === null ? at - time < series.staleMs : at - time <= moment.lookbackMs;
  return fresh ? i : -1;
}

export class Store implements Source {
  /** Samples that found no room. */
  dropped = 0;
  private readonly metrics = new Map<string, Map<string, Series>>();
  private readonly origins = new Map<string, Origin>();
  private readonly keepMs: (metric: string) => number;
  private size = 0;

  /** `keepMs`: how far back any rule looks at a metric. */
  constructor(keepMs: (metric: string) => number) {
    this.keepMs = keepMs;
  }

  /**
   * Takes a target's reading at monotonic `now`. What a failed poll did not read is unknown from now on. Every reading
   * yields `<kind>_up` and `probe_duration_seconds`, whether the probe made them or not.
   */
  ingest(reading: Reading, intervalMs: number, now: number): void {
    const { target, kind, samples, life } = reading;
    const own = { target };
    const origin = this.origin(target);
    origin.kind = kind;
    origin.failedAt = reading.up ? -Infinity : now;
    origin.readAt = now;
    for (const sample of samples) {
      const labels = Object.hasOwn(sample.labels, 'target') ? sample.labels : { ...sample.labels, target };
      this.add(sample.metric, labels, sample.value, sample.type, life, intervalMs, now);
    }
    const upName = `${kind}_up`;
    // A second sample at the same time is dropped, so the probe's own come first.
    this.add(upName, own, reading.up ? 1 : 0, 'gauge', null, intervalMs, now);
    this.add('probe_duration_seconds', own, reading.durationMs / 1000, 'gauge', null, intervalMs, now);
  }

  /** Adds one sample. */
  add(
    metric: string,
    labels: Labels,
    value: number,
    type: Sample['type'],
    life: string | null,
    intervalMs: number,
    now: number,
  ): void {
    const series = this.series(metric, labels, type);
    if (series === null) return;
    const last = series.length - 1;
    const gap = last < 0 ? intervalMs : Math.max(intervalMs, now - series.time(last));
    const before = last < 1 ? gap : Math.max(intervalMs, series.time(last) - series.time(last - 1));
    // The smaller of two gaps: one outage must not teach a series that it is slow.
    const interval = Math.min(gap, before, Math.max(intervalMs, MAX_INTERVAL_MS));
    series.staleMs = Math.max(MIN_STALE_MS, STALE_INTERVALS * interval);
    series.push(now, value, life, this.keepMs(metric));
  }

  /**
   * Series of that name, and for each target of its kind that fails and never gave one, an empty series: what a server
   * that was down from the start would say is unknown, not absent.
   */
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
    const kind = kindOf(metric);
    if (kind === null) return;
    const group = [...(this.metrics.get(metric)?.values() ?? [])];
    for (const [target, origin] of this.origins) {
      if (origin.kind !== kind || origin.failedAt === -Infinity) continue;
      if (!group.some(({ labels }) => labels['target'] === target))
        yield new Series(metric, { target }, 'gauge', origin);
    }
  }

  /** How many metrics there are, and what each is. */
  get metricCount(): number {
    return this.metrics.size;
  }
  types(): MetricTypes {
    const types = new Map<string, Sample['type']>();
    for (const [metric, group] of this.metrics)
      for (const { type } of group.values()) if (!types.has(metric)) types.set(metric, type);
    return types;
  }

  /** When the target was last asked; -Infinity before its first reading. */
  readAt(target: string): number {
    return this.origins.get(target)?.readAt ?? -Infinity;
  }

  /**
   * Forgets series that have been silent for a long time, but not those of a target that is being asked and fails: what
   * is unknown there must stay visible. Cheap enough for once a minute.
   */
  forget(now: number): void {
    for (const [metric, group] of this.metrics) {
      for (const [key, series] of group) {
        const { failedAt, readAt } = series.origin;
        const down = failedAt !== -Infinity && now - readAt <= FORGET_MS;
        const silent = now - series.time(series.length - 1) > Math.max(FORGET_MS, this.keepMs(metric));
        if (down || !silent) continue;
        group.delete(key);
        this.size -= 1;
      }
      if (group.size === 0) this.metrics.delete(metric);
    }
  }

  /** Forgets a target that nobody asks any more: what is not known of it is no news. */
  drop(target: string): void {
    this.origins.delete(target);
    for (const [metric, group] of this.metrics) {
      for (const [key, series] of group) {
        if (series.labels['target'] !== target) continue;
        group.delete(key);
        this.size -= 1;
      }
      if (group.size === 0) this.metrics.delete(metric);
    }
  }

  private series(metric: string, labels: Labels, type: Sample['type']): Series | null {
    let group = this.metrics.get(metric);
    const key = keyOf(labels);
    const found = group?.get(key);
    if (found !== undefined) return found;
    if (this.size >= MAX_SERIES) {
      this.dropped += 1;
      return null;
    }
    const series = new Series(metric, labels, type, this.origin(labels['target'] ?? ''));
    if (group === undefined) this.metrics.set(metric, (group = new Map()));
    group.set(key, series);
    this.size += 1;
    return series;
  }

  private origin(target: string): Origin {
    let origin = this.origins.get(target);
    if (origin === undefined) this.origins.set(target, (origin = { kind: '', failedAt: -Infinity, readAt: -Infinity }));
    return origin;
  }
}

const accepts = (metric: string, { labels }: Series, matchers: readonly Matcher[]): boolean =>
  matchers.every((matcher) =>
    matcher.name === '__name__' ? matches(matcher, { __name__: metric }) : matches(matcher, labels),
  );

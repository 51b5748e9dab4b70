/** One metric with one label set over time. */
import type { Matcher } from './expr.ts';
import { rememberKey, type Labels } from './labels.ts';

/** After this many intervals, and at least MIN_STALE_MS, a sample is stale. */
const STALE_INTERVALS = 3;
const MIN_STALE_MS = 5_000;
/** A metric's own interval is learned up to this. */
const MAX_INTERVAL_MS = 600_000;
const MAX_SAMPLES = 8192;

/** A target; `failedAt` is -Infinity while it answers. */
export interface SeriesOrigin {
  /** Empty: no target. */
  kind: string;
  failedAt: number;
  /** The last poll, successful or not. */
  readAt: number;
}

/** A ring of samples. Times are monotonic, ms. */
export class Series {
  readonly metric: string;
  readonly labels: Labels;
  /** Age at which its last sample is stale. */
  staleMs = MIN_STALE_MS;
  /** Samples from before its last failure are unknown. */
  readonly origin: SeriesOrigin;
  private times = new Float64Array(8);
  private values = new Float64Array(8);
  private instances = new Int32Array(8);
  private first = 0;
  private count = 0;
  private instanceId: string | null = null;
  private instance = 0;

  constructor(metric: string, labels: Labels, origin: SeriesOrigin) {
    this.origin = origin;
    this.metric = metric;
    this.labels = labels;
    rememberKey(labels);
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
  /** Changes with the sampled process. */
  instanceAt(i: number): number {
    return this.instances[(this.first + i) & (this.times.length - 1)] as number;
  }

  /** Drops a sample that is not newer than the last. Keeps `keepMs` and the newest sample before that. */
  push(time: number, value: number, instanceId: string | null, keepMs: number): void {
    if (this.count > 0 && time <= this.time(this.count - 1)) return;
    if (instanceId !== this.instanceId && this.count > 0) this.instance += 1;
    this.instanceId = instanceId;
    while (this.count > 1 && (this.time(1) <= time - keepMs || this.count >= MAX_SAMPLES)) {
      this.first = (this.first + 1) & (this.times.length - 1);
      this.count -= 1;
    }
    if (this.count === this.times.length) this.grow();
    const slot = (this.first + this.count) & (this.times.length - 1);
    this.times[slot] = time;
    this.values[slot] = value;
    this.instances[slot] = this.instance;
    this.count += 1;
  }

  /** Learns `staleMs` from the gaps between samples; before a sample is added at `now`. */
  pace(intervalMs: number, now: number): void {
    const last = this.count - 1;
    const gap = last < 0 ? intervalMs : Math.max(intervalMs, now - this.time(last));
    const before = last < 1 ? gap : Math.max(intervalMs, this.time(last) - this.time(last - 1));
    // The smaller of two gaps: one outage does not make a series slow.
    const interval = Math.min(gap, before, Math.max(intervalMs, MAX_INTERVAL_MS));
    this.staleMs = Math.max(MIN_STALE_MS, STALE_INTERVALS * interval);
  }

  /** Index of the newest sample at or before `time`, or -1. */
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
    const instances = new Int32Array(size);
    for (let i = 0; i < this.count; i++) {
      times[i] = this.time(i);
      values[i] = this.value(i);
      instances[i] = this.instanceAt(i);
    }
    [this.times, this.values, this.instances, this.first] = [times, values, instances, 0];
  }
}

export interface Source {
  select(name: string, matchers: readonly Matcher[]): Iterable<Series>;
}

/** What an expression is evaluated on. */
export interface EvaluationContext {
  readonly source: Source;
  /** Monotonic, ms. */
  readonly now: number;
  /** Ms since 1970, for `hour()` and `time()`. */
  readonly wall: number;
  /** Older samples are ignored: the process started or slept then. */
  readonly since: number;
  /** Greatest age of an instant value; null: the series' own. */
  readonly lookbackMs: number | null;
}

/** Index of the value `offsetMs` ago, or -1 when it is unknown. */
export function known(series: Series, moment: EvaluationContext, offsetMs = 0): number {
  const at = moment.now - offsetMs;
  const i = series.indexAt(at);
  if (i < 0) return -1;
  const time = series.time(i);
  const { failedAt } = series.origin;
  if (time < moment.since || (time < failedAt && failedAt <= at)) return -1;
  const fresh = moment.lookbackMs === null ? at - time < series.staleMs : at - time <= moment.lookbackMs;
  return fresh ? i : -1;
}

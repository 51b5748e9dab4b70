/** The series of one rule test, fed as its clock advances, and the `ALERTS` series that evaluation writes. */
import type { Dialect } from '../rules/expr.ts';
import type { Labels } from '../rules/labels.ts';
import type { Point } from '../rules/series-notation.ts';
import type { EvaluationContext, SeriesOrigin, Series } from '../rules/series.ts';
import { Store } from '../rules/store.ts';
import { alertLabels, type Tracker } from '../rules/tracker.ts';

export interface InputSeries {
  readonly name: string;
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** How long Prometheus uses the last value of a series as its current one. */
const LOOKBACK_MS = 5 * 60_000;
const STALE_INTERVALS = 3;

/** Keeps every value, and lets any target have any metric. */
const EVERYTHING = { keepMs: () => Infinity, kindOf: () => null };

export class TestStore extends Store {
  private readonly inputs: readonly { readonly series: Series; readonly points: readonly Point[] }[];
  private readonly intervalMs: number;
  private fed = 0;

  constructor(inputs: readonly InputSeries[], intervalMs: number) {
    super(EVERYTHING);
    this.intervalMs = intervalMs;
    this.inputs = inputs.flatMap(({ name, labels, points }) => {
      const series = this.added(name, labels);
      return series === null ? [] : [{ series, points }];
    });
  }

  /** Feeds all points up to and including `now`. */
  advance(now: number): void {
    for (; this.fed * this.intervalMs <= now; this.fed++) {
      const at = this.fed * this.intervalMs;
      for (const { series, points } of this.inputs) {
        const point = points[this.fed];
        if (point === 'stale') series.origin.failedAt = at;
        else if (point !== null && point !== undefined) series.push(at, point, null, Infinity);
      }
    }
  }

  /** Prometheus rules look back as Prometheus does, the handbook's form as the hub does. */
  moment(now: number, dialect: Dialect): EvaluationContext {
    return {
      source: this,
      now,
      wall: now,
      since: -Infinity,
      lookbackMs: dialect === 'prometheus' ? LOOKBACK_MS : null,
    };
  }

  /** Writes `ALERTS{alertname, alertstate}` as rule evaluation does; ended alerts get a stale marker. */
  recordAlerts(trackers: readonly Tracker[], now: number): void {
    const written = new Set<Series>();
    for (const { rule, alerts } of trackers) {
      for (const alert of alerts.values()) {
        const state = alert.phase === 'no_data' ? 'firing' : alert.phase;
        if (state !== 'firing' && state !== 'pending') continue;
        const series = this.added('ALERTS', { ...alertLabels(rule, alert), alertname: rule.name, alertstate: state });
        if (series === null) continue;
        series.push(now, 1, null, Infinity);
        written.add(series);
      }
    }
    for (const series of this.select('ALERTS', [])) {
      if (!written.has(series)) series.origin.failedAt = Math.max(series.origin.failedAt, now);
    }
  }

  /** One origin per series, because a stale marker ends one series, not all of its target. */
  protected override originOf(): SeriesOrigin {
    return { kind: '', failedAt: -Infinity, readAt: 0 };
  }

  private added(name: string, labels: Labels): Series | null {
    const series = this.seriesOf(name, labels);
    if (series !== null) series.staleMs = Math.max(5_000, STALE_INTERVALS * this.intervalMs);
    return series;
  }
}

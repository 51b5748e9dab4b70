/** The series of one rule test, fed as its clock goes on, with the `ALERTS` series that evaluation writes. */
import type { Dialect, Matcher } from '../rules/expr.ts';
import { keyOf, matches, type Labels } from '../rules/labels.ts';
import type { Point } from '../rules/series-notation.ts';
import { Series, type Moment, type Source } from '../rules/series.ts';
import { alertLabels, type Tracker } from '../rules/tracker.ts';

export interface InputSeries {
  readonly name: string;
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** How long Prometheus takes the last value of a series for its present one. */
const LOOKBACK_MS = 5 * 60_000;
const STALE_INTERVALS = 3;

export class Bench implements Source {
  private readonly metrics = new Map<string, Map<string, Series>>();
  private readonly inputs: readonly { readonly series: Series; readonly points: readonly Point[] }[];
  private readonly intervalMs: number;
  private fed = 0;

  constructor(inputs: readonly InputSeries[], intervalMs: number) {
    this.intervalMs = intervalMs;
    this.inputs = inputs.map(({ name, labels, points }) => ({ series: this.series(name, labels), points }));
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

  /** A Prometheus rule looks back as Prometheus does, the handbook's form as a console does. */
  moment(now: number, dialect: Dialect): Moment {
    return {
      source: this,
      now,
      wall: now,
      since: -Infinity,
      lookbackMs: dialect === 'prometheus' ? LOOKBACK_MS : null,
    };
  }

  /** Writes `ALERTS{alertname, alertstate}` as rule evaluation does; what is over gets a stale marker. */
  recordAlerts(trackers: readonly Tracker[], now: number): void {
    const written = new Set<Series>();
    for (const { rule, alerts } of trackers) {
      for (const alert of alerts.values()) {
        const state = alert.phase === 'no_data' ? 'firing' : alert.phase;
        if (state !== 'firing' && state !== 'pending') continue;
        const series = this.series('ALERTS', { ...alertLabels(rule, alert), alertname: rule.name, alertstate: state });
        series.push(now, 1, null, Infinity);
        written.add(series);
      }
    }
    for (const series of this.metrics.get('ALERTS')?.values() ?? []) {
      if (!written.has(series)) series.origin.failedAt = Math.max(series.origin.failedAt, now);
    }
  }

  *select(name: string, matchers: readonly Matcher[]): Iterable<Series> {
    for (const [metric, group] of this.metrics) {
      if (name !== '' && metric !== name) continue;
      for (const series of group.values()) {
        const fits = matchers.every((matcher) =>
          matches(matcher, matcher.name === '__name__' ? { __name__: metric } : series.labels),
        );
        if (fits) yield series;
      }
    }
  }

  private series(name: string, labels: Labels): Series {
    let group = this.metrics.get(name);
    if (group === undefined) this.metrics.set(name, (group = new Map()));
    const key = keyOf(labels);
    let series = group.get(key);
    if (series === undefined) {
      // A test does not say what is a counter; a rate is what its writer means.
      series = new Series(name, labels, 'counter', { kind: '', failedAt: -Infinity, readAt: 0 });
      series.staleMs = Math.max(5_000, STALE_INTERVALS * this.intervalMs);
      group.set(key, series);
    }
    return series;
  }
}

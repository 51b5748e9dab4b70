/** Readings over time: a ring of the latest and a thinner one of the hours before, and what panels ask of them. */
import type { TargetView } from '../../panels/model.ts';
import type { Clock } from '../protocol/clock.ts';
import type { TargetInfo } from '../protocol/messages.ts';
import type { Reading, Sample } from '../protocol/reading.ts';

/** Fine points: every reading of the last ten minutes. Coarse ones: one for each ten seconds, six hours of them. */
const FINE_MS = 10 * 60_000;
const COARSE_MS = 10_000;
const COARSE_KEPT = (6 * 3_600_000) / COARSE_MS;

/** What one reading said, by metric. Times are this console's monotonic clock, ms. */
interface Point {
  readonly taken: number;
  readonly life: string | null;
  readonly values: ReadonlyMap<string, number>;
}

/** A metric's values in one reading; those of several label sets add up. `metric{a="b"}` names one of them. */
export function valuesOf(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const { metric, labels, value } of samples) {
    values.set(metric, (values.get(metric) ?? 0) + value);
    const pairs = Object.entries(labels);
    if (pairs.length === 0) continue;
    pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    values.set(`${metric}{${pairs.map(([key, text]) => `${key}=${JSON.stringify(text)}`).join(',')}}`, value);
  }
  return values;
}

class Series {
  readonly info: TargetInfo;
  reading: Reading | null = null;
  lastGood: Reading | null = null;
  taken = 0;
  #fine: Point[] = [];
  #coarse: Point[] = [];

  constructor(info: TargetInfo) {
    this.info = info;
  }

  add(reading: Reading, taken: number): void {
    this.reading = reading;
    if (reading.up) this.lastGood = reading;
    this.taken = taken;
    const point = { taken, life: reading.life, values: valuesOf(reading.samples) };
    this.#fine.push(point);
    while ((this.#fine[0]?.taken ?? taken) < taken - FINE_MS) this.#fine.shift();
    if (taken - (this.#coarse.at(-1)?.taken ?? -Infinity) >= COARSE_MS) this.#coarse.push(point);
    if (this.#coarse.length > COARSE_KEPT) this.#coarse.shift();
  }

  /**
   * One value for each of the last `points` intervals, oldest first; null where a poll yielded none. The newest stands
   * for the last reading while that is not overdue, so that a chart has no gap in front of a reading that is on its way.
   */
  history(metric: string, points: number, now: number): readonly (number | null)[] {
    const step = this.info.intervalMs;
    const wide = points * step > FINE_MS;
    const reach = wide ? Math.ceil(COARSE_MS / step) : 0;
    const newest = now - this.taken < 2 * step ? this.taken : now;
    const values = Array.from<number | null>({ length: points + reach }).fill(null);
    for (const { taken, values: read } of wide ? [...this.#coarse, ...this.#fine] : this.#fine) {
      const slot = points + reach - 1 - Math.round((newest - taken) / step);
      if (slot >= 0 && slot < values.length) values[slot] = read.get(metric) ?? null;
    }
    return bridge(values, reach).slice(reach);
  }

  /** Increase per second over the window. A restart of the target, or a smaller value, is a fresh start from zero. */
  rate(metric: string, windowMs: number, now: number): number | null {
    const points = this.#fine.filter(({ taken, values }) => taken >= now - windowMs && values.has(metric));
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined || first === last) return null;
    let increase = 0;
    for (const [index, { values, life }] of points.entries()) {
      const before = points[index - 1];
      if (before === undefined) continue;
      const [was, is] = [before.values.get(metric) ?? 0, values.get(metric) ?? 0];
      increase += life !== before.life || is < was ? is : is - was;
    }
    return (increase * 1000) / (last.taken - first.taken);
  }
}

/** Thinned points stand for the slots up to the next one; longer gaps stay gaps. */
function bridge(values: readonly (number | null)[], reach: number): readonly (number | null)[] {
  let last = -Infinity;
  return values.map((value, index) => {
    if (value !== null) last = index;
    return value ?? (index - last < reach ? (values[last] ?? null) : null);
  });
}

/** All targets a hub told of. */
export class SeriesBook {
  readonly #clock: Clock;
  #series = new Map<string, Series>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps what is known of the targets that are still there. */
  targets(infos: readonly TargetInfo[]): void {
    this.#series = new Map(
      infos.map((info) => {
        const known = this.#series.get(info.name);
        const same = known?.info.kind === info.kind && known.info.intervalMs === info.intervalMs;
        return [info.name, known && same ? known : new Series(info)];
      }),
    );
  }

  /** `hubNow`: hub time, ms since 1970, so that a reading that was old when it arrived is not taken for fresh. */
  add(readings: readonly Reading[], hubNow: number): void {
    const now = this.#clock.mono();
    for (const reading of readings) {
      const series = this.#series.get(reading.target);
      if (series === undefined || reading.at === series.reading?.at) continue;
      series.add(reading, now - Math.max(0, hubNow - reading.at));
    }
  }

  /** In the order the hub has them. Ages go on by themselves. */
  views(): readonly TargetView[] {
    const clock = this.#clock;
    return [...this.#series.values()].map((series) => ({
      get ageMs() {
        return series.reading === null ? null : Math.max(0, clock.mono() - series.taken);
      },
      ...series.info,
      reading: series.reading,
      lastGood: series.lastGood,
      history: (metric, points) => series.history(metric, points, clock.mono()),
      rate: (metric, windowMs) => series.rate(metric, windowMs, clock.mono()),
    }));
  }

  readings(): readonly Reading[] {
    return [...this.#series.values()].flatMap(({ reading }) => (reading === null ? [] : [reading]));
  }
}

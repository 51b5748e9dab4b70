/** Readings over time, per target, and how panels query them. */
import type { TargetView } from '../../panels/model.ts';
import type { Clock } from '../protocol/clock.ts';
import type { TargetInfo } from '../protocol/messages.ts';
import type { Reading, Sample } from '../protocol/reading.ts';

/** Fine: every reading of the last ten minutes. Coarse: one reading per ten seconds of the last six hours. */
const FINE_MS = 10 * 60_000;
const COARSE_MS = 10_000;
const COARSE_KEPT = (6 * 3_600_000) / COARSE_MS;

/** The values of one reading: `metric{a="b"}` for each label set, and `metric` for their sum. */
function seriesValues(samples: readonly Sample[]): ReadonlyMap<string, number> {
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
  readonly #fine: RingBuffer;
  readonly #coarse = new RingBuffer(COARSE_KEPT);
  #taken = 0;
  view: TargetView;

  constructor(info: TargetInfo) {
    this.info = info;
    this.#fine = new RingBuffer(FINE_MS / info.intervalMs + 1);
    this.view = this.#viewed(null, null);
  }

  add(reading: Reading, taken: number): void {
    const values = seriesValues(reading.samples);
    this.#fine.add(taken, reading.instanceId, values);
    if (taken - this.#coarse.newest >= COARSE_MS) this.#coarse.add(taken, reading.instanceId, values);
    this.#taken = taken;
    this.view = this.#viewed(reading, reading.up ? reading : this.view.lastGood);
  }

  /** Made once per reading, so that callers can cache by identity. */
  #viewed(reading: Reading | null, lastGood: Reading | null): TargetView {
    return {
      ...this.info,
      reading,
      lastGood,
      takenAt: reading === null ? null : this.#taken,
      history: (metric, points, mono) => this.#history(metric, points, mono),
      rate: (metric, windowMs, mono) => this.#fine.rate(metric, mono - windowMs),
    };
  }

  /**
   * One value per interval of the last `points`, oldest first; null where a poll yielded none. The last reading counts
   * as the newest until it is overdue, so that a chart has no gap while the next one is on its way.
   */
  #history(metric: string, points: number, now: number): readonly (number | null)[] {
    const step = this.info.intervalMs;
    const wide = points * step > FINE_MS;
    const reach = wide ? Math.ceil(COARSE_MS / step) : 0;
    const newest = now - this.#taken < 2 * step ? this.#taken : now;
    const length = points + reach;
    const values = Array.from<number | null | undefined>({ length });
    const see = (taken: number, value: number | null): boolean => {
      const slot = length - 1 - Math.round((newest - taken) / step);
      if (slot >= 0 && slot < length && values[slot] === undefined) values[slot] = value;
      return slot >= 0;
    };
    this.#fine.each(metric, see);
    if (wide) this.#coarse.each(metric, see);
    return bridge(values, reach).slice(reach);
  }
}

/** Fills the slots between coarse points; longer gaps and failed polls stay empty. */
function bridge(values: readonly (number | null | undefined)[], reach: number): readonly (number | null)[] {
  let last = -Infinity;
  return values.map((value, index) => {
    if (value !== undefined) last = value === null ? -Infinity : index;
    return value ?? (value === undefined && index - last < reach ? (values[last] ?? null) : null);
  });
}

export class TargetSeries {
  readonly #clock: Clock;
  #series = new Map<string, Series>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps the readings of targets that are still there. */
  targets(infos: readonly TargetInfo[]): void {
    this.#series = new Map(
      infos.map((info) => {
        const known = this.#series.get(info.name);
        const same = known !== undefined && JSON.stringify(known.info) === JSON.stringify(info);
        return [info.name, same ? known : new Series(info)];
      }),
    );
  }

  /** `hubNow`: hub time, ms since 1970, for the age of the readings at their arrival. */
  add(readings: readonly Reading[], hubNow: number): void {
    const now = this.#clock.mono();
    for (const reading of readings) {
      const series = this.#series.get(reading.target);
      if (series === undefined || reading.at === series.view.reading?.at) continue;
      series.add(reading, now - Math.max(0, hubNow - reading.at));
    }
  }

  views(): readonly TargetView[] {
    return [...this.#series.values()].map(({ view }) => view);
  }

  readings(): readonly Reading[] {
    return this.views().flatMap(({ reading }) => (reading === null ? [] : [reading]));
  }
}

/** Further series of one target are dropped: unbounded labels must not fill the memory. */
const SERIES_KEPT = 300;
const FIRST_ROOM = 64;

/** The last `most` readings, oldest first; NaN for a value that was not read. Times are monotonic, ms. */
class RingBuffer {
  readonly #most: number;
  #room = FIRST_ROOM;
  #times = blank(FIRST_ROOM);
  readonly #instances: (string | null)[] = [];
  readonly #columns = new Map<string, Float64Array>();
  /** Readings added so far; the newest is at `(added - 1) % most`. */
  #added = 0;

  constructor(most: number) {
    this.#most = Math.max(2, Math.ceil(most));
  }

  get #count(): number {
    return Math.min(this.#added, this.#most);
  }

  /** When the newest reading was taken; -Infinity before the first. */
  newest = -Infinity;

  add(taken: number, instanceId: string | null, values: ReadonlyMap<string, number>): void {
    const at = this.#added % this.#most;
    if (at >= this.#room) this.#grow();
    this.#times[at] = this.newest = taken;
    this.#instances[at] = instanceId;
    for (const column of this.#columns.values()) column[at] = Number.NaN;
    for (const [metric, value] of values) {
      const column = this.#columns.get(metric) ?? this.#column(metric);
      if (column !== null) column[at] = value;
    }
    this.#added++;
  }

  /** The metric's value in each reading, newest first, until `see` returns false. */
  each(metric: string, see: (taken: number, value: number | null) => boolean): void {
    const column = this.#columns.get(metric);
    for (let i = this.#count - 1; i >= 0; i--) {
      const at = this.#place(i);
      const value = column?.[at];
      if (!see(this.#times[at] ?? 0, value === undefined || Number.isNaN(value) ? null : value)) return;
    }
  }

  /** Increase per second of a counter since `from`; a restart counts from zero. Null: fewer than two values. */
  rate(metric: string, from: number): number | null {
    const column = this.#columns.get(metric);
    if (column === undefined) return null;
    let [last, first, increase] = [-1, -1, 0];
    for (let i = this.#count - 1; i >= 0; i--) {
      const at = this.#place(i);
      const value = column[at] ?? Number.NaN;
      if ((this.#times[at] ?? 0) < from) break;
      if (Number.isNaN(value)) continue;
      if (first < 0) last = at;
      else {
        const after = column[first] ?? 0;
        increase += this.#instances[at] !== this.#instances[first] || after < value ? after : after - value;
      }
      first = at;
    }
    const ms = (this.#times[last] ?? 0) - (this.#times[first] ?? 0);
    return last === first || ms <= 0 ? null : (increase * 1000) / ms;
  }

  /** The index of the i-th oldest reading. */
  #place(i: number): number {
    return this.#added <= this.#most ? i : (this.#added + i) % this.#most;
  }

  #column(metric: string): Float64Array | null {
    if (this.#columns.size >= SERIES_KEPT) return null;
    const column = blank(this.#room);
    this.#columns.set(metric, column);
    return column;
  }

  #grow(): void {
    const room = Math.min(this.#most, this.#room * 2);
    const grown = (old: Float64Array): Float64Array => {
      const longer = blank(room);
      longer.set(old);
      return longer;
    };
    this.#times = grown(this.#times);
    for (const [metric, column] of this.#columns) this.#columns.set(metric, grown(column));
    this.#room = room;
  }
}

const blank = (room: number): Float64Array => new Float64Array(room).fill(Number.NaN);

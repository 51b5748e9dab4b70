/** A ring buffer of the metrics of one target, stored as plain numbers to save memory. */

/** Further series of one target are dropped: unbounded labels must not fill the memory. */
const SERIES_KEPT = 300;
const FIRST_ROOM = 64;

/** The last `most` readings, oldest first; NaN for a value that was not read. Times are monotonic, ms. */
export class RingBuffer {
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

  get count(): number {
    return Math.min(this.#added, this.#most);
  }

  /** When the newest reading was taken; -Infinity before the first. */
  get newest(): number {
    return this.#added === 0 ? -Infinity : (this.#times[this.#place(this.count - 1)] ?? -Infinity);
  }

  add(taken: number, instanceId: string | null, values: ReadonlyMap<string, number>): void {
    const at = this.#added % this.#most;
    if (at >= this.#room) this.#grow();
    this.#times[at] = taken;
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
    for (let i = this.count - 1; i >= 0; i--) {
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
    for (let i = this.count - 1; i >= 0; i--) {
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
      const wider = blank(room);
      wider.set(old);
      return wider;
    };
    this.#times = grown(this.#times);
    for (const [metric, column] of this.#columns) this.#columns.set(metric, grown(column));
    this.#room = room;
  }
}

const blank = (room: number): Float64Array => new Float64Array(room).fill(Number.NaN);

/** The droppable lane: the latest reading of each target, told to every live console a few times a second at most. */
import type { Clock } from '../protocol/clock.ts';
import { writtenReading, type Reading } from '../protocol/reading.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import type { Limits } from './limits.ts';

/** Readings that arrive within this time travel in one frame, ms. */
const GATHER = 50;

export class Readings {
  readonly #limits: Limits;
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #consoles: () => Iterable<Connection>;
  readonly #latest = new Map<string, Reading>();
  #fresh = new Map<string, Reading>();
  #timer: NodeJS.Timeout | null = null;

  constructor(consoles: () => Iterable<Connection>, limits: Limits, clock: Pick<Clock, 'wall'>) {
    this.#clock = clock;
    this.#consoles = consoles;
    this.#limits = limits;
  }

  take(reading: Reading): void {
    this.#latest.set(reading.target, reading);
    this.#fresh.set(reading.target, reading);
    this.#timer ??= setTimeout(() => this.#tell(), GATHER);
  }

  /** Everything known, for a console that just came in. */
  greet(connection: Connection): void {
    if (this.#latest.size > 0) connection.write(this.#frame(this.#latest));
  }

  /** Forgets targets that are gone. */
  only(names: ReadonlySet<string>): void {
    for (const name of this.#latest.keys()) if (!names.has(name)) this.#latest.delete(name);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** A console with a full queue gets nothing now and the latest of everything once it has room. */
  #tell(): void {
    this.#timer = null;
    const news = this.#fresh;
    let [fresh, all]: (Buffer | null)[] = [null, null];
    this.#fresh = new Map();
    for (const connection of this.#consoles()) {
      if (connection.waiting >= this.#limits.softBufferBytes) connection.behind = true;
      else if (connection.behind) {
        connection.behind = false;
        connection.write((all ??= this.#frame(this.#latest)));
      } else connection.write((fresh ??= this.#frame(news)));
    }
  }

  #frame(readings: ReadonlyMap<string, Reading>): Buffer {
    const written = [...readings.values()].map(writtenReading);
    return textFrame(JSON.stringify({ type: 'readings', now: this.#clock.wall(), readings: written }));
  }
}

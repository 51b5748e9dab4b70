/** Finds big keys and keys without expiry, in slices of time, to keep the load on the server small. */
import type { Row } from '../../protocol/reading.ts';
import type { Failure } from '../failure.ts';
import type { Inspection } from '../probe.ts';
import { failedPoll } from '../session.ts';
import type { RedisConnection } from './connection.ts';

/** Length of a slice, ms. A key costs the server about 1 us. */
const BUDGET_MS = 250;
const PAGE = 100;
const BIGGEST = 20;
const MOST_PREFIXES = 1000;

interface Prefix {
  keys: number;
  withoutTtl: number;
  bytes: number;
}

/** One pass over all keys in several slices. */
export class KeySampler {
  #cursor = '0';
  #seen = 0;
  #total = 0;
  #isComplete = false;
  readonly #biggest: Row[] = [];
  readonly #prefixes = new Map<string, Prefix>();

  async slice(connection: RedisConnection | null, signal: AbortSignal): Promise<Inspection> {
    let failure: Failure | null = { class: 'reset', message: 'there is no connection to the server' };
    try {
      if (connection?.isOpen) {
        await this.#scan(connection, signal);
        failure = null;
      }
    } catch (error) {
      ({ failure } = failedPoll(error));
    }
    return { failure, isDone: this.#isComplete, seen: this.#coverage(), rows: this.#rows() };
  }

  async #scan(connection: RedisConnection, signal: AbortSignal): Promise<void> {
    const end = performance.now() + BUDGET_MS;
    this.#total = Number(await connection.call('DBSIZE'));
    do {
      const [cursor, keys] = (await connection.call('SCAN', this.#cursor, 'COUNT', PAGE)) as [string, string[]];
      this.#cursor = String(cursor);
      await this.#measure(connection, keys);
      this.#isComplete = this.#cursor === '0';
    } while (!this.#isComplete && performance.now() < end && !signal.aborted);
  }

  /** MEMORY USAGE with its default number of samples: with all of them a big set takes the server milliseconds. */
  async #measure(connection: RedisConnection, keys: readonly string[]): Promise<void> {
    const asked = keys.flatMap((key) => [
      ['MEMORY', 'USAGE', key],
      ['PTTL', key],
      ['TYPE', key],
    ]);
    const replies = await connection.batch(asked);
    keys.forEach((key, i) => {
      const [bytes, ttl, type] = replies.slice(3 * i, 3 * i + 3);
      // A key that was deleted meanwhile has no size or no type.
      if (typeof bytes === 'number' && type !== 'none') this.#count(key, bytes, Number(ttl), String(type));
    });
  }

  #count(key: string, bytes: number, ttl: number, type: string): void {
    this.#seen++;
    const name = key.includes(':') ? `${key.slice(0, key.indexOf(':'))}:` : '(no prefix)';
    const known = this.#prefixes.get(name);
    const prefix = known ?? { keys: 0, withoutTtl: 0, bytes: 0 };
    if (known === undefined && this.#prefixes.size < MOST_PREFIXES) this.#prefixes.set(name, prefix);
    prefix.keys++;
    prefix.bytes += bytes;
    if (ttl === -1) prefix.withoutTtl++;
    if (this.#biggest.length === BIGGEST && bytes <= Number(this.#biggest.at(-1)?.['bytes'])) return;
    this.#biggest.push({ key: key.slice(0, 200), type, bytes, ttl_s: ttl < 0 ? null : Math.round(ttl / 1000) });
    this.#biggest.sort((a, b) => Number(b['bytes']) - Number(a['bytes']));
    this.#biggest.length = Math.min(this.#biggest.length, BIGGEST);
  }

  /** The share of the keys that was seen: a maximum among half of them is no maximum. */
  #coverage(): string {
    if (this.#isComplete) return `all ${this.#seen} keys`;
    const percent = this.#total === 0 ? 0 : Math.min(99, Math.floor((100 * this.#seen) / this.#total));
    return `${percent} % of ${this.#total} keys`;
  }

  /** Bytes of a prefix are not estimated for all keys: one big key may be as large as a million others. */
  #rows(): Inspection['rows'] {
    const factor = this.#isComplete || this.#seen === 0 ? 1 : Math.max(1, this.#total / this.#seen);
    const prefixes = [...this.#prefixes].map(([prefix, { keys, withoutTtl, bytes }]): Row => ({
      prefix,
      keys,
      without_ttl: withoutTtl,
      bytes,
      estimated_keys: Math.round(keys * factor),
      estimated_without_ttl: Math.round(withoutTtl * factor),
    }));
    const byBytes = prefixes.toSorted((a, b) => Number(b['bytes']) - Number(a['bytes']));
    return { bigkeys: this.#biggest, prefixes: byBytes.slice(0, BIGGEST) };
  }
}

/** The load: one who writes, many who read, and when the last of them has each entry. */
import type { Contestant } from './peers.ts';
import { Counter, entryText, Numbers, type Wire } from './wire.ts';

const FILLER = 'x'.repeat(270);
const IN_FLIGHT = 256;

export class Load {
  readonly #contestant: Contestant;
  readonly #writer: Wire;
  readonly #readers: number;
  readonly #room: string | null;
  #n = 0;
  /** Entries the writer was told are done, all in all. */
  #done = 0;
  /** Bytes that came to each reader since the phase began. */
  readonly #bytes: number[];
  /** Whether entries are looked for; else only bytes are counted. */
  #looking = true;
  readonly #sentAt: number[] = [];
  readonly #got: number[] = [];
  #latencies: number[] = [];

  readonly #filler: string;

  constructor(
    contestant: Contestant,
    writer: Wire,
    readers: readonly Wire[],
    room: string | null,
    filler: string = FILLER,
  ) {
    this.#filler = filler;
    this.#contestant = contestant;
    this.#writer = writer;
    this.#readers = readers.length;
    this.#room = room;
    this.#bytes = readers.map(() => 0);
    const acks = new Counter(contestant.done);
    writer.onBytes = (bytes) => {
      this.#done += acks.in(bytes);
      this.#refill();
    };
    for (const [index, reader] of readers.entries()) {
      const numbers = new Numbers();
      reader.onBytes = (bytes) => {
        this.#bytes[index] = (this.#bytes[index] ?? 0) + bytes.length;
        if (this.#looking) for (const n of numbers.in(bytes)) this.#arrived(n);
      };
    }
  }

  #refill: () => void = () => {};

  #arrived(n: number): void {
    const got = (this.#got[n] ?? 0) + 1;
    this.#got[n] = got;
    const sentAt = this.#sentAt[n];
    if (got === this.#readers && sentAt !== undefined) this.#latencies.push(performance.now() - sentAt);
  }

  #next(): string {
    const n = this.#n++;
    return this.#contestant.frame(n, entryText(n, this.#filler), this.#room);
  }

  /** Open loop; milliseconds from sending to the last reader. */
  async paced(perSecond: number, ms: number): Promise<readonly number[]> {
    this.#latencies = [];
    const start = performance.now();
    const total = Math.round((perSecond * ms) / 1000);
    for (let sent = 0; sent < total; sent++) {
      const wait = start + (sent * 1000) / perSecond - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      this.#sentAt[this.#n] = performance.now();
      this.#writer.send(this.#next());
    }
    await until(() => this.#latencies.length >= total, 10_000);
    return this.#latencies.splice(0);
  }

  /**
   * Closed loop, IN_FLIGHT at a time; entries a second that reached every reader. Readers only count bytes until the
   * end; then one more entry is sent, and the clock stops when the last of them has it. Everything comes in order, so
   * they have all before it as well.
   */
  async sustained(ms: number): Promise<number> {
    const first = this.#n;
    const before = this.#done;
    let running = true;
    this.#looking = false;
    this.#bytes.fill(0);
    this.#refill = () => {
      const free = running ? IN_FLIGHT - (this.#n - first - (this.#done - before)) : 0;
      if (free > 0) this.#writer.send(...Array.from({ length: free }, () => this.#next()));
    };
    const start = performance.now();
    this.#refill();
    await new Promise((resolve) => setTimeout(resolve, ms));
    running = false;
    const sent = this.#n - first;
    await until(() => this.#done - before >= sent, 30_000);
    this.#looking = true;
    const last = this.#n;
    this.#writer.send(this.#next());
    await until(() => this.#got[last] === this.#readers, 30_000);
    const took = performance.now() - start;
    const least = Math.min(...this.#bytes);
    if (least < sent * this.#filler.length) throw new Error(`a reader got ${least} bytes of ${sent} entries`);
    return ((sent + 1) / took) * 1000;
  }
}

/** Asks in every turn of the loop that has nothing else to do for a while. Rejects after `ms`. */
async function until(good: () => boolean, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!good()) {
    if (performance.now() > end) throw new Error('entries did not arrive');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

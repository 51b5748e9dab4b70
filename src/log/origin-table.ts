/** The seq of each stored (client, n), in about 20 bytes a command. */

/** A seeded hash table in typed arrays: no choice of n is expensive. */
export class OriginTable {
  readonly #clients = new Map<string, number>();
  readonly #seed: number;
  #count = 0;
  #client = new Uint32Array(64);
  #n = new Float64Array(64);
  #seq = new Uint32Array(64);
  /** Row + 1; 0: free. Twice as many slots as rows, a power of two. */
  #slots = new Uint32Array(128);

  /** `seed`: random, so that nobody can choose n that collide. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** The seq stored for this (client, n), or 0. */
  find(client: string, n: number): number {
    const id = this.#clients.get(client);
    if (id === undefined) return 0;
    const row = this.#slots[this.#slot(id, n)] ?? 0;
    return row === 0 ? 0 : (this.#seq[row - 1] ?? 0);
  }

  /** False when there was one already, which stays. */
  add(client: string, n: number, seq: number): boolean {
    let id = this.#clients.get(client);
    if (id === undefined) {
      id = this.#clients.size;
      this.#clients.set(client, id);
    }
    if (this.#count === this.#n.length) this.#grow();
    const slot = this.#slot(id, n);
    if (this.#slots[slot] !== 0) return false;
    this.#client[this.#count] = id;
    this.#n[this.#count] = n;
    this.#seq[this.#count] = seq;
    this.#slots[slot] = ++this.#count;
    return true;
  }

  /** The slot of (id, n), or the free one for it. */
  #slot(id: number, n: number): number {
    const mask = this.#slots.length - 1;
    let hash =
      Math.imul(id ^ this.#seed, 0x9e3779b1) ^ ((n % 0x100000000) | 0) ^ Math.imul(n / 0x100000000, 0x85ebca6b);
    hash = Math.imul(hash ^ this.#seed ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (;;) {
      const row = this.#slots[slot] ?? 0;
      if (row === 0 || (this.#client[row - 1] === id && this.#n[row - 1] === n)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const size = this.#n.length * 2;
    const client = new Uint32Array(size);
    const n = new Float64Array(size);
    const seq = new Uint32Array(size);
    client.set(this.#client);
    n.set(this.#n);
    seq.set(this.#seq);
    [this.#client, this.#n, this.#seq] = [client, n, seq];
    this.#slots = new Uint32Array(size * 2);
    for (let row = 0; row < this.#count; row++) this.#slots[this.#slot(client[row] ?? 0, n[row] ?? 0)] = row + 1;
  }
}

/** A seed from a random id. */
export const seedOf = (id: string): number => Number.parseInt(id.replace(/[^0-9a-f]/gi, '').slice(0, 7), 16) || 0;

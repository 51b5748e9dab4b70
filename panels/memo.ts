/** What panels keep from one frame to the next. The console owns the memo; without one a panel gives the same lines. */

/** Makes the first value of one panel's data, and is the key under which a memo keeps it. */
export type MemoSlot<T> = () => T;

export class Memo {
  readonly #values = new Map<MemoSlot<unknown>, unknown>();

  /** The value in `slot`; the caller may change it. */
  in<T>(slot: MemoSlot<T>): T {
    if (!this.#values.has(slot)) this.#values.set(slot, slot());
    // Only the same slot put it there.
    return this.#values.get(slot) as T;
  }
}

/** The key of a silent target changes every second while the object stays the same. */
const KEYS_KEPT = 8;

/** Values made from an object and a key that names everything else they depend on; freed with the object. */
export class Memory<K extends object, V> {
  readonly #known = new WeakMap<K, Map<string, V>>();

  get(owner: K, key: string, make: () => V): V {
    const values = this.#known.get(owner) ?? new Map<string, V>();
    this.#known.set(owner, values);
    const known = values.get(key);
    if (known !== undefined) return known;
    if (values.size >= KEYS_KEPT) values.clear();
    const value = make();
    values.set(key, value);
    return value;
  }
}

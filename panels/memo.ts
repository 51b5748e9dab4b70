/**
 * What panels made before and may show again, so that a frame costs only what changed. The console owns one for as long
 * as it runs and passes it in; without it panels give the same lines, only slower.
 */

/** The place of one panel's things in a memo. */
export interface Slot<T> {
  /** What stands there at first. */
  readonly blank: () => T;
}

export class Memo {
  readonly #things = new Map<Slot<unknown>, unknown>();

  /** What stands in `slot`; whoever asks may change it. */
  in<T>(slot: Slot<T>): T {
    if (!this.#things.has(slot)) this.#things.set(slot, slot.blank());
    // Only `blank` of the same slot put it there.
    return this.#things.get(slot) as T;
  }
}

/** Of a target that fell silent the same object stays while seconds pass, each with another key. */
const KEYS_KEPT = 8;

/** Values made from an object, by a key that says what else they depend on; forgotten with the object. */
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

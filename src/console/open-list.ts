/** What a list to pick from is: its rows, and what its keys do. */
import type { Key } from '../terminal/editor.ts';
import type { Line } from '../terminal/text.ts';
import type { UiChange } from './state.ts';

/** What the keys of a list need to know. */
export interface ListKeys {
  /** Index of the marked item. */
  readonly at: number;
  readonly count: number;
  /** Of item `i`, where items are told apart. */
  readonly idOf?: (i: number) => string | undefined;
  /** What Enter does; null: nothing. */
  readonly enter: (() => UiChange) | null;
  /** The effect of keys that neither move nor type; null for other keys. */
  readonly other?: ((key: Key) => UiChange | null) | undefined;
}

export interface OpenList extends ListKeys {
  readonly title: string;
  /** Item `i` in `cols` cells. */
  readonly row: (i: number, cols: number) => Line;
  /** Shown for an empty list. */
  readonly none: string;
  /** The keys that the last row names besides Esc. */
  readonly keys: string;
  /** A row above the last one. */
  readonly hint?: string | undefined;
}

export const clamp = (at: number, count: number): number => Math.max(0, Math.min(at, count - 1));

interface Items<T> extends Pick<OpenList, 'title' | 'none'>, Partial<Pick<OpenList, 'keys' | 'hint' | 'enter'>> {
  readonly row: (item: T, cols: number, i: number) => Line;
  /** Tells items apart: the mark stays with its item when others come and go. */
  readonly id?: (item: T) => string;
  /** What is done with the marked item, instead of what is done without one. */
  readonly does: (item: T) => Partial<Pick<OpenList, 'keys' | 'hint' | 'enter' | 'other'>>;
}

/** A list of `items`. `at`: where the mark is, unless the item `marked` is there; negative: at the end. */
export function listOver<T>(
  items: readonly T[],
  { at: from, marked }: { readonly at: number; readonly marked?: string | undefined },
  { row, id, does, ...without }: Items<T>,
): OpenList {
  const idOf = (i: number): string | undefined => (items[i] === undefined ? undefined : id?.(items[i]));
  const found = marked === undefined ? -1 : items.findIndex((_, i) => idOf(i) === marked);
  const at = found >= 0 ? found : clamp(from < 0 ? items.length : from, items.length);
  return {
    at,
    count: items.length,
    idOf,
    row: (i, cols) => (items[i] === undefined ? [] : row(items[i], cols, i)),
    enter: null,
    keys: '',
    ...without,
    ...(items[at] !== undefined && does(items[at])),
  };
}

/** `NEXT   3`; the count only where there is one. */
export const titled = (title: string, count: number): string => (count === 0 ? title : `${title}   ${count}`);

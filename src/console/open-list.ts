/** What a list to pick from is: its rows, and what its keys do. */
import type { Key } from '../terminal/editor.ts';
import type { Line } from '../terminal/text.ts';
import type { UiChange } from './state.ts';

/** What the keys of a list need to know. */
export interface ListKeys {
  /** Index of the marked item. */
  readonly at: number;
  readonly count: number;
  /** What Enter does; null: nothing. */
  readonly enter: (() => UiChange) | null;
  /** The effect of keys that neither move nor type; null for other keys. */
  readonly other?: (key: Key) => UiChange | null;
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
  readonly hint?: string;
}

export const clamp = (at: number, count: number): number => Math.max(0, Math.min(at, count - 1));

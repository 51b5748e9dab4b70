/** The contract of a panel: a pure function of what is known and the room it gets. */
import type { Line, Size } from '../src/terminal/text.ts';
import type { Model } from './model.ts';

/** In the order of badness; `none`: there is no target to speak of. */
export type Health = 'crit' | 'warn' | 'stale' | 'no-data' | 'partial' | 'ok' | 'none';

export interface Panel {
  readonly id: string;
  readonly title: string;
  /** Glyph letter for the narrowest layout: `R✓`. */
  readonly letter: string;
  /** The kinds of target it shows; a panel is redrawn when one of them has news. Empty: it shows the incident. */
  readonly needs: readonly string[];
  /** Lower comes first and folds last. */
  readonly order: number;
  /** Rows it would like, without the border, at this width. */
  wants(model: Model, cols: number): number;
  health(model: Model): Health;
  /** The few words that stand for the whole panel when it is folded: `PG ▲ WARN 88/100`. */
  summary(model: Model, cols: number): Line;
  /** Exactly the lines that fit `size`; never wider, never more. */
  render(model: Model, size: Size): readonly Line[];
}

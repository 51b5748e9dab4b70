/** The contract of a panel: a pure function of what is known and the room it gets. */
import type { Line, Size } from '../src/terminal/text.ts';
import type { Model } from './model.ts';

/** Worst first; `none`: no target is there to judge. */
export const HEALTHS = ['crit', 'warn', 'stale', 'no-data', 'partial', 'ok', 'none'] as const;
export type Health = (typeof HEALTHS)[number];

export interface Panel {
  readonly id: string;
  readonly title: string;
  /** Words beside the title: `3 of 5`. */
  readonly note?: (model: Model) => string;
  /** Stands for the panel in the narrowest layout: `R✓`. */
  readonly letter: string;
  /** The kinds of target it shows: one row while there is none. Absent: it shows the incident. */
  readonly needs?: readonly string[];
  /** Rows it would like at this width, without the border. */
  wants(model: Model, cols: number): number;
  health(model: Model): Health;
  /** The folded panel: `PG ▲ WARN 88/100`. */
  summary(model: Model, cols: number): Line;
  /** At most `size.rows` lines of at most `size.cols` cells; `size` is at least one cell. */
  render(model: Model, size: Size): readonly Line[];
}

/** What always has its place on the screen, and never folds. */
export type FixedPanel = Pick<Panel, 'id' | 'title' | 'health' | 'render'>;

/** The panels by where they are drawn, each list in the order of drawing: the last folds first. */
export interface Panels {
  readonly header: FixedPanel;
  readonly timeline: FixedPanel;
  /** Of the systems. */
  readonly slotted: readonly Panel[];
  /** Of the incident, beside the timeline on wide screens. */
  readonly context: readonly Panel[];
}

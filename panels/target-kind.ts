/** What differs between the panels of systems: where each spec comes from, what is said first, what when there is room. */
import type { Line } from '../src/terminal/text.ts';
import { valueIn } from './measure.ts';
import type { Poll } from './metric.ts';
import type { HealthSpec } from './target-health.ts';
import type { Section } from './table.ts';
import type { Trend } from './trend.ts';

export interface TargetKind extends HealthSpec {
  readonly id: string;
  /** Whether it shows targets of this kind too, for want of a panel of their own. */
  readonly alsoShows?: (kind: string) => boolean;
  readonly title: string;
  readonly letter: string;
  readonly order: number;
  /** What one is called: `no Redis target`. */
  readonly noun: string;
  /** The name in the strip: `PG`. */
  readonly short: string;
  /** What is drawn over time, what matters most first: the first as a sparkline, all of them as charts. */
  readonly trends: readonly [Trend, ...Trend[]];
  /** Rows of the body that stand above the sparkline; null: none is drawn. */
  readonly trendAfter: number | null;
  /** Version and role, dim. */
  about(poll: Poll): string;
  /** The rows below the head of a block, what matters most first. */
  body(poll: Poll, cols: number, ascii: boolean): readonly Line[];
  /** Who blocks whom, the longest, the biggest: below the body, as far as there is room. */
  sections(poll: Poll, cols: number, ascii: boolean): readonly Section[];
  /** What a wide list of several targets says of each, beside its state. */
  readonly columns: readonly { readonly title: string; of(poll: Poll): string }[];
}

/** The value of a metric as words; empty when it was not read. */
export function said(poll: Poll, metric: string, as: (value: number) => string): string {
  const value = valueIn(poll.reading, metric);
  return value === null ? '' : as(value);
}

/** Facts that are there, in one line. */
export const factsLine = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(' · ');

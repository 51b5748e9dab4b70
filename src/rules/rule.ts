/** A rule as loaded from a file. */
import type { Severity } from '../incident/severity.ts';
import type { Dialect, Expr } from './expr.ts';
import type { NoData } from './parser.ts';
import type { Template } from './template.ts';

/** A place in a file; line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line, passwords in URLs masked; null when it is too long or unreadable. */
  readonly source: string | null;
}

export interface RuleMetric {
  /** '' for a selector without a name. */
  readonly name: string;
  /** The kind of target; null: any. */
  readonly kind: string | null;
  readonly location: SourceLocation;
}

export interface Rule {
  /** Unique, and stable over restarts. */
  readonly id: string;
  readonly name: string;
  /** What outside reports its alerts; absent: a rule of ours. */
  readonly source?: string;
  readonly dialect: Dialect;
  readonly text: string;
  readonly expr: Expr;
  /** In reading order. */
  readonly metrics: readonly RuleMetric[];
  readonly forMs: number;
  /** How long an alert fires on after its condition became false. */
  readonly keepMs: number;
  readonly nodata: NoData;
  readonly severity: Severity;
  readonly route: string | null;
  readonly runbook: string | null;
  /** Its alerts inhibit those of other rules with the same values of these labels. */
  readonly inhibits: readonly string[];
  readonly labels: Readonly<Record<string, Template>>;
  readonly annotations: Readonly<Record<string, Template>>;
  /** Where the rule begins, and where its runbook is named (else the same). */
  readonly location: SourceLocation;
  readonly runbookLocation: SourceLocation;
}

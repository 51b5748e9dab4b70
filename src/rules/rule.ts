/** A rule as it was loaded from a file: what it asks, how long, and what its alerts say. */
import type { Severity } from '../incident/severity.ts';
import type { Dialect, Expr } from './expr.ts';
import type { NoData } from './parser.ts';
import type { Template } from './template.ts';

/** A character of a file; `line` and `column` count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line as written, passwords in URLs masked; null when it is too long to show or could not be read. */
  readonly source: string | null;
}

/** A metric as a rule's expression names it. */
export interface RuleMetric {
  /** Empty for a selector of labels alone. */
  readonly name: string;
  /** The kind of target that gives it; null: it may come from anywhere. */
  readonly kind: string | null;
  readonly location: SourceLocation;
}

export interface Rule {
  /** Unique among all rules, the same after every restart. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly dialect: Dialect;
  /** The condition as written. */
  readonly text: string;
  readonly expr: Expr;
  /** What `expr` asks for, in reading order. */
  readonly metrics: readonly RuleMetric[];
  readonly forMs: number;
  /** How long an alert goes on firing after its condition ceased to hold. */
  readonly keepMs: number;
  readonly nodata: NoData;
  readonly severity: Severity;
  readonly route: string | null;
  readonly runbook: string | null;
  /** While an alert of this rule fires, alerts of other rules that agree on these labels are inhibited. Empty: none. */
  readonly inhibits: readonly string[];
  /** Added to the labels of each alert. */
  readonly labels: Readonly<Record<string, Template>>;
  readonly annotations: Readonly<Record<string, Template>>;
  /** Where the rule begins, and where its runbook is named: the same without a runbook. */
  readonly location: SourceLocation;
  readonly runbookLocation: SourceLocation;
}

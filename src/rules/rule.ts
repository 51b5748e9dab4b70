/** A rule as it was loaded from a file: what it asks, how long, and what its alerts say. */
import type { Severity } from '../incident/severity.ts';
import type { Dialect, Expr } from './expr.ts';
import type { NoData } from './parser.ts';
import type { Template } from './template.ts';

export interface Rule {
  /** Unique among all rules, the same after every restart. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly dialect: Dialect;
  /** The condition as written. */
  readonly text: string;
  readonly expr: Expr;
  readonly forMs: number;
  /** How long an alert goes on firing after its condition ceased to hold. */
  readonly keepMs: number;
  readonly nodata: NoData;
  readonly severity: Severity;
  readonly route: string | null;
  readonly runbook: string | null;
  /** While an alert of this rule fires, alerts of other rules that agree on these labels are muted. Empty: none. */
  readonly inhibits: readonly string[];
  /** Added to the labels of each alert. */
  readonly labels: Readonly<Record<string, Template>>;
  readonly annotations: Readonly<Record<string, Template>>;
  /** Where it stands. `line` counts from 1. */
  readonly file: string;
  readonly line: number;
}

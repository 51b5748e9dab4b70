/** An alert that something outside reports, evaluated as a rule of its own, so that it lives as our own alerts do. */
import type { Severity } from '../incident/severity.ts';
import { inactive, isActive, observe, type Alert } from './alert.ts';
import { NO_LABELS, type Labels } from './labels.ts';
import type { Rule, SourceLocation } from './rule.ts';
import type { EvaluationContext } from './series.ts';
import { Tracker, type AlertChange } from './tracker.ts';

export interface ReportedAlert {
  /** Its id: stable over restarts, and none of a rule. */
  readonly alert: string;
  /** What reports it, such as `alertmanager`. */
  readonly source: string;
  readonly name: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly labels: Labels;
  readonly runbook: string | null;
  readonly route: string | null;
  /** When it began, by the sender's clock; ms since 1970. */
  readonly since: number;
  /** False: whoever reported it can report nothing any more. */
  readonly isKnown: boolean;
}

export class ReportedTracker extends Tracker {
  override readonly since: number;
  readonly #isKnown: boolean;
  #isOver = false;

  /** `before`: the tracker of the same alert as it was reported last. */
  constructor(reported: ReportedAlert, before: Tracker | undefined) {
    super(ruleOf(reported));
    this.since = reported.since;
    this.#isKnown = reported.isKnown;
    for (const [key, alert] of before?.alerts ?? []) this.alerts.set(key, alert);
  }

  /** It is reported no more. Answers whether it has to be told. */
  end(): boolean {
    this.#isOver = true;
    return this.alerts.size > 0;
  }

  override step({ now, wall }: EvaluationContext): AlertChange[] {
    const truth = this.#isOver ? false : this.#isKnown ? true : null;
    const tracked = this.alerts.get(KEY);
    if (tracked === undefined && truth !== true) return [];
    const before = tracked ?? inactive(NO_LABELS, now);
    const observed = observe(this.rule, before, { truth, value: null, sampledAt: now, vanished: false }, now);
    const begins = isActive(observed) && !isActive(before);
    const after: Alert = begins ? { ...observed, activeAt: now - Math.max(0, wall - this.since) } : observed;
    this.alerts.set(KEY, after);
    return after.phase === before.phase ? [] : [{ key: KEY, before }];
  }
}

/** It has one alert, without labels of a series. */
const KEY = '';
const NOWHERE: SourceLocation = { file: '', line: 1, column: 1, source: null };

const ruleOf = ({ alert, source, name, severity, summary, labels, runbook, route }: ReportedAlert): Rule => ({
  id: alert,
  name,
  source,
  dialect: 'handbook',
  text: '',
  expr: { kind: 'number', amount: 1, at: 0, unit: '', per: null },
  metrics: [],
  forMs: 0,
  keepMs: 0,
  nodata: 'keep',
  severity,
  route,
  runbook,
  inhibits: [],
  labels: Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, [value]])),
  annotations: { summary: [summary] },
  location: NOWHERE,
  runbookLocation: NOWHERE,
});

/** Runs rule tests written for `promtool test rules`, against our own rules and evaluators. */
import type { Expr } from '../rules/expr.ts';
import { keyOf, type Labels } from '../rules/labels.ts';
import { PromqlError } from '../rules/vector-matching.ts';
import { evaluate, items } from '../rules/promql-evaluator.ts';
import type { Rule } from '../rules/rule.ts';
import { show } from '../rules/template.ts';
import { alertAnnotations, alertLabels, Tracker } from '../rules/tracker.ts';
import { formatDuration } from '../incident/time.ts';
import { loadRules } from './load-rules.ts';
import { TestStore } from './rule-test-series.ts';
import { readTestFile, type AlertCase, type ExprCase, type RuleTest } from './rule-test-file.ts';
import { fileFault, type ConfigFault } from './fault.ts';
import type { TextFile } from './text-file.ts';

/** The answer, in the shape the contract gives `rules test --json`. */
interface RuleTestReport {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly RuleTestFailure[];
}
export interface RuleTestFailure {
  readonly file: string;
  readonly test: string;
  /** As written, e.g. `5m`. Empty when the file could not be used at all. */
  readonly evalTime: string;
  /** The alert, or for `promql_expr_test` the expression. */
  readonly alert: string;
  readonly expected: unknown;
  readonly got: unknown;
}
/** Files that a `rule_files` pattern of the test file at `from` names; empty when there are none. */
type FindRules = (from: string, pattern: string) => readonly TextFile[];

/** What an expected alert and a firing one are compared by. */
interface AlertShape {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** Steps of evaluation one test may need; beyond it the file is refused. */
const MAX_STEPS = 100_000;

export function runRuleTests(files: readonly TextFile[], find: FindRules): RuleTestReport {
  const failures: RuleTestFailure[] = [];
  let passed = 0;
  for (const file of files) {
    const { value, faults } = readTestFile(file);
    const ruleFiles = value?.ruleFiles.map((pattern) => ({ pattern, found: find(file.path, pattern) })) ?? [];
    const { rules, faults: ruleFaults } = loadRules(ruleFiles.flatMap(({ found }) => found));
    const missing = ruleFiles
      .filter(({ found }) => found.length === 0)
      .map(({ pattern }) => absent(file.path, pattern));
    const all = [...faults, ...missing, ...ruleFaults];
    failures.push(...all.map((fault) => unusable(file.path, fault)));
    if (value === null || all.length > 0) continue;
    for (const test of value.tests) {
      const result = runTest(file.path, test, rules, value.evaluationMs);
      failures.push(...result.failures);
      passed += result.passed;
    }
  }
  return { passed, failed: failures.length, failures };
}

const absent = (file: string, pattern: string): ConfigFault =>
  fileFault(file, `no rule file matches ${JSON.stringify(pattern)}`);

const unusable = (file: string, fault: ConfigFault): RuleTestFailure => ({
  file,
  test: '',
  evalTime: '',
  alert: '',
  expected: 'a file without faults',
  got: `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`,
});

/** One test: steps the clock, evaluates rules at every step and looks at alerts and expressions when asked to. */
function runTest(
  file: string,
  test: RuleTest,
  rules: readonly Rule[],
  stepMs: number,
): { passed: number; failures: RuleTestFailure[] } {
  const failures: RuleTestFailure[] = [];
  const store = new TestStore(test.series, test.intervalMs);
  const trackers = rules.map((rule) => new Tracker(rule));
  const total = test.alerts.length + test.exprs.length;
  const fail = (evalTime: string, alert: string, expected: unknown, got: unknown): void => {
    failures.push({ file, test: test.name, evalTime, alert, expected, got });
  };
  const end = Math.max(0, ...test.alerts.map(({ atMs }) => atMs), ...test.exprs.map(({ atMs }) => atMs));
  if (end / stepMs > MAX_STEPS) {
    fail(
      formatDuration(end),
      '',
      `at most ${MAX_STEPS} steps`,
      `${Math.floor(end / stepMs)} steps of ${formatDuration(stepMs)}`,
    );
    return { passed: 0, failures };
  }
  for (let now = 0; now <= end; now += stepMs) {
    store.advance(now);
    for (const tracker of trackers) {
      tracker.step(store.moment(now, tracker.rule.dialect), false, () => now);
      tracker.sweep(now);
      if (tracker.fault === null) continue;
      fail(formatDuration(now), tracker.rule.name, 'an evaluation without faults', tracker.fault);
      return { passed: total - failures.length, failures };
    }
    store.recordAlerts(trackers, now);
    const due = (at: number): boolean => at >= now && at < now + stepMs;
    for (const one of test.alerts.filter(({ atMs }) => due(atMs))) checkAlert(one, trackers, fail);
    for (const one of test.exprs.filter(({ atMs }) => due(atMs)).toSorted((a, b) => a.atMs - b.atMs)) {
      store.advance(one.atMs);
      checkExpr(one, store, fail);
    }
  }
  return { passed: total - failures.length, failures };
}

type Fail = (evalTime: string, alert: string, expected: unknown, got: unknown) => void;

function checkAlert(one: AlertCase, trackers: readonly Tracker[], fail: Fail): void {
  const firing = trackers
    .filter(({ rule }) => rule.name === one.alertname)
    .flatMap(({ rule, alerts }) =>
      [...alerts.values()]
        .filter(({ phase }) => phase === 'firing' || phase === 'no_data')
        .map((alert) => ({
          labels: { ...alertLabels(rule, alert), alertname: rule.name },
          annotations: alertAnnotations(rule, alert),
        })),
    );
  const expected = one.expected.map(({ labels, annotations }) => ({
    labels: { ...labels, alertname: one.alertname },
    annotations,
  }));
  if (canonical(expected) !== canonical(firing)) fail(one.evalTime, one.alertname, expected, firing);
}

const canonical = (alerts: readonly AlertShape[]): string =>
  JSON.stringify(alerts.map(({ labels, annotations }) => [keyOf(labels), keyOf(annotations)].join('\n')).sort());

function checkExpr(one: ExprCase, store: TestStore, fail: Fail): void {
  const expected = one.expected.map(({ name, labels, value }) => ({ series: series(name, labels), value }));
  let got: { series: string; value: number }[];
  try {
    got = results(one.expr, store, one.atMs);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    fail(one.evalTime, one.text, expected, error.message);
    return;
  }
  const text = (all: readonly { series: string; value: number }[]): string =>
    all
      .map(({ series, value }) => `${series} ${value}`)
      .sort()
      .join('\n');
  if (text(expected) !== text(got)) fail(one.evalTime, one.text, expected.map(inJson), got.map(inJson));
}

const results = (expr: Expr, store: TestStore, atMs: number): { series: string; value: number }[] =>
  items(evaluate(expr, store.moment(atMs, 'prometheus'))).map(({ name, labels, value }) => ({
    series: series(name, labels),
    value,
  }));

/** JSON has no infinities; they are told as text. */
const inJson = ({ series, value }: { series: string; value: number }): unknown => ({
  series,
  value: Number.isFinite(value) ? value : show(value),
});

const series = (name: string, labels: Labels): string => `${name}{${keyOf(labels)}}`;

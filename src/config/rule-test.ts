/** Runs rule tests written for `promtool test rules`, against our own rules and evaluators. */
import { keyOf, type Labels } from '../rules/labels.ts';
import { evaluate, items, PromqlError } from '../rules/promql-evaluator.ts';
import type { Rule } from '../rules/rule.ts';
import { show } from '../rules/template.ts';
import { alertAnnotations, alertLabels, Tracker } from '../rules/tracker.ts';
import { formatDuration } from '../incident/time.ts';
import { loadRules } from './load-rules.ts';
import { TestStore } from './rule-test-series.ts';
import { readTestFile, type AlertCase, type ExprCase, type RuleTest } from './rule-test-file.ts';
import { fileFault } from './fault.ts';
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
type Mismatch = Pick<RuleTestFailure, 'expected' | 'got'>;

/** Steps of evaluation one test may need; beyond it the file is refused. */
const MAX_STEPS = 100_000;

/** `find`: the files that a `rule_files` pattern of the test file at `from` matches. */
export function runRuleTests(
  files: readonly TextFile[],
  find: (from: string, pattern: string) => readonly TextFile[],
): RuleTestReport {
  const failures: RuleTestFailure[] = [];
  let passed = 0;
  for (const file of files) {
    const { value, faults } = readTestFile(file);
    const ruleFiles = value?.ruleFiles.map((pattern) => ({ pattern, found: find(file.path, pattern) })) ?? [];
    const { rules, faults: ruleFaults } = loadRules(ruleFiles.flatMap(({ found }) => found));
    const missing = ruleFiles.flatMap(({ pattern, found }) =>
      found.length > 0 ? [] : [fileFault(file.path, `no rule file matches ${JSON.stringify(pattern)}`)],
    );
    const all = [...faults, ...missing, ...ruleFaults];
    for (const fault of all) {
      const got = `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`;
      failures.push({ file: file.path, test: '', evalTime: '', alert: '', expected: 'a file without faults', got });
    }
    if (value === null || all.length > 0) continue;
    for (const test of value.tests) {
      const result = runTest(file.path, test, rules, value.evaluationMs);
      failures.push(...result.failures);
      passed += result.passed;
    }
  }
  return { passed, failed: failures.length, failures };
}

/** Steps the clock, evaluates the rules at every step, and checks alerts and expressions that are due. */
function runTest(
  file: string,
  test: RuleTest,
  rules: readonly Rule[],
  stepMs: number,
): { passed: number; failures: RuleTestFailure[] } {
  const failures: RuleTestFailure[] = [];
  const fail = (evalTime: string, alert: string, mismatch: Mismatch | null): void => {
    if (mismatch !== null) failures.push({ file, test: test.name, evalTime, alert, ...mismatch });
  };
  const end = Math.max(0, ...[...test.alerts, ...test.exprs].map(({ atMs }) => atMs));
  if (end / stepMs > MAX_STEPS) {
    const got = `${Math.floor(end / stepMs)} steps of ${formatDuration(stepMs)}`;
    fail(formatDuration(end), '', { expected: `at most ${MAX_STEPS} steps`, got });
    return { passed: 0, failures };
  }
  const store = new TestStore(test.series, test.intervalMs);
  const trackers = rules.map((rule) => new Tracker(rule));
  const total = test.alerts.length + test.exprs.length;
  for (let now = 0; now <= end; now += stepMs) {
    store.advance(now);
    for (const tracker of trackers) {
      tracker.step(store.moment(now, tracker.rule.dialect), false, () => now);
      tracker.sweep(now);
      if (tracker.fault === null) continue;
      fail(formatDuration(now), tracker.rule.name, { expected: 'an evaluation without faults', got: tracker.fault });
      return { passed: total - failures.length, failures };
    }
    store.recordAlerts(trackers, now);
    const isDue = ({ atMs }: { readonly atMs: number }): boolean => atMs >= now && atMs < now + stepMs;
    for (const one of test.alerts.filter(isDue)) fail(one.evalTime, one.alertname, checkAlert(one, trackers));
    for (const one of test.exprs.filter(isDue).toSorted((a, b) => a.atMs - b.atMs)) {
      store.advance(one.atMs);
      fail(one.evalTime, one.text, checkExpr(one, store));
    }
  }
  return { passed: total - failures.length, failures };
}

function checkAlert({ alertname, expected: cases }: AlertCase, trackers: readonly Tracker[]): Mismatch | null {
  const got = trackers
    .filter(({ rule }) => rule.name === alertname)
    .flatMap(({ rule, alerts }) =>
      [...alerts.values()]
        .filter(({ phase }) => phase === 'firing' || phase === 'no_data')
        .map((alert) => ({
          labels: { ...alertLabels(rule, alert), alertname },
          annotations: alertAnnotations(rule, alert),
        })),
    );
  const expected = cases.map(({ labels, annotations }) => ({ labels: { ...labels, alertname }, annotations }));
  return canonical(expected) === canonical(got) ? null : { expected, got };
}

const canonical = (alerts: AlertCase['expected']): string =>
  JSON.stringify(alerts.map(({ labels, annotations }) => [keyOf(labels), keyOf(annotations)].join('\n')).sort());

function checkExpr(one: ExprCase, store: TestStore): Mismatch | null {
  const expected = one.expected.map(shown);
  try {
    const got = items(evaluate(one.expr, store.moment(one.atMs, 'prometheus'))).map(shown);
    const text = (all: typeof got): string =>
      JSON.stringify(all.map(({ series, value }) => `${series} ${value}`).sort());
    return text(expected) === text(got) ? null : { expected, got };
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return { expected, got: error.message };
  }
}

/** A result as it is reported; JSON has no infinities, so they become text. */
const shown = ({ name, labels, value }: { name: string; labels: Labels; value: number }) => ({
  series: `${name}{${keyOf(labels)}}`,
  value: Number.isFinite(value) ? value : show(value),
});

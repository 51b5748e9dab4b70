/** Reads and runs rule tests in the format of `promtool test rules`, against our own rules and evaluators. */
import { keyOf, type Labels } from '../rules/labels.ts';
import { evaluate, items, PromqlError } from '../rules/promql-evaluator.ts';
import type { Rule } from '../rules/rule.ts';
import { valueText } from '../rules/template.ts';
import { alertAnnotations, alertLabels, Tracker } from '../rules/tracker.ts';
import { formatDuration } from '../incident/time.ts';
import { loadRules, parsed } from './load-rules.ts';
import { TestStore, type InputSeries } from './rule-test-series.ts';
import { fileFault } from './fault.ts';
import type { TextFile } from './text-file.ts';
import { isTextSetting, type SettingsReader } from '../probes/settings-reader.ts';
import { parsePoints, parseSeriesName } from '../rules/series-notation.ts';
import { parsePromql } from '../rules/parser.ts';
import { YamlFile } from './yaml-file.ts';

/** In the shape the contract gives `rules test --json`. */
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
): { passed: number; failed: number; failures: readonly RuleTestFailure[] } {
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
  value: Number.isFinite(value) ? value : valueText(value),
});

type RuleTest = ReturnType<typeof readTests>['tests'][number];
type AlertCase = ReturnType<typeof alertCase>;
type ExprCase = NonNullable<ReturnType<typeof exprCase>>;

const DEFAULT_MS = 60_000;
/** Points of all series of a file together. */
const MAX_TOTAL_POINTS = 2_000_000;

function readTestFile(text: TextFile) {
  const file = new YamlFile(text, null);
  const value = file.read(readTests, 'the file is empty');
  return { value: file.hasFaults ? null : value, faults: file.faults };
}

function readTests(top: SettingsReader) {
  const evaluationMs = top.duration('evaluation_interval', DEFAULT_MS);
  top.value('group_eval_order');
  const points = { left: MAX_TOTAL_POINTS };
  return {
    evaluationMs,
    ruleFiles: top.list('rule_files', isTextSetting, 'the name of a rule file, or a list of names'),
    tests: top.sections('tests').map((test, index) => {
      for (const key of ['external_labels', 'external_url'])
        if (test.has(key)) test.fault(key, `"${key}" is outside the subset`, { isKey: true });
      return {
        name: test.text('name', `#${index + 1}`),
        intervalMs: test.duration('interval', evaluationMs),
        series: test.sections('input_series').flatMap((item) => inputSeries(item, points) ?? []),
        alerts: test.sections('alert_rule_test').map(alertCase),
        exprs: test.sections('promql_expr_test').flatMap((item) => exprCase(item) ?? []),
      };
    }),
  };
}

/** `points.left`: how many points the file may still have. */
function inputSeries(item: SettingsReader, points: { left: number }): InputSeries | null {
  const name = parseSeriesName(item.filled('series') ?? '');
  const values = item.filled('values') ?? '';
  const found = points.left < 0 ? 'the series have more than 2,000,000 values' : parsePoints(values);
  points.left -= found.length;
  if (typeof name === 'string') item.fault('series', name);
  if (typeof found === 'string') item.fault('values', found);
  return typeof name === 'string' || typeof found === 'string' ? null : { ...name, points: found };
}

const alertCase = (item: SettingsReader) => ({
  ...evalTime(item),
  alertname: item.filled('alertname') ?? '',
  expected: item
    .sections('exp_alerts')
    .map((alert) => ({ labels: alert.map('exp_labels'), annotations: alert.map('exp_annotations') })),
});

function exprCase(item: SettingsReader) {
  const expr = parsed(item, 'expr', parsePromql);
  const expected = item.sections('exp_samples').flatMap(sample);
  const when = evalTime(item);
  return expr === null ? null : { ...when, text: String(item.value('expr')).trim(), expr, expected };
}

function sample(item: SettingsReader): { name: string; labels: Labels; value: number }[] {
  item.value('histogram');
  const labels = item.text('labels', '{}');
  const name = /^\s*\{\s*\}\s*$/.test(labels) ? { name: '', labels: {} } : parseSeriesName(labels);
  // YAML writes infinity with a dot.
  const points = parsePoints(item.text('value', '0').replace(/^([+-]?)\.(inf|nan)$/i, '$1$2'));
  const value = typeof points === 'string' ? null : points[0];
  if (typeof name === 'string') item.fault([], name);
  if (typeof value !== 'number') item.fault([], '"value" must be a number');
  return typeof name === 'string' || typeof value !== 'number' ? [] : [{ ...name, value }];
}

const evalTime = (item: SettingsReader) => ({
  evalTime: item.filled('eval_time') ?? '0',
  atMs: item.duration('eval_time', 0, 0),
});

/** Reads the file format of `promtool test rules`. */
import { isTextSetting, type SettingsReader } from '../probes/settings-reader.ts';
import type { Expr } from '../rules/expr.ts';
import type { Labels } from '../rules/labels.ts';
import { parsePoints, parseSeriesName } from '../rules/series-notation.ts';
import { parsePromql } from '../rules/parser.ts';
import type { InputSeries } from './rule-test-series.ts';
import { parsed } from './read-rule.ts';
import { YamlFile } from './yaml-file.ts';
import type { ConfigFault } from './fault.ts';
import type { TextFile } from './text-file.ts';

interface Case {
  readonly evalTime: string;
  readonly atMs: number;
}
export interface AlertCase extends Case {
  readonly alertname: string;
  readonly expected: readonly { readonly labels: Labels; readonly annotations: Labels }[];
}
export interface ExprCase extends Case {
  readonly text: string;
  readonly expr: Expr;
  readonly expected: readonly { readonly name: string; readonly labels: Labels; readonly value: number }[];
}
export interface RuleTest {
  readonly name: string;
  readonly intervalMs: number;
  readonly series: readonly InputSeries[];
  readonly alerts: readonly AlertCase[];
  readonly exprs: readonly ExprCase[];
}
interface RuleTestFile {
  readonly ruleFiles: readonly string[];
  readonly evaluationMs: number;
  readonly tests: readonly RuleTest[];
}

const DEFAULT_MS = 60_000;
/** Points of all series of a file together. */
const MAX_TOTAL_POINTS = 2_000_000;

/** The tests of a file; with any fault, none. */
export function readTestFile(text: TextFile): { value: RuleTestFile | null; faults: readonly ConfigFault[] } {
  const file = new YamlFile(text, null);
  const value = file.read(readTests, 'the file is empty');
  return { value: file.hasFaults ? null : value, faults: file.faults };
}

function readTests(top: SettingsReader): RuleTestFile {
  const evaluationMs = top.duration('evaluation_interval', DEFAULT_MS);
  top.value('group_eval_order');
  const points = { left: MAX_TOTAL_POINTS };
  return {
    evaluationMs,
    ruleFiles: top.list('rule_files', isTextSetting, 'the name of a rule file, or a list of names'),
    tests: top.sections('tests').map((test, index): RuleTest => {
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

const alertCase = (item: SettingsReader): AlertCase => ({
  ...evalTime(item),
  alertname: item.filled('alertname') ?? '',
  expected: item
    .sections('exp_alerts')
    .map((alert) => ({ labels: alert.map('exp_labels'), annotations: alert.map('exp_annotations') })),
});

function exprCase(item: SettingsReader): ExprCase | null {
  const expr = parsed(item, 'expr', parsePromql);
  const expected = item.sections('exp_samples').flatMap(sample);
  const when = evalTime(item);
  return expr === null ? null : { ...when, text: String(item.value('expr')).trim(), expr, expected };
}

function sample(item: SettingsReader): ExprCase['expected'] {
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

const evalTime = (item: SettingsReader): Case => ({
  evalTime: item.filled('eval_time') ?? '0',
  atMs: item.duration('eval_time', 0, 0),
});

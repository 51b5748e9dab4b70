/** Reads the file format of `promtool test rules`. */
import type { Node } from 'yaml';
import type { Expr } from '../rules/expr.ts';
import type { Labels } from '../rules/labels.ts';
import { parsePoints, parseSeriesName } from '../rules/series-notation.ts';
import { parsePromql } from '../rules/parser.ts';
import type { InputSeries } from './rule-test-series.ts';
import { Fields } from './fields.ts';
import { YamlFile } from './yaml-file.ts';
import type { ConfigFault } from './fault.ts';
import type { TextFile } from './text-file.ts';

export interface AlertCase {
  readonly evalTime: string;
  readonly atMs: number;
  readonly alertname: string;
  readonly expected: readonly { readonly labels: Labels; readonly annotations: Labels }[];
}
export interface ExprCase {
  readonly evalTime: string;
  readonly atMs: number;
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
export interface RuleTestFile {
  readonly ruleFiles: readonly string[];
  readonly evaluationMs: number;
  readonly tests: readonly RuleTest[];
}

const FILE_KEYS = ['rule_files', 'evaluation_interval', 'group_eval_order', 'tests'];
const TEST_KEYS = [
  'name',
  'interval',
  'input_series',
  'alert_rule_test',
  'promql_expr_test',
  'external_labels',
  'external_url',
];
const DEFAULT_MS = 60_000;
/** Points of all series of a file together. */
const MAX_TOTAL_POINTS = 2_000_000;

/** The tests of a file; with any fault, none. */
export function readTestFile(file: TextFile): { value: RuleTestFile | null; faults: ConfigFault[] } {
  const reader = new Reader(new YamlFile(file));
  const value = reader.read();
  return { value: reader.file.faults.length === 0 ? value : null, faults: reader.file.sorted() };
}

class Reader {
  readonly file: YamlFile;
  private points = 0;

  constructor(file: YamlFile) {
    this.file = file;
  }

  read(): RuleTestFile {
    const { file } = this;
    if (file.root === null && file.faults.length === 0) file.fault(null, 'the file is empty');
    const fields = new Fields(file, file.root, 'a test file', FILE_KEYS);
    const evaluationMs = fields.duration('evaluation_interval') || DEFAULT_MS;
    return {
      evaluationMs,
      ruleFiles: fields.list('rule_files').flatMap((item) => file.string(item, 'a rule file') ?? []),
      tests: fields.list('tests').map((item, i) => this.test(item, i, evaluationMs)),
    };
  }

  private test(node: Node | null, index: number, evaluationMs: number): RuleTest {
    const fields = new Fields(this.file, node, 'a test', TEST_KEYS);
    for (const key of ['external_labels', 'external_url'])
      if (fields.has(key)) fields.faultKey(key, `"${key}" is outside the subset`);
    return {
      name: fields.text('name') ?? `#${index + 1}`,
      intervalMs: fields.duration('interval') || evaluationMs,
      series: fields.list('input_series').flatMap((item) => this.series(item) ?? []),
      alerts: fields.list('alert_rule_test').map((item) => this.alertCase(item)),
      exprs: fields.list('promql_expr_test').flatMap((item) => this.exprCase(item) ?? []),
    };
  }

  private series(node: Node | null): InputSeries | null {
    const fields = new Fields(this.file, node, 'an input series', ['series', 'values']);
    const name = parseSeriesName(fields.required('series') ?? '');
    const values = fields.required('values') ?? '';
    const points = this.points > MAX_TOTAL_POINTS ? 'the series have more than 2,000,000 values' : parsePoints(values);
    this.points += points.length;
    if (typeof name === 'string') fields.fault('series', name);
    if (typeof points === 'string') fields.fault('values', points);
    return typeof name === 'string' || typeof points === 'string' ? null : { ...name, points };
  }

  private alertCase(node: Node | null): AlertCase {
    const fields = new Fields(this.file, node, 'an alert test', ['eval_time', 'alertname', 'exp_alerts']);
    const expected = fields.list('exp_alerts').map((item) => {
      const parts = new Fields(this.file, item, 'an expected alert', ['exp_labels', 'exp_annotations']);
      return { labels: parts.texts('exp_labels'), annotations: parts.texts('exp_annotations') };
    });
    return { ...evalTime(fields), alertname: fields.required('alertname') ?? '', expected };
  }

  private exprCase(node: Node | null): ExprCase | null {
    const fields = new Fields(this.file, node, 'an expression test', ['expr', 'eval_time', 'exp_samples']);
    const expr = fields.parsed('expr', parsePromql);
    const expected = fields.list('exp_samples').flatMap((item) => this.sample(item));
    return expr === null ? null : { ...evalTime(fields), text: expr.text, expr: expr.value, expected };
  }

  private sample(node: Node | null): ExprCase['expected'] {
    const fields = new Fields(this.file, node, 'an expected sample', ['labels', 'value', 'histogram']);
    const labels = fields.text('labels') ?? '{}';
    const name = /^\s*\{\s*\}\s*$/.test(labels) ? { name: '', labels: {} } : parseSeriesName(labels);
    // YAML writes infinity with a dot.
    const points = parsePoints((fields.text('value') ?? '0').replace(/^([+-]?)\.(inf|nan)$/i, '$1$2'));
    const value = typeof points === 'string' ? null : points[0];
    if (typeof name === 'string') this.file.fault(node, name);
    if (typeof value !== 'number') this.file.fault(node, '"value" must be a number');
    return typeof name === 'string' || typeof value !== 'number' ? [] : [{ ...name, value }];
  }
}

const evalTime = (fields: Fields): { evalTime: string; atMs: number } => {
  const evalTime = fields.required('eval_time') ?? '0';
  return { evalTime, atMs: fields.duration('eval_time') ?? 0 };
};

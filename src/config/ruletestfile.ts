/** Reads the file format of `promtool test rules`. */
import type { Node } from 'yaml';
import type { Expr } from '../rules/expr.ts';
import type { Labels } from '../rules/labels.ts';
import { parsePoints, parseSeriesName } from '../rules/notation.ts';
import { parsePromql } from '../rules/parser.ts';
import { parseDuration } from '../incident/duration.ts';
import type { InputSeries } from './rulebench.ts';
import { YamlFile } from './yamlfile.ts';
import type { ConfigFault } from './fault.ts';
import type { Entry, TextFile } from './yamlfile.ts';

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
    const fields = this.fields(file.root, 'a test file', FILE_KEYS);
    const evaluationMs = this.duration(fields.get('evaluation_interval'), DEFAULT_MS);
    return {
      evaluationMs,
      ruleFiles: this.list(fields, 'rule_files').flatMap((item) => file.string(item, 'a rule file') ?? []),
      tests: this.list(fields, 'tests').map((item, i) => this.test(item, i, evaluationMs)),
    };
  }

  private test(node: Node | null, index: number, evaluationMs: number): RuleTest {
    const fields = this.fields(node, 'a test', TEST_KEYS);
    const name = fields.get('name');
    const external = fields.get('external_labels') ?? fields.get('external_url');
    if (external !== undefined) this.file.fault(external.keyNode, `"${external.key}" is outside the subset`);
    return {
      name: (name === undefined ? null : this.file.string(name.value, '"name"', name.keyNode)) ?? `#${index + 1}`,
      intervalMs: this.duration(fields.get('interval'), evaluationMs),
      series: this.list(fields, 'input_series').flatMap((item) => this.series(item) ?? []),
      alerts: this.list(fields, 'alert_rule_test').map((item) => this.alertCase(item)),
      exprs: this.list(fields, 'promql_expr_test').flatMap((item) => this.exprCase(item) ?? []),
    };
  }

  private series(node: Node | null): InputSeries | null {
    const fields = this.fields(node, 'an input series', ['series', 'values']);
    const named = this.text(fields, 'series', node);
    const values = this.text(fields, 'values', node);
    const name = parseSeriesName(named);
    const points = this.points > MAX_TOTAL_POINTS ? 'the series have more than 2,000,000 values' : parsePoints(values);
    this.points += points.length;
    if (typeof name === 'string') this.file.fault(fields.get('series')?.value ?? node, name);
    if (typeof points === 'string') this.file.fault(fields.get('values')?.value ?? node, points);
    return typeof name === 'string' || typeof points === 'string' ? null : { ...name, points };
  }

  private alertCase(node: Node | null): AlertCase {
    const fields = this.fields(node, 'an alert test', ['eval_time', 'alertname', 'exp_alerts']);
    const expected = this.list(fields, 'exp_alerts').map((item) => {
      const parts = this.fields(item, 'an expected alert', ['exp_labels', 'exp_annotations']);
      return { labels: this.texts(parts.get('exp_labels')), annotations: this.texts(parts.get('exp_annotations')) };
    });
    return { ...this.evalTime(fields, node), alertname: this.text(fields, 'alertname', node), expected };
  }

  private exprCase(node: Node | null): ExprCase | null {
    const fields = this.fields(node, 'an expression test', ['expr', 'eval_time', 'exp_samples']);
    const text = this.text(fields, 'expr', node);
    const { value: expr, faults } = parsePromql(text);
    const place = fields.get('expr')?.value ?? null;
    if (place !== null) for (const { at, message } of faults) this.file.faultInside(place, at, message);
    const expected = this.list(fields, 'exp_samples').flatMap((item) => {
      const parts = this.fields(item, 'an expected sample', ['labels', 'value', 'histogram']);
      const labels = parts.has('labels') ? this.text(parts, 'labels', item) : '{}';
      const name = /^\s*\{\s*\}\s*$/.test(labels) ? { name: '', labels: {} } : parseSeriesName(labels);
      const written = parts.has('value') ? this.text(parts, 'value', item) : '0';
      // YAML writes infinity with a dot.
      const points = parsePoints(written.replace(/^([+-]?)\.(inf|nan)$/i, '$1$2'));
      const value = typeof points === 'string' ? null : points[0];
      if (typeof name === 'string') this.file.fault(item, name);
      if (typeof value !== 'number') this.file.fault(item, '"value" must be a number');
      return typeof name === 'string' || typeof value !== 'number' ? [] : [{ ...name, value }];
    });
    return expr === null ? null : { ...this.evalTime(fields, node), text: text.trim(), expr, expected };
  }

  private evalTime(fields: ReadonlyMap<string, Entry>, node: Node | null): { evalTime: string; atMs: number } {
    if (!fields.has('eval_time')) this.file.fault(node, '"eval_time" is missing');
    const evalTime = fields.has('eval_time') ? this.text(fields, 'eval_time', node) : '0';
    return { evalTime, atMs: this.duration(fields.get('eval_time'), 0) };
  }

  private duration(entry: Entry | undefined, otherwise: number): number {
    if (entry === undefined) return otherwise;
    const text = this.file.string(entry.value, `"${entry.key}"`, entry.keyNode);
    const ms = text === null ? null : parseDuration(text.trim());
    if (ms === null) this.file.fault(entry.value, `"${entry.key}" needs a duration such as 30s, 5m or 1h`);
    return ms === null || (ms === 0 && entry.key !== 'eval_time') ? otherwise : ms;
  }

  private text(fields: ReadonlyMap<string, Entry>, key: string, node: Node | null): string {
    const entry = fields.get(key);
    if (entry === undefined) this.file.fault(node, `"${key}" is missing`);
    return entry === undefined ? '' : (this.file.string(entry.value, `"${key}"`, entry.keyNode) ?? '');
  }

  private texts(entry: Entry | undefined): Labels {
    const all = this.file.strings(entry?.value ?? null, `"${entry?.key ?? ''}"`);
    return Object.fromEntries(all.map(([name, text]) => [name, text]));
  }

  private list(fields: ReadonlyMap<string, Entry>, key: string): (Node | null)[] {
    return this.file.items(fields.get(key)?.value ?? null, `"${key}"`);
  }

  private fields(node: Node | null, what: string, known: readonly string[]): ReadonlyMap<string, Entry> {
    return new Map(this.file.entries(node, what, known).map((entry) => [entry.key, entry]));
  }
}

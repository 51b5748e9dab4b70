/** Reads alert rules from YAML: the handbook's form (`alerts:`) and Prometheus rule files (`groups:`). */
import { isTextSetting, type SettingsReader } from '../probes/settings-reader.ts';
import type { Rule, RuleMetric } from '../rules/rule.ts';
import type { ConfigFault } from './fault.ts';
import type { TextFile } from './text-file.ts';
import { YamlFile } from './yaml-file.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import { kindOfMetric } from '../probes/index.ts';
import { selectors, type Expr } from '../rules/expr.ts';
import { isTargetDown } from '../rules/inhibition.ts';
import { NODATA, parseCondition, parsePromql, type NoData, type ParsedText } from '../rules/parser.ts';
import { severityOfLabel } from '../rules/label-severity.ts';
import { parseTemplate, type Template } from '../rules/template.ts';

/** All rules are evaluated each second: this many on ten targets take 15 ms, or 30 ms while all fire. */
const MAX_RULES = 1_000;

/** Reads every file; returns the valid rules even when others have faults. */
export function loadRules(files: readonly TextFile[], known: KnownNames = {}): Loaded {
  const names = new Map<string, string>();
  const loaded = files.map((file) => loadFile(file, known, names));
  const rules = loaded.flatMap((one) => one.rules);
  const faults = loaded.flatMap((one) => one.faults);
  const tooMany = rules[MAX_RULES];
  if (tooMany === undefined) return { rules, faults };
  const message = `these are ${rules.length} rules, and at most ${MAX_RULES} are evaluated: take out those that nobody acts on, from this one on`;
  return { rules, faults: [...faults, { ...tooMany.location, message }] };
}

interface Loaded {
  readonly rules: Rule[];
  readonly faults: readonly ConfigFault[];
}

/** Reads one file. `names`: those taken so far, with the place of the first. */
function loadFile(text: TextFile, known: KnownNames, names: Map<string, string>): Loaded {
  const file = new YamlFile(text, null);
  const rules = file.read(
    (top) => [
      ...top.sections('alerts').flatMap((alert) => readNamedAlert(file, alert, known, names)),
      ...readGroups(file, top, names),
    ],
    'the file has no "alerts:" and no "groups:"',
  );
  return { rules: rules ?? [], faults: file.faults };
}

function readNamedAlert(file: YamlFile, alert: SettingsReader, known: KnownNames, names: Map<string, string>): Rule[] {
  const rule = readAlert(file, alert, known);
  const name = alert.has('name') ? alert.text('name', null) : null;
  const first = name === null ? undefined : names.get(name);
  if (first !== undefined) alert.fault('name', `there is already an alert "${name}" (${first})`);
  else if (name !== null) names.set(name, `${file.path}:${file.location([...alert.path, 'name']).line}`);
  return rule === null || first !== undefined ? [] : [{ id: rule.name, ...rule }];
}

function readGroups(file: YamlFile, top: SettingsReader, names: Map<string, string>): Rule[] {
  const groups = new Set<string>();
  return top.sections('groups').flatMap((fields) => {
    const group = fields.filled('name') ?? '';
    if (groups.has(group)) fields.fault([], `the group "${group}" is given twice in this file`);
    if (group !== '') groups.add(group);
    // Ignored: all rules are evaluated each second.
    for (const key of ['interval', 'limit']) fields.text(key, null);
    return fields.sections('rules').flatMap((item) => {
      const rule = readPrometheusRule(file, item);
      return rule === null ? [] : [{ id: freeId(`${group}/${rule.name}`, names, file.path), ...rule }];
    });
  });
}

/** A free id; Prometheus files may use one name for several rules. */
function freeId(id: string, names: Map<string, string>, place: string): string {
  let free = id;
  for (let n = 2; names.has(free); n++) free = `${id}#${n}`;
  names.set(free, place);
  return free;
}

/** A required expression; its faults have their exact place in the file. */
export function parsed<T>(rule: SettingsReader, key: string, parse: (text: string) => ParsedText<T>): T | null {
  const text = rule.filled(key);
  const { value, faults } = text === null ? { value: null, faults: [] } : parse(text);
  for (const { at, message } of faults) rule.fault(key, message, { at });
  return value;
}

/** The fields both forms have, with the locations that later checks report. */
function common(file: YamlFile, rule: SettingsReader, expr: Expr, key: string) {
  return {
    text: String(rule.value(key)).trim(),
    expr,
    metrics: selectors(expr).map(({ name, at }): RuleMetric => ({
      name,
      kind: kindOfMetric(name),
      location: file.location([...rule.path, key], at),
    })),
    location: file.location(rule.path),
  };
}

function templates(rule: SettingsReader, key: string): Record<string, Template> {
  const entries = Object.entries(rule.map(key)).map(([name, text]): [string, Template][] => {
    const template = parseTemplate(text);
    if (typeof template !== 'string') return [[name, template]];
    rule.fault([key, name], template);
    return [];
  });
  return Object.fromEntries(entries.flat());
}

/** Names a rule may refer to; absent ones are not checked. */
export interface KnownNames {
  readonly routes?: readonly string[];
}

/** By default an alert ends when its condition has not held for this long. */
const DEFAULT_KEEP_MS = 60_000;

/** Null, with faults in `rule`, when it is invalid. */
export function readAlert(file: YamlFile, rule: SettingsReader, known: KnownNames): Omit<Rule, 'id'> | null {
  const name = rule.filled('name');
  const condition = parsed(rule, 'condition', parseCondition);
  const severity = readSeverity(rule);
  const route = readRoute(rule, known.routes);
  const runbook = readName(rule, 'runbook');
  const forMs = clause(rule, 'for', condition?.forMs ?? null) ?? 0;
  const keepMs = clause(rule, 'keep', condition?.keepMs ?? null) ?? DEFAULT_KEEP_MS;
  const nodata = readNoData(rule, condition?.nodata ?? null);
  const inhibits = readInhibits(rule, condition?.expr ?? null);
  const labels = templates(rule, 'labels');
  const annotations = templates(rule, 'annotations');
  const summary = rule.text('summary', null);
  const template = summary === null ? null : parseTemplate(summary);
  if (typeof template === 'string') rule.fault('summary', template);
  if (rule.faults.length > 0 || name === null || condition === null) return null;
  return {
    ...common(file, rule, condition.expr, 'condition'),
    name,
    dialect: 'handbook',
    forMs,
    keepMs,
    nodata,
    severity,
    route,
    runbook,
    runbookLocation: file.location([...rule.path, 'runbook']),
    inhibits,
    labels,
    annotations:
      template === null || typeof template === 'string' ? annotations : { ...annotations, summary: template },
  };
}

/** A name; numbers and booleans are refused as mistakes. */
function readName(rule: SettingsReader, key: string): string | null {
  const text = rule.text(key, null);
  if (text !== null && /^(?:[-+.\d][\d.e_+-]*|true|false|null|~)$/i.test(text))
    rule.fault(key, `"${key}" must be a name, not ${text}`);
  return text;
}

/** `inhibits:`, formerly `mutes:`: the labels an inhibited alert must share. */
function readInhibits(rule: SettingsReader, expr: Expr | null): readonly string[] {
  const key = rule.has('mutes') ? 'mutes' : 'inhibits';
  if (key === 'mutes' && rule.has('inhibits'))
    rule.fault('mutes', '"mutes" is another name of "inhibits"', { isKey: true });
  if (!rule.has(key)) return expr !== null && isTargetDown(expr) ? ['target'] : [];
  return rule.list(key, isTextSetting, 'the name of a label, or a list of names');
}

function readSeverity(rule: SettingsReader): Severity {
  const text = rule.text('severity', null);
  if (!rule.has('severity')) rule.fault('severity', `"severity" is missing (known: ${SEVERITIES.join(' ')})`);
  checkKnown(rule, 'severity', text, SEVERITIES);
  return SEVERITIES.find((severity) => severity === text) ?? 'SEV-0';
}

function readRoute(rule: SettingsReader, known: readonly string[] | undefined): string | null {
  const text = readName(rule, 'route');
  if (known !== undefined) checkKnown(rule, 'route', text, known);
  return text;
}

function checkKnown(rule: SettingsReader, key: string, text: string | null, known: readonly string[]): void {
  if (text === null || known.includes(text)) return;
  const all = known.length === 0 ? 'none is defined' : `known: ${known.join(' ')}`;
  rule.fault(key, `unknown ${key} ${JSON.stringify(text)}${suggestion(text, known)} (${all})`);
}

/** A duration given as a key of its own; given in the condition too, it is a fault. */
function clause(rule: SettingsReader, key: string, inCondition: number | null): number | null {
  if (!rule.has(key)) return inCondition;
  if (inCondition !== null) rule.fault(key, `"${key}" is given here and in the condition`, { isKey: true });
  return rule.duration(key, null, 0);
}

function readNoData(rule: SettingsReader, inCondition: NoData | null): NoData {
  if (!rule.has('nodata')) return inCondition ?? 'keep';
  if (inCondition !== null) rule.fault('nodata', '"nodata" is given here and in the condition', { isKey: true });
  const text = rule.text('nodata', null);
  const found = NODATA.find((word) => word === text);
  if (found === undefined && text !== null)
    rule.fault('nodata', `"nodata" takes keep, alert or ok, not ${JSON.stringify(text)}${suggestion(text, NODATA)}`);
  return found ?? 'keep';
}

/** Null, with faults in `rule`, when it is invalid. */
function readPrometheusRule(file: YamlFile, rule: SettingsReader): Omit<Rule, 'id'> | null {
  if (rule.has('record')) rule.fault([], 'recording rules are outside the subset; write the expression into the alert');
  else rule.filled('alert');
  const expr = parsed(rule, 'expr', parsePromql);
  const forMs = rule.duration('for', 0, 0);
  const keepMs = rule.duration('keep_firing_for', 0, 0);
  const labels = templates(rule, 'labels');
  const annotations = templates(rule, 'annotations');
  if (rule.faults.length > 0 || expr === null) return null;
  return {
    ...common(file, rule, expr, 'expr'),
    name: rule.text('alert', ''),
    dialect: 'prometheus',
    forMs,
    keepMs,
    nodata: 'ok',
    severity: severityOfLabel(plainText(labels['severity']) ?? ''),
    route: null,
    runbook: plainText(annotations['runbook_url'] ?? annotations['runbook']),
    runbookLocation: file.location([...rule.path, 'annotations']),
    inhibits: isTargetDown(expr) ? ['target'] : [],
    labels,
    annotations,
  };
}

const plainText = (template: Template | undefined): string | null =>
  template?.length === 1 && typeof template[0] === 'string' ? template[0] : null;

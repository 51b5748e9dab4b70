/** Reads one rule: in the handbook's form, below `alerts:`, or as Prometheus writes it, below `rules:` of a group. */
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import { kindOfMetric } from '../probes/index.ts';
import { selectors, type Expr } from '../rules/expr.ts';
import { isTargetDown } from '../rules/inhibition.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { NODATA, parseCondition, parsePromql, type NoData } from '../rules/parser.ts';
import type { Rule, RuleMetric, SourceLocation } from '../rules/rule.ts';
import type { Template } from '../rules/template.ts';
import type { Fields } from './fields.ts';

const metricsOf = (expr: Expr, locate: (at: number) => SourceLocation): readonly RuleMetric[] =>
  selectors(expr).map(({ name, at }) => ({ name, kind: kindOfMetric(name), location: locate(at) }));

/** Names a rule may refer to. What is not given is not checked. */
export interface Known {
  readonly routes?: readonly string[];
}

/** Unless a rule says otherwise, an alert ends only when its condition has not held for so long. */
const DEFAULT_KEEP_MS = 60_000;

export const ALERT_KEYS = [
  'name',
  'condition',
  'severity',
  'route',
  'runbook',
  'for',
  'keep',
  'nodata',
  'inhibits',
  'mutes',
  'summary',
  'labels',
  'annotations',
];

/** Null, with faults, when it is none. */
export function readAlert(fields: Fields, known: Known): Omit<Rule, 'id'> | null {
  const { node, file } = fields;
  const before = file.faults.length;
  const name = fields.filledName('name');
  const condition = fields.parsed('condition', parseCondition);
  const severity = readSeverity(fields);
  const route = readRoute(fields, known.routes);
  const runbook = fields.name('runbook');
  const forMs = clause(fields, 'for', condition?.value.forMs ?? null) ?? 0;
  const keepMs = clause(fields, 'keep', condition?.value.keepMs ?? null) ?? DEFAULT_KEEP_MS;
  const nodata = readNoData(fields, condition?.value.nodata ?? null);
  const inhibits = readInhibits(fields, condition?.value.expr ?? null);
  const labels = fields.templates('labels');
  const annotations = fields.templates('annotations');
  const summary = fields.template('summary');
  if (file.faults.length > before || name === null || condition === null || node === null) return null;
  return {
    name,
    dialect: 'handbook',
    text: condition.text,
    expr: condition.value.expr,
    metrics: metricsOf(condition.value.expr, condition.locate),
    forMs,
    keepMs,
    nodata,
    severity,
    route,
    runbook,
    inhibits,
    labels,
    annotations: summary === null ? annotations : { ...annotations, summary },
    location: file.location(node),
    runbookLocation: file.location(fields.place('runbook')),
  };
}

/** `inhibits:`, or `mutes:` as it was called first: the labels on which an inhibited alert agrees. */
function readInhibits(fields: Fields, expr: Expr | null): readonly string[] {
  const key = fields.has('mutes') ? 'mutes' : 'inhibits';
  if (key === 'mutes' && fields.has('inhibits')) fields.faultKey('mutes', '"mutes" is another name of "inhibits"');
  if (!fields.has(key)) return expr !== null && isTargetDown(expr) ? ['target'] : [];
  return fields.list(key).flatMap((item) => fields.file.string(item, 'a label') ?? []);
}

function readSeverity(fields: Fields): Severity {
  if (!fields.has('severity')) {
    fields.fault('severity', `"severity" is missing (${SEVERITIES.join(', ')})`);
    return 'SEV-0';
  }
  const text = fields.text('severity') ?? '';
  const found = SEVERITIES.find((severity) => severity === text);
  if (found === undefined && text !== '') {
    const close = suggestion(text, SEVERITIES);
    fields.fault('severity', `unknown severity ${JSON.stringify(text)}${close} (known: ${SEVERITIES.join(' ')})`);
  }
  return found ?? 'SEV-0';
}

function readRoute(fields: Fields, known: readonly string[] | undefined): string | null {
  const text = fields.name('route');
  if (text !== null && known !== undefined && !known.includes(text)) {
    const all = known.length === 0 ? 'none is defined' : `known: ${known.join(' ')}`;
    fields.fault('route', `unknown route ${JSON.stringify(text)}${suggestion(text, known)} (${all})`);
  }
  return text;
}

/** A duration given as a key of its own; given in the condition too, it is a fault. */
function clause(fields: Fields, key: string, inCondition: number | null): number | null {
  if (!fields.has(key)) return inCondition;
  if (inCondition !== null) fields.faultKey(key, `"${key}" is given here and in the condition`);
  return fields.duration(key);
}

function readNoData(fields: Fields, inCondition: NoData | null): NoData {
  if (!fields.has('nodata')) return inCondition ?? 'keep';
  if (inCondition !== null) fields.faultKey('nodata', '"nodata" is given here and in the condition');
  const text = fields.text('nodata') ?? '';
  const found = NODATA.find((word) => word === text);
  if (found === undefined && text !== '') {
    const close = suggestion(text, NODATA);
    fields.fault('nodata', `"nodata" takes keep, alert or ok, not ${JSON.stringify(text)}${close}`);
  }
  return found ?? 'keep';
}

export const RULE_KEYS = ['alert', 'record', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

/** What people write in the `severity` label of Prometheus rules; anything else is SEV-2. */
const LABEL_SEVERITIES: Readonly<Record<string, Severity>> = {
  emergency: 'SEV-0',
  disaster: 'SEV-0',
  critical: 'SEV-1',
  page: 'SEV-1',
  high: 'SEV-1',
  error: 'SEV-1',
  warning: 'SEV-2',
  medium: 'SEV-2',
  info: 'SEV-3',
  low: 'SEV-3',
  notice: 'SEV-3',
  none: 'SEV-3',
};

/** Null, with faults, when it is none. */
export function readPrometheusRule(fields: Fields): Omit<Rule, 'id'> | null {
  const { node, file } = fields;
  const before = file.faults.length;
  if (fields.has('record')) {
    file.fault(node, 'recording rules are outside the subset; write the expression into the alert');
    return null;
  }
  const name = fields.filled('alert');
  const expr = fields.parsed('expr', parsePromql);
  const forMs = fields.duration('for') ?? 0;
  const keepMs = fields.duration('keep_firing_for') ?? 0;
  const labels = fields.templates('labels');
  const annotations = fields.templates('annotations');
  if (file.faults.length > before || name === null || expr === null || node === null) return null;
  return {
    name,
    dialect: 'prometheus',
    text: expr.text,
    expr: expr.value,
    metrics: metricsOf(expr.value, expr.locate),
    forMs,
    keepMs,
    nodata: 'ok',
    severity: labelSeverity(labels['severity']),
    route: null,
    runbook: plainText(annotations['runbook_url'] ?? annotations['runbook']),
    inhibits: isTargetDown(expr.value) ? ['target'] : [],
    labels,
    annotations,
    location: file.location(node),
    runbookLocation: file.location(fields.place('annotations')),
  };
}

const plainText = (template: Template | undefined): string | null =>
  template?.length === 1 && typeof template[0] === 'string' ? template[0] : null;

function labelSeverity(label: Template | undefined): Severity {
  const text = (plainText(label) ?? '').toLowerCase();
  const level = /^(?:sev|p)-?([0-3])$/.exec(text)?.[1];
  if (level !== undefined) return SEVERITIES[Number(level)] as Severity;
  return Object.hasOwn(LABEL_SEVERITIES, text) ? (LABEL_SEVERITIES[text] ?? 'SEV-2') : 'SEV-2';
}

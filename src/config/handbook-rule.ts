/** One rule in the handbook's form, as it stands below `alerts:`. */
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import type { Expr } from '../rules/expr.ts';
import { suggestion } from '../rules/nearest.ts';
import { NODATA, parseCondition, type NoData } from '../rules/parser.ts';
import { isTargetDown } from '../rules/inhibition.ts';
import type { Rule } from '../rules/rule.ts';
import type { Fields } from './fields.ts';

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
  const name = fields.filled('name');
  const condition = fields.parsed('condition', parseCondition);
  const severity = readSeverity(fields);
  const route = readRoute(fields, known.routes);
  const runbook = fields.text('runbook');
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
    forMs,
    keepMs,
    nodata,
    severity,
    route,
    runbook,
    inhibits,
    labels,
    annotations: summary === null ? annotations : { ...annotations, summary },
    file: file.path,
    line: file.line(node),
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
  const text = fields.text('route');
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

/** One alerting rule of a Prometheus rule file, as it stands below `rules:` of a group. */
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import { parsePromql } from '../rules/parser.ts';
import { isTargetDown } from '../rules/inhibition.ts';
import type { Rule } from '../rules/rule.ts';
import type { Template } from '../rules/template.ts';
import type { Fields } from './fields.ts';

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
    forMs,
    keepMs,
    nodata: 'ok',
    severity: labelSeverity(labels['severity']),
    route: null,
    runbook: plainText(annotations['runbook_url'] ?? annotations['runbook']),
    inhibits: isTargetDown(expr.value) ? ['target'] : [],
    labels,
    annotations,
    file: file.path,
    line: file.line(node),
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

/** Reads alert rules from YAML: the handbook's form (`alerts:`) and Prometheus rule files (`groups:`). */
import type { Node } from 'yaml';
import type { Expr, TextFault } from '../rules/expr.ts';
import { NODATA, parseCondition, parsePromql } from '../rules/parser.ts';
import type { NoData } from '../rules/parser.ts';
import { SEVERITIES } from '../rules/rule.ts';
import type { Rule, Severity } from '../rules/rule.ts';
import { parseTemplate } from '../rules/template.ts';
import type { Template } from '../rules/template.ts';
import { parseDuration } from '../incident/duration.ts';
import { suggestion } from '../rules/nearest.ts';
import { YamlFile } from './yamlfile.ts';
import type { ConfigFault } from './fault.ts';
import type { Entry, TextFile } from './yamlfile.ts';

export type { ConfigFault } from './fault.ts';

/** What else is known: names a rule may refer to. What is not given is not checked. */
export interface Known {
  readonly routes?: readonly string[];
  readonly runbooks?: readonly string[];
}

/** Unless a rule says otherwise, an alert ends only when its condition has not held for so long. */
const DEFAULT_KEEP_MS = 60_000;

const ALERT_KEYS = [
  'name',
  'condition',
  'severity',
  'route',
  'runbook',
  'for',
  'keep',
  'nodata',
  'mutes',
  'summary',
  'labels',
  'annotations',
];
const GROUP_KEYS = ['name', 'interval', 'limit', 'rules'];
const RULE_KEYS = ['alert', 'record', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

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

/** Reads every file; rules without a fault are given even when others have one. */
export function loadRules(files: readonly TextFile[], known: Known = {}): { rules: Rule[]; faults: ConfigFault[] } {
  const names = new Map<string, string>();
  const loaded = files.map((file) => new Loader(new YamlFile(file), known, names).load());
  return { rules: loaded.flatMap(({ rules }) => rules), faults: loaded.flatMap(({ faults }) => faults) };
}

class Loader {
  private readonly file: YamlFile;
  private readonly known: Known;
  /** Names taken so far, with the place of the first. */
  private readonly names: Map<string, string>;
  private readonly rules: Rule[] = [];

  constructor(file: YamlFile, known: Known, names: Map<string, string>) {
    this.file = file;
    this.known = known;
    this.names = names;
  }

  load(): { rules: Rule[]; faults: ConfigFault[] } {
    const { file } = this;
    const top = file.entries(file.root, 'a rule file', ['alerts', 'groups']);
    if (file.root === null && file.faults.length === 0) file.fault(null, 'the file has no "alerts:" and no "groups:"');
    for (const { key, value } of top) {
      if (key === 'alerts') for (const item of file.items(value, '"alerts"')) this.alert(item);
      else this.groups(value);
    }
    return { rules: this.rules, faults: file.sorted() };
  }

  private alert(node: Node | null): void {
    const { file } = this;
    const before = file.faults.length;
    const fields = byKey(file.entries(node, 'an alert', ALERT_KEYS));
    const name = this.required(fields, 'name', node);
    const text = this.required(fields, 'condition', node);
    const severity = this.severity(fields.get('severity'), node);
    if (name !== null) this.unique(name, fields.get('name')?.value ?? null);
    const condition = this.parsed(text, fields.get('condition'), parseCondition);
    const route = this.reference(fields.get('route'), 'route', this.known.routes);
    const runbook = this.reference(fields.get('runbook'), 'runbook', this.known.runbooks);
    const forMs = this.clause(fields.get('for'), condition?.forMs ?? null) ?? 0;
    const keepMs = this.clause(fields.get('keep'), condition?.keepMs ?? null) ?? DEFAULT_KEEP_MS;
    const nodata = this.nodata(fields.get('nodata'), condition?.nodata ?? null);
    const muting = fields.get('mutes');
    const mutes = file.items(muting?.value ?? null, '"mutes"').map((item) => file.string(item, 'a label'));
    if (muting === undefined && condition !== null && saysDown(condition.expr)) mutes.push('target');
    const labels = this.templates(fields.get('labels'));
    const annotations = this.templates(fields.get('annotations'));
    const summary = this.template(fields.get('summary'));
    if (file.faults.length > before || name === null || condition === null || node === null || text === null) return;
    this.rules.push({
      id: name,
      name,
      dialect: 'handbook',
      text: text.trim(),
      expr: condition.expr,
      forMs,
      keepMs,
      nodata,
      severity,
      route,
      runbook,
      labels,
      file: file.path,
      line: file.line(node),
      mutes: mutes.filter((label) => label !== null),
      annotations: summary === null ? annotations : { ...annotations, summary },
    });
  }

  private groups(node: Node | null): void {
    const groups = new Set<string>();
    for (const item of this.file.items(node, '"groups"')) {
      const fields = byKey(this.file.entries(item, 'a group', GROUP_KEYS));
      const group = this.required(fields, 'name', item);
      if (group !== null && groups.has(group))
        this.file.fault(item, `the group "${group}" is given twice in this file`);
      groups.add(group ?? '');
      this.clause(fields.get('interval'), null);
      for (const rule of this.file.items(fields.get('rules')?.value ?? null, '"rules"')) this.rule(rule, group ?? '');
    }
  }

  private rule(node: Node | null, group: string): void {
    const { file } = this;
    const before = file.faults.length;
    const fields = byKey(file.entries(node, 'a rule', RULE_KEYS));
    if (fields.has('record')) {
      file.fault(node, 'recording rules are outside the subset; write the expression into the alert');
      return;
    }
    const name = this.required(fields, 'alert', node);
    const text = this.required(fields, 'expr', node);
    const expr = this.parsed(text, fields.get('expr'), parsePromql);
    const forMs = this.clause(fields.get('for'), null) ?? 0;
    const keepMs = this.clause(fields.get('keep_firing_for'), null) ?? 0;
    const labels = this.templates(fields.get('labels'));
    const annotations = this.templates(fields.get('annotations'));
    if (file.faults.length > before || name === null || expr === null || node === null || text === null) return;
    this.rules.push({
      id: this.free(`${group}/${name}`),
      name,
      dialect: 'prometheus',
      text: text.trim(),
      expr,
      forMs,
      keepMs,
      nodata: 'ok',
      severity: labelSeverity(labels['severity']),
      route: null,
      mutes: [],
      labels,
      annotations,
      runbook: plainText(annotations['runbook_url'] ?? annotations['runbook']),
      file: file.path,
      line: file.line(node),
    });
  }

  /** Parses an expression and puts its faults where they stand in the file. */
  private parsed<T>(
    text: string | null,
    entry: Entry | undefined,
    parse: (text: string) => { readonly value: T | null; readonly faults: readonly TextFault[] },
  ): T | null {
    if (text === null || entry?.value === null || entry === undefined) return null;
    const { value, faults } = parse(text);
    for (const { at, message } of faults) this.file.faultInside(entry.value, at, message);
    return value;
  }

  private required(fields: ReadonlyMap<string, Entry>, key: string, node: Node | null): string | null {
    const entry = fields.get(key);
    if (entry === undefined) {
      this.file.fault(node, `"${key}" is missing`);
      return null;
    }
    const text = this.file.string(entry.value, `"${key}"`, entry.keyNode);
    if (text?.trim() !== '') return text;
    this.file.fault(entry.value ?? entry.keyNode, `"${key}" is empty`);
    return null;
  }

  private unique(name: string, node: Node | null): void {
    const first = this.names.get(name);
    if (first !== undefined) this.file.fault(node, `there is already an alert "${name}" (${first})`);
    else this.names.set(name, `${this.file.path}:${node === null ? 1 : this.file.line(node)}`);
  }

  /** An id nobody has yet: Prometheus files may give one name to several rules. */
  private free(id: string): string {
    let free = id;
    for (let n = 2; this.names.has(free); n++) free = `${id}#${n}`;
    this.names.set(free, this.file.path);
    return free;
  }

  private severity(entry: Entry | undefined, node: Node | null): Severity {
    if (entry === undefined) {
      this.file.fault(node, `"severity" is missing (${SEVERITIES.join(', ')})`);
      return 'SEV-0';
    }
    const text = this.file.string(entry.value, '"severity"', entry.keyNode) ?? '';
    const found = SEVERITIES.find((severity) => severity === text);
    if (found === undefined && text !== '') {
      const close = suggestion(text, SEVERITIES);
      this.file.fault(entry.value, `unknown severity ${JSON.stringify(text)}${close} (known: ${SEVERITIES.join(' ')})`);
    }
    return found ?? 'SEV-0';
  }

  private reference(entry: Entry | undefined, what: string, known: readonly string[] | undefined): string | null {
    if (entry === undefined) return null;
    const text = this.file.string(entry.value, `"${what}"`, entry.keyNode);
    if (text !== null && known !== undefined && !known.includes(text)) {
      const all = known.length === 0 ? 'none is defined' : `known: ${known.join(' ')}`;
      this.file.fault(entry.value, `unknown ${what} ${JSON.stringify(text)}${suggestion(text, known)} (${all})`);
    }
    return text;
  }

  /** A duration given as a key of its own; given in the condition too, it is a fault. */
  private clause(entry: Entry | undefined, inCondition: number | null): number | null {
    if (entry === undefined) return inCondition;
    const text = this.file.string(entry.value, `"${entry.key}"`, entry.keyNode);
    if (inCondition !== null) this.file.fault(entry.keyNode, `"${entry.key}" is given here and in the condition`);
    const ms = text === null ? 0 : parseDuration(text.trim());
    if (ms === null)
      this.file.fault(
        entry.value,
        `"${entry.key}" needs a duration such as 90s, 2m or 1h30m, not ${JSON.stringify(text)}`,
      );
    return ms;
  }

  private nodata(entry: Entry | undefined, inCondition: NoData | null): NoData {
    if (entry === undefined) return inCondition ?? 'keep';
    if (inCondition !== null) this.file.fault(entry.keyNode, '"nodata" is given here and in the condition');
    const text = this.file.string(entry.value, '"nodata"', entry.keyNode) ?? '';
    const found = NODATA.find((word) => word === text);
    if (found === undefined && text !== '') {
      this.file.fault(
        entry.value,
        `"nodata" takes keep, alert or ok, not ${JSON.stringify(text)}${suggestion(text, NODATA)}`,
      );
    }
    return found ?? 'keep';
  }

  private templates(entry: Entry | undefined): Record<string, Template> {
    const templates: Record<string, Template> = {};
    for (const [name, text, node] of this.file.strings(entry?.value ?? null, `"${entry?.key ?? ''}"`)) {
      const template = parseTemplate(text);
      if (typeof template === 'string') this.file.fault(node, template);
      else templates[name] = template;
    }
    return templates;
  }

  private template(entry: Entry | undefined): Template | null {
    if (entry === undefined) return null;
    const template = parseTemplate(this.file.string(entry.value, `"${entry.key}"`, entry.keyNode) ?? '');
    if (typeof template !== 'string') return template;
    this.file.fault(entry.value, template);
    return null;
  }
}

/** `redis_up == 0`: whatever else is wrong with that target follows from it. */
const saysDown = (expr: Expr): boolean =>
  expr.kind === 'binary' &&
  expr.op === '==' &&
  expr.left.kind === 'selector' &&
  expr.left.name.endsWith('_up') &&
  expr.right.kind === 'number' &&
  expr.right.amount === 0;

const byKey = (entries: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map(entries.map((entry) => [entry.key, entry]));

const plainText = (template: Template | undefined): string | null =>
  template?.length === 1 && typeof template[0] === 'string' ? template[0] : null;

function labelSeverity(label: Template | undefined): Severity {
  const text = (plainText(label) ?? '').toLowerCase();
  const level = /^(?:sev|p)-?([0-3])$/.exec(text)?.[1];
  if (level !== undefined) return SEVERITIES[Number(level)] as Severity;
  return Object.hasOwn(LABEL_SEVERITIES, text) ? (LABEL_SEVERITIES[text] ?? 'SEV-2') : 'SEV-2';
}

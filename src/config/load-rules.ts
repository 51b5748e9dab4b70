/** Reads alert rules from YAML: the handbook's form (`alerts:`) and Prometheus rule files (`groups:`). */
import type { Rule } from '../rules/rule.ts';
import type { ConfigFault } from './fault.ts';
import { Fields } from './fields.ts';
import { ALERT_KEYS, readAlert, readPrometheusRule, RULE_KEYS, type Known } from './read-rule.ts';
import type { TextFile } from './text-file.ts';
import { YamlFile } from './yaml-file.ts';

const GROUP_KEYS = ['name', 'interval', 'limit', 'rules'];

/**
 * All are evaluated every second: so many, on ten targets, are 15 ms of the hub each time, and 30 ms while all of them fire.
 */
const MAX_RULES = 1_000;

/** Reads every file; rules without a fault are given even when others have one. */
export function loadRules(files: readonly TextFile[], known: Known = {}): { rules: Rule[]; faults: ConfigFault[] } {
  const names = new Map<string, string>();
  const loaded = files.map((file) => new Loader(new YamlFile(file), known, names).load());
  const rules = loaded.flatMap((one) => one.rules);
  return { rules, faults: [...loaded.flatMap(({ faults }) => faults), ...tooMany(rules)] };
}

function tooMany(rules: readonly Rule[]): ConfigFault[] {
  const first = rules[MAX_RULES];
  if (first === undefined) return [];
  const message = `these are ${rules.length} rules, and at most ${MAX_RULES} are evaluated: take out those that nobody acts on, from this one on`;
  return [{ ...first.location, message }];
}

class Loader {
  private readonly file: YamlFile;
  private readonly known: Known;
  /** Names taken so far, with the place of the first. */
  private readonly names: Map<string, string>;

  constructor(file: YamlFile, known: Known, names: Map<string, string>) {
    this.file = file;
    this.known = known;
    this.names = names;
  }

  load(): { rules: Rule[]; faults: ConfigFault[] } {
    const { file } = this;
    const top = new Fields(file, file.root, 'a rule file', ['alerts', 'groups']);
    if (file.root === null && file.faults.length === 0) file.fault(null, 'the file has no "alerts:" and no "groups:"');
    const alerts = top.list('alerts').flatMap((item) => this.alert(new Fields(file, item, 'an alert', ALERT_KEYS)));
    return { rules: [...alerts, ...this.groups(top)], faults: file.sorted() };
  }

  private alert(fields: Fields): Rule[] {
    const rule = readAlert(fields, this.known);
    const name = fields.has('name') ? fields.text('name') : null;
    const first = name === null ? undefined : this.names.get(name);
    if (first !== undefined) fields.fault('name', `there is already an alert "${name}" (${first})`);
    else if (name !== null) this.names.set(name, `${this.file.path}:${this.file.location(fields.place('name')).line}`);
    return rule === null || first !== undefined ? [] : [{ id: rule.name, ...rule }];
  }

  private groups(top: Fields): Rule[] {
    const groups = new Set<string>();
    return top.list('groups').flatMap((item) => {
      const fields = new Fields(this.file, item, 'a group', GROUP_KEYS);
      const group = fields.filled('name') ?? '';
      if (groups.has(group)) this.file.fault(item, `the group "${group}" is given twice in this file`);
      if (group !== '') groups.add(group);
      fields.duration('interval');
      return fields.list('rules').flatMap((node) => {
        const rule = readPrometheusRule(new Fields(this.file, node, 'a rule', RULE_KEYS));
        return rule === null ? [] : [{ id: this.free(`${group}/${rule.name}`), ...rule }];
      });
    });
  }

  /** An id nobody has yet: Prometheus files may give one name to several rules. */
  private free(id: string): string {
    let free = id;
    for (let n = 2; this.names.has(free); n++) free = `${id}#${n}`;
    this.names.set(free, this.file.path);
    return free;
  }
}

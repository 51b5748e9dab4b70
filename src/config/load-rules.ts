/** Reads alert rules from YAML: the handbook's form (`alerts:`) and Prometheus rule files (`groups:`). */
import type { SettingsReader } from '../probes/settings-reader.ts';
import type { Rule } from '../rules/rule.ts';
import type { ConfigFault } from './fault.ts';
import { readAlert, readPrometheusRule, type KnownNames } from './read-rule.ts';
import type { TextFile } from './text-file.ts';
import { YamlFile } from './yaml-file.ts';

/** All rules are evaluated each second: this many on ten targets take 15 ms, and 30 ms while all of them fire. */
const MAX_RULES = 1_000;

/** Reads every file; rules without a fault are given even when others have one. */
export function loadRules(
  files: readonly TextFile[],
  known: KnownNames = {},
): { rules: Rule[]; faults: ConfigFault[] } {
  const names = new Map<string, string>();
  const loaded = files.map((file) => loadFile(file, known, names));
  const rules = loaded.flatMap((one) => one.rules);
  return { rules, faults: [...loaded.flatMap(({ faults }) => faults), ...tooMany(rules)] };
}

function tooMany(rules: readonly Rule[]): ConfigFault[] {
  const first = rules[MAX_RULES];
  if (first === undefined) return [];
  const message = `these are ${rules.length} rules, and at most ${MAX_RULES} are evaluated: take out those that nobody acts on, from this one on`;
  return [{ ...first.location, message }];
}

/** Reads one file. `names`: those taken so far, with the place of the first. */
function loadFile(
  text: TextFile,
  known: KnownNames,
  names: Map<string, string>,
): { rules: Rule[]; faults: ConfigFault[] } {
  const file = new YamlFile(text, null);
  if (file.data === null && !file.hasFaults) file.fault([], 'the file has no "alerts:" and no "groups:"');
  const rules =
    file.data === null
      ? null
      : file.section(file.data, [], (top) => [
          ...top.sections('alerts').flatMap((alert) => readNamedAlert(file, alert, known, names)),
          ...readGroups(file, top, names),
        ]);
  return { rules: rules ?? [], faults: [...file.faults] };
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
    // How often and how many: all rules are evaluated each second here.
    for (const key of ['interval', 'limit']) fields.text(key, null);
    return fields.sections('rules').flatMap((item) => {
      const rule = readPrometheusRule(file, item);
      return rule === null ? [] : [{ id: freeId(`${group}/${rule.name}`, names, file.path), ...rule }];
    });
  });
}

/** An id nobody has yet: Prometheus files may give one name to several rules. */
function freeId(id: string, names: Map<string, string>, place: string): string {
  let free = id;
  for (let n = 2; names.has(free); n++) free = `${id}#${n}`;
  names.set(free, place);
  return free;
}

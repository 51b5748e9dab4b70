/** Reads alert rules from YAML: the handbook's form (`alerts:`) and Prometheus rule files (`groups:`). */
import type { SettingsReader } from '../probes/settings-reader.ts';
import type { Rule } from '../rules/rule.ts';
import type { ConfigFault } from './fault.ts';
import { readAlert, readPrometheusRule, type KnownNames } from './read-rule.ts';
import type { TextFile } from './text-file.ts';
import { YamlFile } from './yaml-file.ts';

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

/** Reads what a drill's file says of the world: its targets and its alerts. What happens there is `drills/script`. */
import type { Target } from '../probes/probe.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';
import type { Rule } from '../rules/rule.ts';
import { readAlert, type KnownNames } from './load-rules.ts';
import { readTargets } from './warroom.ts';
import type { YamlFile } from './yaml-file.ts';

export interface DrillWorld {
  readonly targets: readonly Target[];
  /** Their names begin with DRILL, so that no alert of a drill is taken for a real one wherever it is told. */
  readonly rules: readonly Rule[];
}

/** The other keys of the file. */
const SCRIPT = ['title', 'about', 'severity', 'servers', 'script', 'hints', 'wrong', 'play'];

/** Faults are left in `file`. `more`: reads the rest. */
export async function readDrillWorld(
  file: YamlFile,
  known: KnownNames,
  more: (top: SettingsReader) => void = (top) => SCRIPT.forEach((key) => top.value(key)),
): Promise<DrillWorld> {
  const read = file.read((top) => {
    more(top);
    const rules = top.sections('alerts').flatMap((alert): Rule[] => {
      const rule = readAlert(file, alert, known);
      if (rule === null) return [];
      const { summary } = rule.annotations;
      const annotations = { ...rule.annotations, ...(summary !== undefined && { summary: ['DRILL ', ...summary] }) };
      const name = `DRILL ${rule.name}`;
      return [{ ...rule, id: name, name, annotations }];
    });
    return { rules, targets: top.value('targets') };
  });
  return { rules: read?.rules ?? [], targets: await readTargets(file, read?.targets ?? []) };
}

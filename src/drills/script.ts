/** A drill as its file has it: servers, what breaks and when, who says what, hints, and what `--auto` does. */
import path from 'node:path';
import { readDrillWorld } from '../config/drill-world.ts';
import type { ConfigFault } from '../config/fault.ts';
import { listDirectory, readText } from '../config/text-file.ts';
import { YamlFile } from '../config/yaml-file.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { isName, nameRule } from '../incident/person-name.ts';
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import { isTextSetting, type SettingsReader } from '../probes/settings-reader.ts';
import type { Inject } from './faults/fault.ts';
import { FAULTS } from './faults/index.ts';
import { MOMENTS, type DrillMoment } from './moments.ts';
import { placeholders, SERVER_KINDS, type ServerKind } from './world.ts';

export interface Cue {
  readonly when: DrillMoment;
  readonly afterMs: number;
  /** `about`: in words, told when the drill is over; null: it only prepares, and breaks nothing. */
  readonly fault: { readonly server: string; readonly run: Inject; readonly about: string | null } | null;
  readonly says: { readonly who: string; readonly text: string } | null;
}
export interface Script {
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly about: string;
  /** The severity that the handbook's matrix gives. */
  readonly severity: Severity;
  readonly servers: ReadonlyMap<string, ServerKind>;
  readonly cues: readonly Cue[];
  /** What helps as long as `until` is not reached. */
  readonly hints: readonly { readonly until: DrillMoment; readonly text: string }[];
  /** Steps of runbooks that do harm here. */
  readonly wrong: readonly { readonly step: string; readonly why: string }[];
  readonly play: readonly {
    readonly when: DrillMoment | null;
    readonly who: string;
    readonly run: readonly string[];
  }[];
}

/** The names of the drills in these folders of configuration, sorted. */
export function drillNames(dirs: readonly string[]): readonly string[] {
  const files = dirs.flatMap((dir) => listDirectory(path.join(dir, 'drills')));
  return [...new Set(files.flatMap((file) => /^(.+)\.ya?ml$/.exec(file)?.[1] ?? []))].sort();
}

/** Null: there is no such drill. The first folder goes before the others. */
export async function readScript(
  name: string,
  dirs: readonly string[],
): Promise<Script | { readonly faults: readonly ConfigFault[] } | null> {
  const [text] = dirs.flatMap((dir) =>
    ['yaml', 'yml'].flatMap((ending) => readText(path.join(dir, 'drills', `${name}.${ending}`)) ?? []),
  );
  if (text === undefined) return null;
  // The servers are not there yet: any address will do to check the targets.
  const plain = new YamlFile(text, null).read((top) => serversOf(top));
  const file = new YamlFile(text, placeholders(plain ?? new Map()));
  let script: Script | null = null;
  await readDrillWorld(file, {}, (top) => (script = readTop(top, name, text.path)));
  return file.hasFaults || script === null ? { faults: file.faults } : script;
}

function readTop(top: SettingsReader, name: string, file: string): Script {
  const servers = serversOf(top);
  return {
    name,
    file,
    title: top.filled('title') ?? '',
    about: top.filled('about') ?? '',
    severity: oneOf(top, 'severity', SEVERITIES) ?? 'SEV-3',
    servers,
    cues: top.sections('script').map((cue) => readCue(cue, servers)),
    hints: top.sections('hints').map((hint) => ({
      until: momentOf(hint, 'until') ?? 'ended',
      text: hint.filled('text') ?? '',
    })),
    wrong: top.sections('wrong').map((move) => ({ step: move.filled('step') ?? '', why: move.filled('why') ?? '' })),
    play: top.sections('play').map((act) => ({
      when: act.has('when') ? momentOf(act, 'when') : null,
      who: personOf(act),
      run: act.list('run', isTextSetting, 'the words of a command, as in [status, identified]'),
    })),
  };
}

function serversOf(top: SettingsReader): ReadonlyMap<string, ServerKind> {
  const section = top.section('servers');
  return new Map(
    section.keys.flatMap((name) => {
      const kind = oneOf(section, name, SERVER_KINDS);
      return kind === null ? [] : [[name, kind] as const];
    }),
  );
}

function readCue(cue: SettingsReader, servers: ReadonlyMap<string, ServerKind>): Cue {
  const says = cue.has('say') ? { who: personOf(cue), text: cue.filled('say') ?? '' } : null;
  const fault = cue.has('fault') ? readFault(cue, servers) : null;
  if (!cue.has('say') && !cue.has('fault')) cue.fault([], 'a cue has a fault, or somebody who says something');
  return { when: momentOf(cue, 'when') ?? 'start', afterMs: cue.duration('after', 0), says, fault };
}

function readFault(cue: SettingsReader, servers: ReadonlyMap<string, ServerKind>): Cue['fault'] {
  const kind = cue.filled('fault') ?? '';
  const fault = Object.hasOwn(FAULTS, kind) ? FAULTS[kind] : undefined;
  const [about, named] = [cue.text('about', null), cue.text('server', null)];
  if (fault === undefined) {
    cue.value('with');
    cue.fault('fault', `there is no fault "${kind}"${suggestion(kind, Object.keys(FAULTS))}`);
    return null;
  }
  const fitting = [...servers].flatMap(([name, one]) => (one === fault.kind ? [name] : []));
  const server = named ?? fitting[0] ?? '';
  if (!fitting.includes(server)) {
    const names = fitting.length === 0 ? 'none is named under servers' : `there is ${fitting.join(', ')}`;
    cue.fault(named === null ? 'fault' : 'server', `${kind} breaks a server of kind ${fault.kind}, and ${names}`);
  }
  return { server, run: fault.read(cue.section('with')), about };
}

function oneOf<T extends string>(settings: SettingsReader, key: string, known: readonly T[]): T | null {
  const text = settings.filled(key);
  const found = known.find((one) => one === text) ?? null;
  if (text !== null && found === null) settings.fault(key, `${key} is ${known.join(', ')}, not "${text}"`);
  return found;
}

function momentOf(settings: SettingsReader, key: string): DrillMoment | null {
  const step = /^step (\S+)$/.exec(settings.text(key, ''))?.[1];
  return step === undefined ? oneOf(settings, key, Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]) : { step };
}

function personOf(settings: SettingsReader): string {
  const name = settings.filled('who') ?? '';
  if (name !== '' && !isName(name)) settings.fault('who', nameRule('a name'));
  return name;
}

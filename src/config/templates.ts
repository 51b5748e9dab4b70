/** The templates of public updates: one file a state in the folder `templates`; a missing one is the shipped one. */
import path from 'node:path';
import { nearest, suggestion } from '../incident/fuzzy.ts';
import {
  UPDATE_PLACEHOLDERS,
  PUBLIC_STATES,
  TEMPLATE_MAX,
  unknownPlaceholders,
  type PublicState,
  type Templates,
} from '../incident/public-words.ts';
import { fileFault, type ConfigFault } from './fault.ts';
import { listDirectory, readText, type TextFile } from './text-file.ts';

interface ReadTemplates {
  readonly templates: Templates;
  readonly files: readonly string[];
  readonly faults: readonly ConfigFault[];
}

/** `dirs`: the configuration folders, the first goes before the others. */
export function readTemplates(dirs: readonly [string, ...string[]]): ReadTemplates {
  const files = PUBLIC_STATES.map((state) => {
    const places = dirs.map((dir) => path.join(dir, 'templates', `${state}.md`));
    const file = places.reduce<TextFile | null>((found, place) => found ?? readText(place), null);
    return [state, file ?? { path: places[0] ?? '', text: '', unread: 'there is no such file' }] as const;
  });
  const own = path.join(dirs[0], 'templates');
  const misnamed = listDirectory(own).flatMap((name): ConfigFault[] => {
    const state = nearest(name.replace(/\.md$/, ''), PUBLIC_STATES);
    if (state === null || PUBLIC_STATES.some((known) => name === `${known}.md`)) return [];
    return [fileFault(path.join(own, name), `no template is called so; did you mean "${state}.md"?`)];
  });
  return {
    templates: Object.fromEntries(files.map(([state, { text }]) => [state, plainText(text)])) as Record<
      PublicState,
      string
    >,
    files: files.map(([, file]) => file.path),
    faults: [...files.flatMap(([, file]) => faultsOf(file)), ...misnamed],
  };
}

const plainText = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');

function faultsOf({ path: file, text: raw, unread }: TextFile): readonly ConfigFault[] {
  if (unread !== undefined) return [fileFault(file, `the file cannot be read (${unread})`)];
  const text = plainText(raw);
  if (text.trim() === '') return [fileFault(file, 'the file is empty: take it away for the shipped one')];
  if (text.length > TEMPLATE_MAX)
    return [fileFault(file, `a template has at most ${TEMPLATE_MAX} characters; this one has ${text.length}`)];
  const unknown = unknownPlaceholders(text).map(({ name, at }): ConfigFault => {
    const before = text.slice(0, at).split('\n');
    const hint = suggestion(name.trim(), UPDATE_PLACEHOLDERS) || `: known are ${UPDATE_PLACEHOLDERS.join(', ')}`;
    return {
      file,
      line: before.length,
      column: (before.at(-1) ?? '').length + 1,
      message: `there is no placeholder {${name}}${hint}`,
      source: text.split('\n')[before.length - 1] ?? null,
    };
  });
  if (unknown.length > 0 || text.includes('{sentence}')) return unknown;
  return [fileFault(file, 'there is no {sentence}: what a person writes would not be told')];
}

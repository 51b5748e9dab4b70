/**
 * Who may import whom (docs/architecture.md). A test and not a tool: it reads the source as text, so it cannot
 * silently cruise nothing, and the last tests prove that it fails on a violation.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');

/** Room -> the rooms (or single files) it may import. Importing inside the own room is always allowed. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/incident': [],
  'src/rules': ['src/incident'],
  'src/log': ['src/incident'],
  'src/protocol': ['src/incident', 'src/oncall/plan.ts'],
  'src/probes': ['src/protocol', 'src/incident'],
  'src/oncall': ['src/incident'],
  'src/delivery': ['src/incident', 'src/probes/settings-reader.ts'],
  'src/logs': [
    'src/incident',
    'src/protocol/questions.ts',
    'src/delivery/http.ts',
    'src/config/text-file.ts',
    'src/probes/child-program.ts',
  ],
  'src/config': ['src/incident', 'src/probes', 'src/rules', 'src/oncall', 'src/delivery', 'src/logs/source.ts'],
  'src/runbooks': [
    'src/incident',
    'src/protocol/questions.ts',
    'src/config/fault.ts',
    'src/config/links.ts',
    'src/config/text-file.ts',
    'src/config/yaml-file.ts',
    'src/probes',
    'src/logs',
    'src/rules/rule.ts',
    'src/rules/lint.ts',
  ],
  'src/report': ['src/incident'],
  'src/hub': [
    'src/log',
    'src/protocol',
    'src/incident',
    'src/rules',
    'src/oncall',
    'src/delivery',
    'src/report',
    'src/runbooks',
    'src/logs/source.ts',
    'src/probes/hub-target.ts',
    'src/probes/probe.ts',
  ],
  'src/client': ['src/protocol', 'src/log', 'src/incident', 'panels/model.ts'],
  'src/terminal': [],
  panels: ['src/incident', 'src/protocol', 'src/oncall/plan.ts', 'src/terminal/text.ts', 'src/terminal/chart.ts'],
  'src/console': [
    'src/client',
    'panels',
    'src/terminal',
    'src/incident',
    'src/protocol',
    'src/oncall/plan.ts',
    'src/report',
    'src/log/process-identity.ts',
  ],
  'src/drills': [
    'src/incident',
    'src/config',
    'src/client',
    'src/protocol',
    'src/probes/settings-reader.ts',
    'src/probes/child-program.ts',
  ],
  'src/cli': [
    'src/incident',
    'src/rules',
    'src/log',
    'src/protocol',
    'src/probes',
    'src/config',
    'src/oncall',
    'src/logs',
    'src/runbooks',
    'src/report',
    'src/hub',
    'src/client',
    'src/terminal',
    'panels',
    'src/console',
    'src/drills',
  ],
};
/** Rooms that ask no clock, use no randomness and import no node: module; and no package but those named for them. */
const pure = ['src/incident', 'src/rules', 'src/oncall', 'src/report', 'panels'];
const purePackages: Readonly<Record<string, readonly string[]>> = {
  'src/incident': ['valibot'],
  'src/oncall': ['temporal-polyfill', 'valibot'],
  'src/report': ['markdown-it'],
};
/** Package -> where it may be imported. */
const keepers: Readonly<Record<string, readonly string[]>> = {
  blessed: ['src/terminal'],
  'blessed-contrib': ['src/terminal'],
  ioredis: ['src/probes/redis', 'src/drills/faults'],
  pg: ['src/probes/postgres', 'src/drills/faults'],
  ws: ['src/hub', 'src/client', 'src/probes/websocket', 'src/drills/programs'],
  valibot: [
    'src/incident',
    'src/protocol',
    'src/config',
    'src/delivery',
    'src/hub',
    'src/log',
    'src/logs',
    'src/oncall/plan.ts',
    'src/runbooks/native',
  ],
  yaml: ['src/config'],
  systeminformation: ['src/probes/host'],
  'temporal-polyfill': ['src/oncall/calendar.ts'],
  undici: ['src/delivery/http.ts'],
  nodemailer: ['src/delivery/receivers/smtp.ts'],
  'markdown-it': ['src/runbooks', 'src/report'],
};

const importPattern =
  /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]/gm;

/** What `text` imports: packages by name, files by their path from the root. */
const importsOf = (file: string, text: string): readonly string[] =>
  [...text.matchAll(importPattern)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? '')
    .map((name) =>
      name.startsWith('.') ? `./${path.posix.normalize(path.posix.join(path.posix.dirname(file), name))}` : name,
    );

const isIn = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

/** Every violation in `text`, as a sentence. `file` is relative to the root, with forward slashes. */
function violations(file: string, text: string): string[] {
  const room = Object.keys(rooms).find((name) => file.startsWith(`${name}/`));
  if (room === undefined) return [`${file} stands in no room`];
  const faults: string[] = [];
  for (const name of importsOf(file, text)) {
    if (name.startsWith('./')) {
      const target = name.slice(2);
      const inside = [room, ...(rooms[room] ?? [])].some((allowed) => isIn(target, allowed));
      if (!inside) faults.push(`${file} may not import ${target}`);
      continue;
    }
    const isNode = name.startsWith('node:');
    if (pure.includes(room) && !purePackages[room]?.includes(name))
      faults.push(`${file} is pure and may not import ${name}`);
    const pkg = name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/')[0] ?? name);
    const kept = keepers[pkg];
    if (!isNode && kept && !kept.some((place) => file.startsWith(place)))
      faults.push(`${file} may not import ${pkg}; only ${kept.join(', ')}`);
  }
  if (pure.includes(room)) {
    const impure = /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|setTimeout|setInterval)\b/.exec(
      text,
    );
    if (impure) faults.push(`${file} is pure and may not use ${impure[0]}`);
  }
  return faults;
}

const files = ['src', 'panels'].flatMap((top) =>
  readdirSync(path.join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
);

const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

test('imports run one way only', () => {
  expect(files.length).toBeGreaterThan(40);
  expect(files.flatMap((file) => violations(file, textOf(file)))).toEqual([]);
});

/** Declarations at the top of a module whose value can change while the program runs. */
const mutableState = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /^(?:export )?(?:(?:let|var) .*|const (?!\w+: Readonly)[^=]*= new (?:Weak)?(?:Map|Set|Ref)\b.*)$/gm,
    ),
  ].map(([line]) => line);

/** The rules' evaluation looks up the same keys and patterns thousands of times a second; the result never depends on it. */
const cached = ['remembered', 'compiled'].map((name) => `src/rules/labels.ts: ${name}`);

test('what is pure keeps nothing between calls', () => {
  const found = files
    .filter((file) => pure.some((room) => isIn(file, room)))
    .flatMap((file) =>
      mutableState(textOf(file)).map((line) => `${file}: ${/(?:let|var|const) (\w+)/.exec(line)?.[1]}`),
    );
  expect(found).toEqual(cached);
});

test.each([
  ['let kept: Kept[] = [];', 1],
  ['export const drawn = new WeakMap<Event, Line>();', 1],
  ['const seen: Map<string, number> = new Map();', 1],
  ['const WORDS: ReadonlySet<string> = new Set(["and"]);', 0],
  ['const one = (): Map<string, number> => new Map();', 0],
  ['  let inside = 0;', 0],
])('the check of state takes "%s" for %i', (text, count) => {
  expect(mutableState(text)).toHaveLength(count);
});

test('the table allows nothing that nobody needs', () => {
  const unused = Object.entries(rooms).flatMap(([room, allowed]) => {
    const used = files.filter((file) => isIn(file, room)).flatMap((file) => importsOf(file, textOf(file)));
    return allowed
      .filter((place) => !used.some((name) => isIn(name, `./${place}`)))
      .map((place) => `${room}: ${place}`);
  });
  expect(unused).toEqual([]);
});

test('no drawers: every file is named after a thing', () => {
  expect(files.filter((file) => /(?:^|\/)(?:utils?|helpers?|common|misc|types)(?:\.ts|\/)/.test(file))).toEqual([]);
});

test('docs/architecture.md tells every room, and what it may import', () => {
  const rows = textOf('docs/architecture.md').matchAll(/^\| `(\w+)\/` *\|[^|]*\|([^|]*)\|$/gm);
  const told = Object.fromEntries(
    [...rows].map(([, room = '', places = '']) => [
      room,
      [...places.matchAll(/`([^`]+)`/g)].map(([, one]) => one).sort(),
    ]),
  );
  const named = (place: string): string => place.replace('src/', '').replace(/\.ts$/, '');
  const table = Object.entries(rooms).map(([room, allowed]) => [named(room), allowed.map(named).sort()]);
  // The last one may import everything, which is said in a word.
  expect(told).toEqual({ ...Object.fromEntries(table), cli: [] });
});

test.each([
  ['panels/redis.ts', "import { decide } from '../src/client/client.ts';"],
  ['src/hub/room.ts', "import blessed from 'blessed';"],
  ['src/incident/topics/notes.ts', "import fs from 'node:fs';"],
  ['src/incident/topics/notes.ts', 'const now = Date.now();'],
  ['src/log/journal.ts', "import { x } from '../hub/hub.ts';"],
  ['src/client/link.ts', "const screen = await import('../console/app.ts');"],
  ['src/terminal/screen.ts', "export { a } from '../console/app.ts';"],
  ['src/elsewhere/new.ts', ''],
])('the check itself catches %s: %s', (file, text) => {
  expect(violations(file, text)).not.toEqual([]);
});

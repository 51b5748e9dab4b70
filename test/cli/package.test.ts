/** What is shipped: the tarball of `npm pack`, installed without this repository and without the network. */
import { execFile } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plot } from '../../src/terminal/plot.ts';

const root = path.join(import.meta.dirname, '../..');
const temp = mkdtempSync(path.join(os.tmpdir(), 'warroom-package-'));
const installed = path.join(temp, 'global/lib/node_modules/warroom');
// Without what an outer `npm test` puts there: npm would take it for settings.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_(?!config_registry)|NODE_|VITEST)/i.test(name)),
);
const exec = promisify(execFile);
const run = async (command: string, args: readonly string[], cwd = temp): Promise<string> =>
  (await exec(command, args, { cwd, env, maxBuffer: 2 ** 24 })).stdout;

const manifest = v.object({ name: v.string(), version: v.string() });
const manifestIn = (folder: string): v.InferOutput<typeof manifest> =>
  v.parse(manifest, JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')));
/** Every file below `folder`, relative to it. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
/** Every package in the node_modules of `folder`, and in theirs. */
function packagesIn(folder: string): string[] {
  const modules = path.join(folder, 'node_modules');
  const names = readdirSync(folder).includes('node_modules') ? readdirSync(modules) : [];
  return names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(path.join(modules, name)).map((one) => `${name}/${one}`) : [name],
    )
    .flatMap((name) => [path.join(modules, name), ...packagesIn(path.join(modules, name))]);
}

const component = v.object({ name: v.string(), version: v.string(), hashes: v.optional(v.array(v.unknown())) });
const bill = v.object({
  bomFormat: v.literal('CycloneDX'),
  components: v.array(v.object({ ...component.entries, components: v.optional(v.array(component)) })),
});
const id = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`;

afterAll(() => rmSync(temp, { recursive: true, force: true }));

// npm packs only a part of a node_modules that is a link (as in a second worktree), and .ci/pack/leave-out.ts refuses to.
const linked = lstatSync(path.join(root, 'node_modules')).isSymbolicLink();

describe.skipIf(linked)('an installed warroom, where node_modules is no link', () => {
  beforeAll(async () => {
    await run('npm', ['pack', '--silent', '--pack-destination', temp], root);
    const tarball = readdirSync(temp).find((name) => name.endsWith('.tgz'))!;
    // An empty cache and no network: whatever is not in the tarball is missing.
    const alone = ['--offline', '--cache', path.join(temp, 'cache')];
    await run('npm', [
      'install',
      '--silent',
      '--global',
      ...alone,
      '--prefix',
      path.join(temp, 'global'),
      `./${tarball}`,
    ]);
  });

  test('is at most 42 packages and 12 MB, its own files included', () => {
    const packages = packagesIn(installed);
    expect(packages.length).toBeGreaterThan(20);
    expect(packages.length).toBeLessThanOrEqual(42);
    const names = packages.map((folder) => manifestIn(folder).name);
    expect(names).toEqual(expect.arrayContaining(['blessed', 'blessed-contrib', 'ioredis', 'pg', 'ws']));
    expect(names.filter((name) => ['event-stream', 'optimist', 'readable-stream', 'lodash'].includes(name))).toEqual(
      [],
    );
    // As `du` counts: whole blocks of the disk.
    const blocks = filesIn(installed).map((file) => statSync(path.join(installed, file)).blocks * 512);
    expect(blocks.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(12_000_000);
  });

  test('carries a bill of materials that names just these packages, each with its hash', async () => {
    const text = readFileSync(path.join(installed, 'dist/bill-of-materials.cdx.json'), 'utf8');
    const { components } = v.parse(bill, JSON.parse(text));
    const found = packagesIn(installed).map((folder) => id(manifestIn(folder)));
    expect(components.map(id).sort()).toEqual(found.sort());
    // The vendored one has no published package; what it is made of has.
    const parts = components.flatMap((one) => one.components ?? []);
    expect(parts).toHaveLength(5);
    const hashed = [...components.filter(({ name }) => name !== 'blessed-contrib'), ...parts];
    expect(hashed.filter(({ hashes }) => hashes?.length !== 1)).toEqual([]);
    expect(await run('npm', ['run', '--silent', 'sbom'], root)).toBe(text);
  });

  test('runs, loads every package and draws a chart, without a warning', async () => {
    const { version } = manifestIn(root);
    const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { dependencies: object };
    // The two for the screen and the one for mail are loaded as the program loads them: without their unused parts.
    const dependencies = Object.keys(own.dependencies).filter((name) => !/^(?:blessed|nodemailer)/.test(name));
    expect(await run(path.join(temp, 'global/bin/warroom'), ['--version'])).toBe(`warroom ${version}\n`);
    const values = [1, 2, 3, null, 9, 4, 2, 8];
    const size = { cols: 30, rows: 6 };
    const scale = { min: 0, max: 10 };
    // Beside the installed program, so that it finds what that one finds.
    const program = path.join(installed, 'dist/try.mjs');
    writeFileSync(
      program,
      `for (const name of ${JSON.stringify(dependencies)}) await import(name);
      const { createRenderer } = await import('./src/terminal/blessed.js');
      createRenderer(80, 24, () => {});
      const { default: smtp } = await import('./src/delivery/receivers/smtp.js');
      if (!smtp.events.includes('page')) throw new Error('no mail');
      const { plot } = await import('./src/terminal/plot.js');
      console.log(JSON.stringify(plot(...${JSON.stringify([values, size, scale])})));`,
    );
    const out = await run(process.execPath, ['--throw-deprecation', program]);
    rmSync(program);
    expect(JSON.parse(out)).toEqual(plot(values, size, scale));
  });
});

test('src/terminal/blessed-contrib is what was published, but for the lines its README names', async (context) => {
  const vendor = path.join(root, 'src/terminal/blessed-contrib');
  const part = v.object({ ...manifest.entries, integrity: v.string() });
  const upstream = v.object({ integrity: v.string(), parts: v.array(part) });
  const own = v.parse(
    v.object({ ...manifest.entries, upstream }),
    JSON.parse(readFileSync(path.join(vendor, 'package.json'), 'utf8')),
  );
  const published = [
    { ...own, integrity: own.upstream.integrity, ours: 'lib', theirs: 'lib' },
    ...own.upstream.parts.map((one) => ({ ...one, ours: `parts/${one.name}`, theirs: '' })),
  ];
  const packed = await run('npm', [
    'pack',
    '--json',
    '--fetch-retries=0',
    '--fetch-timeout=20000',
    ...published.map(id),
  ]).catch(() => undefined);
  if (packed === undefined) return context.skip('the npm registry cannot be reached');
  const entry = v.object({ ...manifest.entries, integrity: v.string(), filename: v.string() });
  const fetched = v.parse(v.array(entry), Object.values(JSON.parse(packed) as object));

  const allowed = [...readFileSync(path.join(vendor, 'README.md'), 'utf8').matchAll(/^ {4}\+(.*)$/gm)].map(
    ([, line]) => line!,
  );
  const changed: string[] = [];
  for (const one of published) {
    const tarball = fetched.find((file) => id(file) === id(one))!;
    expect(tarball.integrity).toBe(one.integrity);
    await run('tar', ['-xzf', tarball.filename]);
    const folder = path.join(temp, 'package', one.theirs);
    for (const file of filesIn(path.join(vendor, one.ours)).filter((name) => !name.startsWith('LICENSE'))) {
      const lines = readFileSync(path.join(vendor, one.ours, file), 'utf8').split('\n');
      // An excerpt is held against all its sources together.
      const excerpt = one.name === 'gl-matrix';
      const sources = excerpt ? ['common', 'mat2d', 'vec2'].map((name) => `lib/gl-matrix/${name}.js`) : [file];
      const theirs = sources.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n');
      const known = new Set((excerpt ? theirs.replaceAll(/\r|\bglMatrix\.|^export /gm, '') : theirs).split('\n'));
      if (!excerpt) expect(lines.length).toBe(theirs.split('\n').length);
      changed.push(...lines.filter((line) => !known.has(line)));
    }
    rmSync(path.join(temp, 'package'), { recursive: true });
  }
  expect(changed.sort()).toEqual(allowed.sort());
});

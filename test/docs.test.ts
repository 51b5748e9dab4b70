/** The pages people read: what they link to is there, and the commands they name can be run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/commands/index.ts';

const root = path.join(import.meta.dirname, '..');
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`),
].filter((page) => page.endsWith('.md'));
const scripts = Object.keys(
  (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
);

/** What stands in code: spans, fences, and lines set in by four spaces. */
const code = (text: string): string =>
  [...text.matchAll(/^```[\s\S]*?^```|`[^`\n]+`|^ {4}\S.*$/gm)].map(([found]) => found).join('\n');

test.each(pages)('%s links to what is there, and names what can be run', (page) => {
  const text = readFileSync(path.join(root, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, to]) => to ?? '')
    .filter((to) => !/^[a-z]+:/.test(to));
  const named = [...text.matchAll(/`((?:docs|config|src)\/[\w./-]+\.\w+)`/g)].map(([, to]) => `/${to}`);
  const at = (to: string): string => (to.startsWith('/') ? path.join(root, to) : path.join(root, page, '..', to));
  expect([...links, ...named].filter((to) => !existsSync(at(to)))).toEqual([]);

  const commands = [...code(text).matchAll(/(?:^ *|`|\$ )warroom ([a-z]+)\b/gm)].map(([, name]) => name ?? '');
  expect(commands.filter((name) => !Object.hasOwn(COMMANDS, name))).toEqual([]);
  const runs = [...code(text).matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name ?? '');
  expect(runs.filter((name) => !scripts.includes(name))).toEqual([]);
});

test('the README lists every page', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  expect(pages.filter((page) => page.startsWith('docs/') && !readme.includes(`(${page})`))).toEqual([]);
});

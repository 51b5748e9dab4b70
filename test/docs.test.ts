/** The pages people read: what they link to is there, and the commands they name can be run. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { COMMON, optionsOf } from '../src/cli/command.ts';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { loadConfig } from '../src/config/config.ts';
import webhook from '../src/delivery/receivers/webhook.ts';
import { blankIncident } from '../src/incident/incident.ts';
import { filledUpdate, UPDATE_PLACEHOLDERS } from '../src/incident/public-words.ts';
import { SettingsReader } from '../src/probes/settings-reader.ts';
import { message, sendContext } from './delivery/messages.ts';
import { Provider } from './delivery/provider.ts';

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

/** Each `warroom NAME …` that stands in code: the name and the options it is given. */
const typed = (text: string): (readonly [string, readonly string[]])[] =>
  [...code(text).matchAll(/(?:^ *|`|\$ )warroom ([a-z]+)\b([^`#\n]*)/gm)].map(([, name = '', rest = '']) => [
    name,
    [...rest.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option ?? ''),
  ]);

test.each(pages)('%s gives commands options that they take', async (page) => {
  for (const [name, options] of typed(readFileSync(path.join(root, page), 'utf8'))) {
    const command = await COMMANDS[name]?.();
    const known = Object.keys({ ...COMMON, ...(command ? optionsOf(command) : {}) });
    expect([name, options.filter((option) => !known.includes(option))]).toEqual([name, []]);
  }
});

test('the README’s warroom.yaml is one', async () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const example = /^ {4}targets:\n(?: {4}.*\n)+/m.exec(readme)?.[0].replaceAll(/^ {4}/gm, '') ?? '';
  const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-readme-'));
  writeFileSync(path.join(dir, 'warroom.yaml'), example);
  const config = await loadConfig({ dir, env: { REDIS_PASSWORD: 'x', PG_PASSWORD: 'y' } });
  rmSync(dir, { recursive: true });
  expect(config).toMatchObject({ targets: [{ name: 'api' }, { name: 'cache' }, { name: 'orders' }, { name: 'edge' }] });
});

test('the example of an oncall.yaml is one', async () => {
  const page = readFileSync(path.join(root, 'docs/configuration.md'), 'utf8');
  const example = /^```yaml\n(people:[\s\S]*?)^```/m.exec(page)?.[1] ?? '';
  const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-docs-'));
  writeFileSync(path.join(dir, 'oncall.yaml'), example);
  const config = await loadConfig({ dir, env: {} });
  rmSync(dir, { recursive: true });
  expect(config).toMatchObject({ oncall: { plan: { rotations: [{ name: 'primary' }, { name: 'secondary' }] } } });
});

test('the examples of a receivers.yaml are some', async () => {
  const page = readFileSync(path.join(root, 'docs/deliveries.md'), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n(receivers:[\s\S]*?)^```/gm)].map(([, example = '']) => example);
  expect(examples.length).toBeGreaterThan(0);
  const env = Object.fromEntries([...page.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, 'https://example.org/x']));
  for (const example of examples) {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-docs-'));
    writeFileSync(path.join(dir, 'receivers.yaml'), example);
    writeFileSync(path.join(dir, 'token'), 'tk_secret\n');
    writeFileSync(path.join(dir, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    const config = await loadConfig({ dir, env: { ...env, NTFY_TOPIC: 'alarms' } });
    rmSync(dir, { recursive: true });
    expect(config).toHaveProperty('receivers');
  }
});

test('the webhook in the docs is what is sent', async () => {
  const page = readFileSync(path.join(root, 'docs/deliveries.md'), 'utf8');
  const told = JSON.parse(/^```json webhook\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '{}') as Record<string, string>;
  const provider = await Provider.open({ check: () => [], good: () => ({ status: 200 }) });
  const settings = webhook.read(new SettingsReader({ url: provider.url }));
  const { incident: id = '', title = '', url = '', text = '', at = '' } = told;
  const incident = { ...message('page').incident!, id, title, status: 'declared' as const };
  const sent = message('page', { id: told['id'] ?? '', incident, text, at, url });
  expect(await webhook.send(settings, sent, sendContext())).toEqual({ state: 'delivered' });
  await provider.close();
  expect(provider.requests[0]?.json).toEqual(told);
});

test('the template in the docs is one, and filled as it stands there', async () => {
  const page = readFileSync(path.join(root, 'docs/configuration.md'), 'utf8');
  const [, template = '', line = '', text = ''] =
    /^```md\n([\s\S]*?)^```[\s\S]*?^```sh\n(warroom update .*)\n```\n\n```text\n([\s\S]*?)^```/m.exec(page) ?? [];
  const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-docs-'));
  mkdirSync(path.join(dir, 'templates'));
  writeFileSync(path.join(dir, 'templates/identified.md'), template);
  const config = await loadConfig({ dir, env: {} });
  rmSync(dir, { recursive: true });
  if ('faults' in config) throw new Error(JSON.stringify(config.faults));
  const [, sentence = '', component] =
    /update "(.*)" --status identified --component (\w+) --next 45m/.exec(line) ?? [];
  const incident = blankIncident('2026-11-23-checkout');
  const asked = { incident, policy: config.policy, now: Date.parse('2026-11-23T14:05:00Z') };
  const words = { state: 'identified', sentence, component, nextMs: 45 * 60_000 } as const;
  expect(`${filledUpdate(config.templates, asked, words).text}\n`).toBe(text);
  for (const name of UPDATE_PLACEHOLDERS) expect(page).toContain(`\`{${name}}\``);
});

test('the README lists every page', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  expect(pages.filter((page) => page.startsWith('docs/') && !readme.includes(`(${page})`))).toEqual([]);
});

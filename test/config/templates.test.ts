/** The templates of public updates: the folder's own, the shipped ones, and every fault at its place. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { formatFault } from '../../src/config/fault.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-templates-'));
  await mkdir(path.join(dir, 'templates'));
});
afterEach(() => rm(dir, { recursive: true }));
const write = (name: string, text: string): Promise<void> => writeFile(path.join(dir, 'templates', name), text);
const load = () => loadConfig({ dir, env: {} });
async function faults(): Promise<string[]> {
  const config = await load();
  if (!('faults' in config)) throw new Error('there is no fault');
  return config.faults.map((fault) => formatFault(fault).replaceAll(`${dir}/templates/`, ''));
}

test('a folder holds only what differs; the rest is shipped; an editor’s marks and line ends are no part of it', async () => {
  await write('identified.md', '\uFEFFWe know why.\r\n{sentence}\r\n');
  await write('postmortem.md', 'another kind of file, with its own {names}\n');
  const config = await load();
  expect(config).toMatchObject({
    templates: {
      identified: 'We know why.\n{sentence}\n',
      resolved: expect.stringContaining('The problem is solved.') as string,
    },
  });
  const used = 'faults' in config ? [] : config.files.filter((file) => file.includes('/templates/'));
  expect(used.map((file) => [path.basename(file), file.startsWith(dir)])).toEqual([
    ['investigating.md', false],
    ['identified.md', true],
    ['monitoring.md', false],
    ['resolved.md', false],
  ]);
});

test('every fault is named at its place, all at once', async () => {
  await write('investigating.md', '{component}: {sentence}\nuntil {next_updat}, {who}\n');
  await write('identified.md', '\n \n');
  await write('monitoring.md', `{sentence}${'x'.repeat(2_000)}`);
  await write('resolvd.md', '{sentence}');
  await write('resolved.md', 'It is over.\n');
  expect(await faults()).toEqual([
    'investigating.md:2:7: there is no placeholder {next_updat}; did you mean "next_update"?\n  until {next_updat}, {who}\n        ^',
    'investigating.md:2:21: there is no placeholder {who}: known are component, impact, sentence, started, ended, last_update, next_update, summary\n  until {next_updat}, {who}\n                      ^',
    'identified.md:1:1: the file is empty: take it away for the shipped one',
    'monitoring.md:1:1: a template has at most 2000 characters; this one has 2010',
    'resolved.md:1:1: there is no {sentence}: what a person writes would not be told',
    'resolvd.md:1:1: no template is called so; did you mean "resolved.md"?',
  ]);
});

test('a template that cannot be read is a fault, not the shipped one', async () => {
  await mkdir(path.join(dir, 'templates', 'monitoring.md'));
  expect(await faults()).toEqual(['monitoring.md:1:1: the file cannot be read (EISDIR)']);
});

/** alerts.yaml as part of the configuration. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, shippedDir } from '../../src/config/config.ts';
import { formatFault } from '../../src/config/fault.ts';

let dir: string;
beforeAll(async () => (dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-config-'))));
afterAll(() => rm(dir, { recursive: true }));

test('without a file of its own a folder has the handbook’s five conditions', async () => {
  const config = await loadConfig({ dir, env: {} });
  if ('faults' in config) throw new Error(config.faults.map(formatFault).join('\n'));
  expect(config.files).toContain(path.join(shippedDir(), 'alerts.yaml'));
  expect(config.rules.map(({ text, severity }) => `${severity} ${text}`)).toEqual([
    'SEV-1 ws_connections < 100 for 2m',
    'SEV-2 redis_memory_usage > 0.9',
    'SEV-1 ws_connection_errors > 100/min',
    'SEV-1 db_pool_exhausted',
    'SEV-1 github_oauth_errors > 10/min',
  ]);
});

test('the faults of all files come at once; with one, nothing is read', async () => {
  await writeFile(path.join(dir, 'warroom.yaml'), 'targets:\n  - { name: cache, kind: rediss }\n');
  await writeFile(path.join(dir, 'alerts.yaml'), 'alerts:\n  - { name: A, condition: x >> 1, severity: SEV-7 }\n');
  const config = await loadConfig({ dir, env: {} });
  expect(config).not.toHaveProperty('rules');
  const faults =
    'faults' in config
      ? config.faults.map((fault) => `${path.basename(fault.file)}:${fault.line}:${fault.column}`)
      : [];
  expect(faults).toEqual(['warroom.yaml:2:26', 'alerts.yaml:2:30', 'alerts.yaml:2:45']);
});

test('more rule files stand in the folder alerts, Prometheus’ too; a name given in two of them is a fault', async () => {
  const home = await mkdtemp(path.join(os.tmpdir(), 'warroom-home-'));
  const own = path.join(home, 'warroom');
  await mkdir(path.join(own, 'alerts'), { recursive: true });
  const rule = 'alerts:\n  - { name: Mine, condition: x > 1, severity: SEV-3 }\n';
  const file = (name: string): string => path.join(own, 'alerts', name);
  await writeFile(file('mine.yaml'), rule);
  await writeFile(file('theirs.rules.yml'), 'groups: [{ name: g, rules: [{ alert: Theirs, expr: x > 1 }] }]\n');
  await writeFile(file('notes.txt'), 'no rules');
  // Without a warroom.yaml, too, it is the configuration in use.
  const request = { env: { XDG_CONFIG_HOME: home }, cwd: dir };
  const config = await loadConfig(request);
  if ('faults' in config) throw new Error(config.faults.map(formatFault).join('\n'));
  expect(config.rules.map(({ id }) => id).slice(4)).toEqual(['GitHub OAuth Errors', 'Mine', 'g/Theirs']);
  expect(config.files.slice(-2)).toEqual([file('mine.yaml'), file('theirs.rules.yml')]);
  await writeFile(path.join(own, 'alerts.yaml'), rule);
  const twice = await loadConfig(request);
  expect('faults' in twice && twice.faults.map(formatFault).join()).toContain('there is already an alert "Mine"');
  await rm(home, { recursive: true });
});

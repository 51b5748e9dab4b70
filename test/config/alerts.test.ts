/** alerts.yaml as part of the configuration. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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

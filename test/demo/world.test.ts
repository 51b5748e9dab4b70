/** The demo's configuration is valid, its targets are up, and its handles break what they say. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { value, watch } from '../probes/ask.ts';
import { startDemoWorld, type DemoWorld } from './world.ts';

let world: DemoWorld;
beforeAll(async () => (world = await startDemoWorld({ every: '300ms' })));
afterAll(() => world.close());

test('a world to look at', async () => {
  const config = await loadConfig({ dir: world.config, env: {} });
  if ('faults' in config) throw new Error(JSON.stringify(config.faults));
  const seen = watch(config.targets.filter(({ name }) => name !== 'hub'));
  await Promise.all(['chat', 'cache', 'orders', 'chat sockets', 'this machine'].map((name) => seen.until(name, 'up')));
  world.app.mood = 'sick';
  world.freezePostgres();
  await world.stopRedis();
  const [sick] = await Promise.all([
    seen.until('chat', 'status'),
    seen.until('orders', 'timeout query'),
    seen.until('cache', 'refused connect'),
  ]);
  expect(value(sick, 'ws_connections')).toBeGreaterThan(0);
  await seen.close();
});

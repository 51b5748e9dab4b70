/** The failures of a bad night, one target each: said in words within three intervals, nobody else stalls, all recover. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Probe, Target } from '../../src/probes/probe.ts';
import { readingOf } from '../../src/probes/session.ts';
import type { Reading } from '../../src/protocol/reading.ts';
import { endSupervisor, freePort, privatePostgres, privateRedis, type PrivateServer } from '../services/services.ts';
import { until } from '../support/patience.ts';
import { target, value, watch, word } from './ask.ts';

const EVERY = 300;
let redisPort: number;
let redis: PrivateServer;
let postgres: PrivateServer;
let api: http.Server;
let asked = 0;
let mood: 'well' | 'hangs' | 'sick' = 'well';
let targets: Target[];

beforeAll(async () => {
  api = http.createServer((_, response) => {
    asked++;
    if (mood === 'hangs') return;
    const body = JSON.stringify({ status: mood === 'well' ? 'ok' : 'error', websocket_connections: 12 });
    response.writeHead(mood === 'well' ? 200 : 503, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
  redisPort = await freePort();
  [redis, postgres] = await Promise.all([privateRedis({ args: ['--port', String(redisPort)] }), privatePostgres()]);
  targets = await Promise.all([
    target('cache', 'redis', { url: `redis://127.0.0.1:${redisPort}` }, EVERY),
    target('db', 'postgres', { url: postgres.url }, EVERY),
    target('api', 'http', { url: `http://127.0.0.1:${(api.address() as AddressInfo).port}/healthz` }, EVERY),
    target('here', 'host', {}, EVERY),
  ]);
});
afterAll(async () => {
  api.closeAllConnections();
  api.close();
  await endSupervisor();
});

/**
 * Fails unless `name` says `said` within three intervals. The clock is the readings of a target that is well: a machine
 * that is busy delays both. Three intervals hold at most four of its readings.
 */
async function toldInTime(seen: ReturnType<typeof watch>, name: string, said: string): Promise<Reading> {
  const before = seen.of('here').length;
  const told = await seen.until(name, said);
  expect(seen.of('here').length - before).toBeLessThanOrEqual(4);
  return told;
}

test('each failure is told within three intervals, the others go on, and each recovers by itself', async () => {
  const seen = watch(targets);
  for (const { name } of targets) await seen.until(name, 'up');

  mood = 'sick';
  expect(value(await toldInTime(seen, 'api', 'status'), 'ws_connections')).toBe(12);

  mood = 'hangs';
  await toldInTime(seen, 'api', 'timeout processing');

  await redis.stop();
  await toldInTime(seen, 'cache', 'refused connect');

  postgres.freeze();
  await toldInTime(seen, 'db', 'timeout query');

  // With three of four down at once, the fourth has not missed one, and the three say so at every interval.
  const before = new Map(targets.map(({ name }) => [name, seen.of(name).length]));
  const since = (name: string) => seen.of(name).slice(before.get(name));
  await until('all say how they are', () =>
    targets.every(({ name }) => since(name).length > (name === 'here' ? 2 : 0)),
  );
  for (const { name } of targets) {
    for (const reading of since(name)) expect(reading.up).toBe(name === 'here');
  }
  await until('it is said when it is tried again', () =>
    since('cache').some(({ facts }) => facts['retry'] !== undefined),
  );

  mood = 'well';
  postgres.thaw();
  redis = await privateRedis({ args: ['--port', String(redisPort)] });
  await Promise.all(targets.map(({ name }) => seen.until(name, 'up')));
  await seen.close();
});

test('a closer look goes on in the background, says how far it is, and is forgotten with the server it was of', async () => {
  const { PROBE_KINDS: KINDS } = await import('../../src/probes/index.ts');
  let [instanceId, slices, trouble] = ['first', 0, false];
  const rows = { found: [{ key: 'big' }] };
  const deep: Probe = {
    metrics: {},
    inspects: 'all there is',
    parse: () => ({}),
    open: (at) => ({
      poll: async () => readingOf(at, performance.now(), { failure: null, samples: [], instanceId, rows: { top: [] } }),
      inspect: async () => {
        const failure = trouble ? ({ class: 'perm', message: 'not allowed' } as const) : null;
        return { failure, isDone: ++slices === 3, seen: `${slices} of 3`, rows };
      },
      close: async () => {},
    }),
  };
  (KINDS as Record<string, unknown>)['deep'] = { prefixes: [], load: async () => deep };
  const seen = watch([{ name: 'keys', kind: 'deep', intervalMs: 100, settings: {} }, targets[2]!]);
  expect(await seen.inspect('keys')).toEqual({ refused: 'keys does not answer' });
  for (const name of ['keys', 'api']) await seen.until(name, 'up');
  expect(await seen.inspect('nobody')).toEqual({ refused: 'there is no target nobody' });
  expect(await seen.inspect('api')).toEqual({ refused: 'http targets cannot be inspected' });

  // Asked twice it looks once.
  const said = await Promise.all([seen.inspect('keys'), seen.inspect('keys')]);
  const words = 'looked for all there is on keys: 1 of 3 so far; its panel, zoomed, shows them';
  expect(said).toEqual([{ said: words }, { said: words }]);
  const last = (): Reading | undefined => seen.of('keys').at(-1);
  await until('a part is shown as a part', () => last()?.facts['sampling'] !== undefined);
  expect(last()?.facts).toMatchObject({ inspects: 'all there is', sampled: expect.stringMatching(/^[12] of 3$/) });
  await until('all is seen', () => last()?.facts['sampled'] === '3 of 3' && last()?.facts['sampling'] === undefined);
  expect(last()?.rows).toEqual({ top: [], ...rows });

  instanceId = 'second';
  await until('another server has other keys', () => last()?.instanceId === instanceId);
  expect([last()?.facts['sampled'], last()?.rows]).toEqual([undefined, { top: [] }]);

  trouble = true;
  expect(await seen.inspect('keys')).toEqual({ refused: 'keys: not allowed' });
  await until('it is said on the panel too', () => last()?.facts['unsampled'] === 'not allowed');
  await seen.close();
  delete (KINDS as Record<string, unknown>)['deep'];
});

test('a server that was only guessed and is not there, or lets nobody in, is absent, and no rule sees it', async () => {
  const locked = await privateRedis({ args: ['--requirepass', 'hunter2'] });
  const guess = async (name: string, url: string) => ({
    ...(await target(name, 'redis', { url }, EVERY)),
    optional: true,
  });
  const seen = watch([await guess('gone', 'redis://127.0.0.1:1'), await guess('locked', locked.url)]);
  const gone = await seen.until('gone', 'refused connect');
  expect(gone.facts['absent']).toBe('no server at 127.0.0.1:1: name one under targets: in warroom.yaml');
  expect(gone.samples).toEqual([]);
  const refused = await seen.until('locked', 'auth connect');
  expect(refused.facts['absent']).toMatch(/^a server at 127\.0\.0\.1:\d+ does not let us in/);
  await seen.close();
});

test('after close nothing more is said, and what is under way ends', async () => {
  mood = 'hangs';
  const before = asked;
  const seen = watch(targets);
  await until('a poll is under way', () => asked > before);
  await seen.close();
  const said = targets.map(({ name }) => seen.of(name).length);
  const later = watch(targets);
  await until('others would have been said by now', () => later.of('here').length >= 3);
  await later.close();
  expect(targets.map(({ name }) => seen.of(name).length)).toEqual(said);
  mood = 'well';
});

test('a poll that ignores its signal is reported at every interval and not started twice', async () => {
  const { PROBE_KINDS: KINDS } = await import('../../src/probes/index.ts');
  let polls = 0;
  const stuck = {
    parse: () => ({}),
    open: () => ({ poll: () => (polls++, new Promise<never>(() => {})), close: async () => {} }),
  };
  (KINDS as Record<string, unknown>)['stuck'] = { prefixes: [], load: async () => stuck };
  const seen = watch([{ name: 'stuck', kind: 'stuck', intervalMs: 100, settings: {} }]);
  await until('it was reported three times', () => seen.of('stuck').length >= 3);
  await seen.close();
  expect(polls).toBe(1);
  expect(seen.of('stuck').map(word)).toContain('timeout poll');
  expect(value(seen.of('stuck').at(-1) as never, 'probe_skipped_total')).toBeGreaterThan(0);
  delete (KINDS as Record<string, unknown>)['stuck'];
});

/** Steps of a runbook on a real hub, against a real Redis and a real PostgreSQL. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { systemClock } from '../../src/protocol/clock.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { isRunOver, runOf, type StepRun } from '../../src/incident/runs.ts';
import { STEPS, stepOptions } from '../runbooks/step-hub.ts';
import { BATCH } from '../runbooks/slow-steps.ts';
import { runbookOf } from '../runbooks/world.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
let [dir, incident] = ['', ''];
let hub: Hub;
let [ana, ben]: Client[] = [];
/** How far the hub's steady clock is ahead, ms. */
let ahead = 0;
const redis = new Redis(inject('redisUrl'));
beforeAll(async () => {
  expect(runbookOf(STEPS).steps.filter(({ isExecutable }) => !isExecutable)).toMatchObject([{ name: 'team' }]);
  dir = await opened.folder();
  const clock = { ...systemClock, mono: () => systemClock.mono() + ahead };
  hub = await opened.hub(dir, { ...stepOptions(inject('redisUrl'), inject('databaseUrl')), clock });
  ana = await opened.client(hub, 'ana');
  incident = await declare(ana);
  ben = await opened.client(hub, 'ben');
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  for (const client of [ana, ben]) client.follow(incident);
  await until('both follow', () => ben?.view.incident?.roles.ic === 'ana');
});
afterAll(async () => {
  await opened.tidy();
  redis.disconnect();
});
let prefix = '';
beforeEach(({ task }) => {
  prefix = `k:${task.id}`;
});
const pattern = (): string => `${prefix}:*`;
const lay = async (count: number): Promise<void> => {
  const keys = Array.from({ length: count }, (_, at) => [`${prefix}:${String(at).padStart(4, '0')}`, 'x']);
  await redis.mset(keys.flat());
};

/** Asks for a step; answers its number, or the reason of the refusal. */
async function run(client: Client | undefined, step: string, params?: Record<string, string>, more: object = {}) {
  const answer = await ask(
    client!,
    { kind: 'run_step', runbook: 'r', step, ...(params && { params }), ...more },
    incident,
  );
  return 'ack' in answer ? answer.ack.seq : 'nack' in answer ? answer.nack.reason : answer.done.said;
}
const now = (seq: number | string): StepRun | undefined => runOf(ana!.view.incident!, Number(seq));
async function when(seq: number | string, isSo: (run: StepRun) => boolean): Promise<StepRun> {
  await until(
    `#${seq}`,
    () => {
      const found = now(seq);
      return found !== undefined && isSo(found);
    },
    () => JSON.stringify(now(seq) ?? seq),
  );
  return now(seq)!;
}
const over = (seq: number | string): Promise<StepRun> => when(seq, isRunOver);
const ended = (seq: number | string) => {
  const event = ana!.view.events.find((one) => one.kind === 'step_finished' && one.ref === seq);
  return event?.kind === 'step_finished' ? event.data : undefined;
};
async function output(seq: number | string): Promise<string> {
  await over(seq);
  return readFileSync(path.join(dir, 'runbooks', incident, `${seq}.txt`), 'utf8');
}
const approve = async (client: Client | undefined, ref: number | string, typed?: string): Promise<string> => {
  const answer = await ask(
    client!,
    { kind: 'approve_step', ref: Number(ref), ...(typed !== undefined && { typed }) },
    incident,
  );
  return 'nack' in answer ? answer.nack.reason : 'ok';
};

test('observe: values are bound, whole numbers stay whole, rows and time end at a bound', async () => {
  const rows = await run(ben, 'rows');
  expect(await output(rows)).toContain("it's; SELECT 2  9007199254740993  1");
  expect(now(rows)).toMatchObject({ state: 'done', by: 'ben', target: 'db', result: '3 rows' });
  expect(await output(await run(ben, 'ping', { word: 'a "b"\nSET x 1' }))).toContain('a "b"\nSET x 1');
  const many = await run(ben, 'many');
  expect((await output(many)).split('\n').length).toBeLessThan(1_010);
  expect(now(many)?.result).toMatch(/first 1,000 rows/);
  expect(await over(await run(ben, 'slow'))).toMatchObject({
    state: 'failed',
    result: expect.stringMatching(/1 s|57014/),
  });
});

test('a log is searched for what a parameter says; where there is none of that name, it is said', async () => {
  const text = await output(await run(ben, 'search', { word: 'name=binary kind=obs' }));
  expect(text).toContain('sh {name=binary kind=observe}');
  expect(await run(ben, 'search', undefined, { target: 'her' })).toMatch(/no log "her"; did you mean "here"/);
});

test('a change is previewed, confirmed by its meaning, approved by the IC, applied in batches and verified', async () => {
  await lay(120);
  const seq = await run(ben, 'expire', { pattern: pattern(), ttl: '1' });
  const { preview } = await when(seq, ({ state }) => state === 'previewed');
  // SEV-1: the name of the target is typed.
  expect(preview).toMatchObject({ count: 120, unit: 'keys', node: 'here', confirm: 'cache', isTyped: true });
  expect(await approve(ben, seq)).toBe('to confirm, type cache');
  expect(await approve(ben, seq, '120')).toBe('to confirm, type cache');
  expect(await approve(ben, seq, 'cache')).toBe('ok');
  expect((await when(seq, ({ state }) => state === 'confirmed')).confirmedBy).toBe('ben');
  expect(await approve(ben, seq)).toMatch(/only the IC approves/);
  await redis.expire(`${prefix}:0007`, 50);
  expect(await approve(ana, seq)).toBe('ok');
  const done = await when(seq, ({ verified }) => verified !== undefined);
  expect(done).toMatchObject({ state: 'done', of: 120, batch: BATCH, applied: 119, skipped: 1, approvedBy: 'ana' });
  expect(done.verified).toEqual({ ok: true, text: '0 keys without expiry' });
  expect(await redis.ttl(`${prefix}:0007`)).toBeLessThanOrEqual(50);
  const kinds = ben!.view.events.filter(({ ref }) => ref === seq).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'step_progressed')).toHaveLength(3);
});

test('nothing to change, too much, half a look, an unknown word: refused, and nothing is touched', async () => {
  const params = { pattern: pattern(), ttl: '1' };
  expect(await over(await run(ana, 'expire', params))).toMatchObject({
    state: 'refused',
    result: expect.stringMatching(/nothing to change/),
  });
  await lay(5_001);
  expect((await over(await run(ana, 'expire', params))).result).toMatch(/5,001 keys, and the runbook allows 5,000/);
  expect((await over(await run(ana, 'expire', { ...params, pattern: 'half:*' }))).result).toMatch(/nobody knows/);
  expect(await run(ana, 'expire', { ...params, patern: 'x' })).toMatch(/no parameter "patern"; did you mean "pattern"/);
  expect(await run(ana, 'expire', { ttl: 'soon' })).toMatch(/ttl is a number/);
  expect(await run(ana, 'say', { secret: 'given' })).toMatch(/secret is a secret/);
  expect(await run(ana, 'expird')).toMatch(/did you mean "expire"/);
  expect(await run(ana, 'expire', {}, { dryRun: true, runbook: 'q' })).toMatch(/no runbook "q"/);
  expect(await redis.exists(`changed:${pattern()}`)).toBe(0);
});

test('an approval that comes late: the preview is taken anew, and asked about again when it grew', async () => {
  await lay(30);
  const params = { pattern: pattern(), ttl: '1' };
  const [seq, other] = [await run(ben, 'expire', params), await run(ben, 'expire', params)];
  for (const one of [seq, other]) await when(one, ({ state }) => state === 'previewed');
  for (const one of [seq, other]) expect(await approve(ben, one, 'cache')).toBe('ok');
  ahead += 40_000;
  expect(await approve(ana, seq)).toBe('ok');
  expect(await over(seq)).toMatchObject({ state: 'done', applied: 30 });
  await lay(31);
  ahead += 40_000;
  expect(await approve(ana, other)).toBe('ok');
  const again = await when(other, ({ state, preview }) => state === 'previewed' && preview?.count === 31);
  expect(again.approvedBy).toBeUndefined();
  expect(await redis.hlen(`changed:${pattern()}`)).toBe(30);
  expect(await approve(ana, other, 'cache')).toBe('ok');
  expect(await over(other)).toMatchObject({ state: 'done', applied: 31 });
});

test('stopped between two batches: what was applied is known to the key; meanwhile nothing else changes that target', async () => {
  await lay(1_000);
  const params = { pattern: pattern(), ttl: '60' };
  const [seq, other] = [await run(ana, 'expire', params), await run(ana, 'expire', params)];
  for (const one of [seq, other]) await when(one, ({ state }) => state === 'previewed');
  expect(await approve(ana, seq, 'cache')).toBe('ok');
  await when(seq, ({ applied = 0 }) => applied >= 2 * BATCH);
  expect(await approve(ana, other, 'cache')).toBe('ok');
  expect(await over(other)).toMatchObject({
    state: 'refused',
    result: expect.stringMatching(/expire changes cache now/),
  });
  expect(await run(ana, 'expire', params)).toMatch(/expire changes cache now/);
  await ask(ben!, { kind: 'stop_step', ref: Number(seq), why: 'enough' }, incident);
  const { state, applied } = await over(seq);
  expect(state).toBe('stopped');
  expect(applied).toBe(await redis.hlen(`changed:${pattern()}`));
  expect(applied).toBeLessThan(1_000);
});

test('a flood is cut at 10 MB, noise is not shown, what never ends is ended with all it started', async () => {
  const [huge, binary, endless] = [await run(ana, 'huge'), await run(ana, 'binary'), await run(ana, 'endless')];
  expect(await over(endless)).toMatchObject({ state: 'failed', result: 'ended after 1 s, its time limit' });
  const left = readFileSync('/proc/self/stat').length > 0 ? await sleepers() : [];
  expect(left).toEqual([]);
  expect(await output(binary)).toMatch(/^\s*\[300,000 bytes: binary output, not shown\]\s*$/);
  const text = await output(huge);
  expect(text.length).toBeLessThan(10.1 * 2 ** 20);
  expect(text).toMatch(/\[90,5\d\d,\d{3} bytes: more were printed and not kept\]\s*$/);
  expect(ended(huge)?.output).toHaveLength(2_000);
  expect(statSync(path.join(dir, 'runbooks', incident, `${huge}.txt`)).mode & 0o777).toBe(0o600);
});

test('a look that somebody stops ends with all it started, and keeps what it printed', async () => {
  const seq = await run(ana, 'waits');
  await until('it prints', () => ben!.view.outputs.get(Number(seq)) === 'begun\n');
  expect(await ask(ben!, { kind: 'stop_step', ref: Number(seq) }, incident)).toHaveProperty('ack');
  expect(await over(seq)).toMatchObject({ state: 'stopped', result: 'before its end' });
  expect(ended(seq)?.output).toBe('begun\n');
  expect(await sleepers()).toEqual([]);
});

async function sleepers(): Promise<readonly string[]> {
  const { readdirSync } = await import('node:fs');
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\x0098765\0';
    } catch {
      return false;
    }
  });
}

test('a secret of the environment is in no record, no file, on no screen', async () => {
  const seq = await run(ana, 'say', { word: '$(id) `id` "; rm -rf /' });
  const text = await output(seq);
  const word = '$(id) `id` "; rm -rf /';
  expect(text).toBe(`${word} ${word} ${word} the secret is •••\n`);
  await until('it was shown live', () => ben!.view.outputs.get(Number(seq)) === text);
  const record = JSON.stringify(ana!.view.events);
  expect(record).toContain('"secret":"•••"');
  expect(record).not.toContain('correct-horse');
  const whole = await ask(ana!, { kind: 'read_output', ref: Number(seq) }, incident);
  expect('done' in whole && JSON.parse(whole.done.said)).toEqual({ text, next: null, total: Buffer.byteLength(text) });
});

test('an answer is a parameter of later steps; a step that is left out says why', async () => {
  expect(await over(await run(ben, 'team', { team: 'payments' }))).toMatchObject({
    state: 'done',
    result: 'team: payments',
  });
  const seq = await run(ben, 'slow', undefined, { skip: 'takes too long' });
  expect(await over(seq)).toMatchObject({ state: 'skipped', result: 'takes too long' });
  expect(await run(ben, 'team')).toBe('answer it: --param team=…');
  expect(await run(ben, 'team', { team: 'x'.repeat(281) })).toBe('an answer has at most 280 characters');
});

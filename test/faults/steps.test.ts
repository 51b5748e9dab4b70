/** kill -9 of the hub in the middle of a step that changes something: what was applied is known, and nothing is applied twice. */
import { Redis } from 'ioredis';
import { afterEach, expect, inject, test } from 'vitest';
import { isRunOver, runOf, type StepRun } from '../../src/incident/runs.ts';
import { BATCH } from '../runbooks/slow-steps.ts';
import { startChild } from '../support/child.ts';
import { until } from '../support/patience.ts';
import { chance } from '../support/random.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const KILLS = Number(process.env['WARROOM_STEP_KILLS'] ?? 2);
const KEYS = 1_500;
const pattern = 'killed:*';

test(`${KILLS} kills at random moments of a step`, async () => {
  const redis = new Redis(inject('redisUrl'));
  opened.later(async () => redis.disconnect());
  const dir = await opened.folder();
  const more = ['--redis', inject('redisUrl')];
  let hub = await startChild(dir, 0, more);
  opened.later(() => hub.kill('SIGKILL'));
  const port = Number(new URL(hub.url).port);
  const ana = await opened.client(hub, 'ana', { random: () => chance() * 0.1 });
  const incident = await declare(ana);
  const now = (seq: number): StepRun | undefined =>
    ana.view.incident === null ? undefined : runOf(ana.view.incident, seq);
  const when = (seq: number, isSo: (run: StepRun) => boolean) =>
    until(
      `#${seq}`,
      () => {
        const run = now(seq);
        return run !== undefined && isSo(run);
      },
      () => JSON.stringify(now(seq) ?? ana.view.link),
    );
  const request = async (like = pattern): Promise<number> => {
    const params = { pattern: like, ttl: '12' };
    const answer = await ask(ana, { kind: 'run_step', runbook: 'r', step: 'expire', params }, incident);
    if (!('ack' in answer)) throw new Error(JSON.stringify(answer));
    await when(answer.ack.seq, ({ state }) => state === 'previewed' || state === 'refused');
    return answer.ack.seq;
  };
  const changed = (): Promise<number> => redis.hlen(`changed:${pattern}`);
  const inMiddle: string[] = [];

  for (let round = 0; round < KILLS; round++) {
    const stale = await redis.keys('killed:*');
    if (stale.length > 0) await redis.del(stale);
    await redis.del(`changed:${pattern}`);
    await redis.mset(Array.from({ length: KEYS }, (_, at) => [`killed:${at}`, 'x']).flat());
    const seq = await request();
    await ask(ana, { kind: 'approve_step', ref: seq, typed: 'cache' }, incident);
    await when(seq, ({ startedAt }) => startedAt !== undefined);
    // At any moment: before the first batch, in one, between two, at the end.
    if (round % 4 > 0) await when(seq, ({ applied = 0 }) => applied > 0);
    await new Promise((resolve) => setTimeout(resolve, chance() * 600));
    await hub.kill('SIGKILL');
    // The process of the step ends by itself.
    let before = -1;
    await until('it changes nothing more', async () => {
      const [was, is] = [before, await changed()];
      before = is;
      await new Promise((resolve) => setTimeout(resolve, 60));
      return was === is;
    });
    const done = await changed();
    hub = await startChild(dir, port, more);
    await when(seq, isRunOver);
    const { state, applied = 0, result } = now(seq)!;
    inMiddle.push(`${state} ${done}`);
    // Known for certain, and at most one batch more.
    expect([applied <= done, done <= applied + BATCH], `${applied} recorded, ${done} changed`).toEqual([true, true]);
    if (state === 'in_doubt')
      expect(result).toMatch(
        new RegExp(
          `^the hub ended while it ran; ${applied.toLocaleString('en-US')} of 1,500 changed for certain, at most \\d+ more$`,
        ),
      );
    else expect([state, done]).toEqual(['done', KEYS]);
    // Nothing goes on by itself, and what is left is asked for anew.
    const again = await request();
    expect(await changed()).toBe(done);
    const { preview } = now(again)!;
    expect(preview?.count).toBe(KEYS - done);
    if (done < KEYS) {
      await ask(ana, { kind: 'approve_step', ref: again, typed: 'cache' }, incident);
      await when(again, ({ verified }) => verified !== undefined);
      expect(now(again)).toMatchObject({ state: 'done', applied: KEYS - done, verified: { ok: true } });
    }
    const times = Object.values(await redis.hgetall(`changed:${pattern}`));
    expect([times.length, new Set(times)]).toEqual([KEYS, new Set(['1'])]);
  }
  // In the verification: what was done stands, and nobody may think that its effect was seen.
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await redis.set(`unknown:${signal}`, 'x');
    const seq = await request('unknown:*');
    await ask(ana, { kind: 'approve_step', ref: seq, typed: 'cache' }, incident);
    await when(seq, isRunOver);
    await hub.kill(signal);
    hub = await startChild(dir, port, more);
    await when(seq, ({ verified }) => verified !== undefined);
    const verified = { ok: false, text: 'the hub ended before it was measured' };
    expect(now(seq)).toMatchObject({ state: 'done', applied: 1, verified });
  }
  console.log(`after a kill: ${inMiddle.join(', ')}`);
  expect(inMiddle.some((state) => state.startsWith('in_doubt'))).toBe(true);
});

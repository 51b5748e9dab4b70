/** The built-in steps that end sessions of PostgreSQL, on a real server with a standby, a dump and a forest of locks. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelActive } from '../../src/runbooks/native/pg-cancel-active.ts';
import { PgServer, type Items, type PgSession } from '../../src/runbooks/native/pg-sessions.ts';
import { until } from '../support/patience.ts';
import { findPostgres } from '../../src/drills/servers/find.ts';
import { endSupervisor, privatePostgres, type PrivateServer } from '../services/services.ts';
import { pgDiagnosis } from '../../src/runbooks/native/pg-diagnose.ts';
import { withServer } from '../../src/runbooks/native/step.ts';
import { contextOf, mutation, observation, run, targetOf, rightsIn } from './native.ts';

let server: PrivateServer;
let admin: pg.Client;
let dump: ChildProcess | undefined;
const clients: pg.Client[] = [];
const as = (user: string): string => server.url.replace('//warroom@', `//${user}:PASSWORD@`);

async function session(application: string, user = 'app'): Promise<pg.Client & { isEnded: boolean; pid: number }> {
  const client = new pg.Client({
    connectionString: user === 'warroom' ? server.url : as(user),
    application_name: application,
  });
  const held = Object.assign(client, { isEnded: false, pid: 0 });
  client.on('error', () => {});
  client.on('end', () => (held.isEnded = true));
  await client.connect();
  held.pid = Number((await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid);
  clients.push(client);
  return held;
}
const activity = async (pid: number): Promise<{ state: string; wait: string } | undefined> => {
  const sql = 'SELECT state, wait_event_type AS wait FROM pg_stat_activity WHERE pid = $1';
  return (await admin.query<{ state: string; wait: string }>(sql, [pid])).rows[0];
};
const waits = (pid: number) => until(`${pid} waits`, async () => (await activity(pid))?.wait === 'Lock');
const gone = (held: { pid: number }) =>
  until(`${held.pid} is gone`, async () => (await activity(held.pid)) === undefined);
/** Waits until a session has done nothing, or the same, for a little more than a second. */
const ages = (pid = 0, column = 'state_change') =>
  until(`${pid} is old`, async () => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND ${column} < now() - interval '1.1 s'`;
    return (await admin.query(sql, [pid])).rows.length > 0;
  });
const walsenders = async () =>
  Number((await admin.query<{ n: string }>('SELECT count(*) AS n FROM pg_stat_replication')).rows[0]?.n);

beforeAll(async () => {
  const settings = { wal_level: 'replica', max_wal_senders: '4' };
  server = await privatePostgres({ settings });
  admin = new pg.Client({ connectionString: server.url, application_name: 'test' });
  admin.on('error', () => {});
  await admin.connect();
  for (const sql of [
    ...rightsIn('runbooks.md', 'sql'),
    "CREATE ROLE app LOGIN PASSWORD 'PASSWORD'",
    'GRANT pg_read_all_data TO app',
    "CREATE ROLE probe LOGIN PASSWORD 'PASSWORD'",
    'CREATE TABLE t AS SELECT id FROM generate_series(1, 9) AS id',
    "CREATE TABLE big AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 20000)",
    'GRANT ALL ON t TO app',
  ])
    await admin.query(sql);
  await privatePostgres({ standbyOf: server.url.replace('/postgres', '?application_name=replica'), settings });
  // Nobody reads what it writes: it stands still in the middle of the big table.
  dump = spawn(path.join(findPostgres() ?? '', 'pg_dump'), ['-d', as('app')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await until('the dump copies', async () => {
    const { rows } = await admin.query(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'pg_dump' AND query LIKE 'COPY public.big%'`,
    );
    return rows.length > 0;
  });
});
afterAll(async () => {
  dump?.kill('SIGKILL');
  for (const client of clients) void client.end().catch(() => {});
  await admin.end();
  await endSupervisor();
});

const on = async (params: Record<string, string>, raw: Record<string, unknown> = {}) =>
  contextOf([await targetOf('postgres', { url: as('probe'), remediation_url: as('warroom_ops'), ...raw })], params);

test('roots of the locks that are idle in a transaction are ended until nobody waits; nothing else is', async () => {
  const bystander = await session('web');
  const [root, first, second, third] = [
    await session('web'),
    await session('web'),
    await session('web'),
    await session('web'),
  ];
  await root.query('BEGIN; UPDATE t SET id = id WHERE id = 1');
  await first.query('BEGIN; UPDATE t SET id = id WHERE id = 2');
  // Gets its lock when the root is gone, and then does nothing with it.
  const firstGets = first.query('UPDATE t SET id = id WHERE id = 1').catch(() => {});
  await waits(first.pid);
  const others = [second, third].map((one) =>
    one.query('UPDATE t SET id = id WHERE id IN (1, 2)').then(
      () => 'done',
      () => 'failed',
    ),
  );
  for (const { pid } of [second, third]) await waits(pid);
  const idle = await session('web');
  await idle.query('BEGIN; UPDATE t SET id = id WHERE id = 8');
  await ages(root.pid);
  const context = await on({ idle: '1s' });
  const { preview, progress, batches } = await run('pg.terminate-root-blockers', context);
  expect(preview).toMatchObject({ count: 1, unit: 'sessions', role: 'primary', undo: null, irreversible: true });
  expect(preview.samples[0]).toMatch(
    new RegExp(
      `^3 wait behind pid ${root.pid} \\(web of app\\), idle in transaction for \\d+ s, has written: BEGIN; UPDATE`,
    ),
  );
  // The root, and the one that waited and then stood still.
  expect(progress).toEqual({ applied: 2, skipped: 0 });
  expect(batches).toEqual([
    { applied: 1, skipped: 0 },
    { applied: 2, skipped: 0 },
  ]);
  for (const one of [root, first]) await gone(one);
  await firstGets;
  expect(await Promise.all(others)).toEqual(['done', 'done']);
  for (const { pid } of [bystander, second, third, idle]) expect(await activity(pid)).toBeDefined();
  expect(await walsenders()).toBe(1);
  expect(dump?.exitCode).toBeNull();
  expect(await (await mutation('pg.terminate-root-blockers')).verify(context, preview)).toMatchObject({
    state: 'ok',
    text: expect.stringMatching(/^\d+ of \d+ slots taken, nobody waits for a lock$/) as string,
  });
  await expect(run('pg.terminate-root-blockers', context)).rejects.toThrow('nobody waits for a lock');
  await idle.query('ROLLBACK');
});

test('superusers, protected applications, active roots and those that went on since are left alone, and it is said why', async () => {
  const roots = [
    await session('console', 'warroom'),
    await session('migrate'),
    await session('web'),
    await session('web'),
  ];
  const [, , busy, alive] = roots;
  for (const [i, root] of roots.entries()) await root.query(`BEGIN; UPDATE t SET id = id WHERE id = ${i + 1}`);
  const sleeping = busy?.query('SELECT pg_sleep(60)').catch(() => {});
  const waiters = await Promise.all(roots.map(() => session('web')));
  const done = waiters.map((waiter, i) => waiter.query(`UPDATE t SET id = id WHERE id = ${i + 1}`).catch(() => {}));
  for (const { pid } of waiters) await waits(pid);
  // They are idle for too short a time to be meant.
  await expect(run('pg.terminate-root-blockers', await on({ idle: '1h' }))).rejects.toThrow(
    /^no root of the locks can be ended/,
  );
  const context = await on({ idle: '1s' });
  await ages(alive?.pid);
  const { preview, progress, said } = await run(
    'pg.terminate-root-blockers',
    context,
    () => alive?.query('SELECT 1') ?? Promise.resolve(),
  );
  expect(preview).toMatchObject({ count: 1 });
  expect(preview.samples[0]).toContain(`pid ${alive?.pid} `);
  expect(said.join('\n')).toMatch(/pid \d+ \(console of warroom\).* is left alone: it belongs to a superuser/);
  expect(said.join('\n')).toMatch(/pid \d+ \(migrate of app\).* is left alone: migrate is never ended/);
  expect(said.join('\n')).toMatch(/pid \d+ \(web of app\), active .* is left alone: it is active/);
  expect(said.at(-1)).toContain('4 still wait; at the root: ');
  expect(progress).toEqual({ applied: 0, skipped: 1 });
  for (const root of roots) expect(root.isEnded).toBe(false);
  await admin.query('SELECT pg_cancel_backend($1)', [busy?.pid]);
  await sleeping;
  for (const root of roots) await root.query('ROLLBACK');
  await Promise.all(done);
});

test('a process number that was given again is not the session of the preview', async () => {
  const other = await session('web');
  const context = await on({});
  await withServer(PgServer.open, context, async (server) => {
    const seen = (await server.sessions()).find(({ pid }) => pid === other.pid);
    expect(seen).toMatchObject({ application: 'web', user: 'app', state: 'idle', protectedBy: null });
    const before = { pid: other.pid, backendStart: '2026-01-01 00:00:00.123456+00' };
    expect(await server.signal('pg_terminate_backend', before, 'true')).toBe(false);
    expect(await activity(other.pid)).toBeDefined();
    expect(
      await server.signal('pg_terminate_backend', { pid: other.pid, backendStart: seen?.backendStart ?? '' }, 'true'),
    ).toBe(true);
    const ids = (await server.sessions()).filter(({ protectedBy }) => protectedBy === null).map(({ pid }) => pid);
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'walsender'`,
    );
    expect(ids).not.toContain(rows[0]?.pid);
  });
  await gone(other);
});

test('long queries are cancelled; what ignores it is ended; a dump and who waits for a lock are left alone', async () => {
  const [polite, stubborn, quick] = [await session('web'), await session('report'), await session('web')];
  const [holder, waiter] = [await session('web'), await session('web')];
  await holder.query('BEGIN; UPDATE t SET id = id WHERE id = 5');
  const waiting = waiter.query('UPDATE t SET id = id WHERE id = 5').catch(() => {});
  const slept = polite.query('SELECT pg_sleep(60)').then(
    () => 'done',
    (error: Error) => error.message,
  );
  const ignored = stubborn
    .query(
      'DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
    )
    .catch(() => 'ended');
  const over = quick.query('SELECT pg_sleep(1.4)').then(
    () => 'done',
    () => 'cancelled',
  );
  await waits(waiter.pid);
  await ages(quick.pid, 'query_start');
  const context = await on({ active: '1s' });
  const step = cancelActive(300);
  // One of the queries is over before anybody has agreed: another runs in its session.
  const { preview, progress, said } = await run(step, context, () => over);
  expect(preview.count).toBe(3);
  expect(progress).toEqual({ applied: 2, skipped: 1 });
  expect(await slept).toBe('canceling statement due to user request');
  expect([await over, await ignored]).toEqual(['done', 'ended']);
  await gone(stubborn);
  expect(await activity(polite.pid)).toBeDefined();
  expect(said.join('\n')).toMatch(/pg_dump of app\), active .* is left alone: pg_dump is never ended/);
  expect(said.join('\n')).toMatch(/is left alone: it waits for a lock/);
  expect(said.at(-1)).toBe(`pid ${stubborn.pid} ignored it for 0.3 s: its session was ended`);
  expect(dump?.exitCode).toBeNull();
  expect(await step.verify(context, preview)).toMatchObject({
    state: 'ok',
    text: expect.stringMatching(/^0 queries run/) as string,
  });
  await holder.query('ROLLBACK');
  await waiting;
});

test('idle sessions of one application are ended, but not those that are in a transaction or were used since', async () => {
  const leaked = await Promise.all([1, 2, 3].map(() => session('leaky')));
  const [inside, other, own] = [await session('leaky'), await session('other'), await session('leaky', 'warroom')];
  await inside.query('BEGIN');
  await ages(own.pid);
  const context = await on({ application: 'leaky', unused: '1s' });
  const { preview, progress } = await run(
    'pg.terminate-idle',
    context,
    () => leaked[1]?.query('SELECT 1') ?? Promise.resolve(),
  );
  expect(preview).toMatchObject({ count: 3, unit: 'sessions' });
  expect(progress).toEqual({ applied: 2, skipped: 1 });
  for (const one of [leaked[0], leaked[2]]) if (one) await gone(one);
  for (const one of [leaked[1], inside, other, own]) expect(await activity(one?.pid ?? 0)).toBeDefined();
  for (const application of ['pg_dump', 'warroom', '', "leaky' OR true --", 'none'])
    await expect(run('pg.terminate-idle', await on({ application, unused: '1s' }))).rejects.toThrow();
});

test('missing rights are named; a server that was started again is another one', async () => {
  await admin.query('REVOKE pg_monitor FROM probe');
  const context = await on({ idle: '1s' }, { remediation_url: undefined });
  await expect(run('pg.terminate-root-blockers', context)).rejects.toThrow(
    'the role probe may not see other people’s sessions nor end them: GRANT pg_monitor, pg_signal_backend TO probe;',
  );
  await admin.query('GRANT pg_monitor TO probe');
  await expect(run('pg.cancel-active', context)).rejects.toThrow(
    'the role probe may not end them: GRANT pg_signal_backend TO probe;',
  );
  const idle = await session('idle');
  await ages(idle.pid);
  const step = await mutation('pg.terminate-idle');
  const asked = await on({ application: 'idle', unused: '1s' });
  const preview = await step.preview(asked);
  const old = { ...preview, items: { ...(preview.items as Items), started: '1' } };
  await expect(step.apply(asked, old, async () => {})).rejects.toThrow('was started again');
  expect(await activity(idle.pid)).toBeDefined();
});

test('the diagnosis: who holds the slots, as a probe’s role sees it, and not known where nothing stands out', async () => {
  await admin.query('GRANT pg_monitor TO probe');
  const diagnose = await observation('pg.diagnose');
  const ask = async () => diagnose(await on({}));
  expect(await ask()).toMatch(
    /^The server has room and nobody waits there \(\d+ of \d+ slots taken, nobody waits for a lock; pg_stat_activity\)/,
  );
  const [root, waiter] = [await session('web'), await session('web')];
  await root.query('BEGIN; UPDATE t SET id = id WHERE id = 6');
  const waiting = waiter.query('UPDATE t SET id = id WHERE id = 6').catch(() => {});
  await waits(waiter.pid);
  expect(await ask()).toMatch(
    new RegExp(
      `^A forgotten transaction holds locks: 1 waits behind pid ${root.pid} \\(web of app\\), idle in transaction for \\d+ s, has written: BEGIN; UPDATE`,
    ),
  );
  await root.query('ROLLBACK');
  await waiting;
  await admin.query('REVOKE pg_monitor FROM probe');
  await expect(ask()).rejects.toThrow('the role probe may not see other people’s sessions: GRANT pg_monitor TO probe;');
  const some = (state: string, count: number, more: Partial<PgSession> = {}): PgSession[] =>
    Array.from({ length: count }, (_, i) => ({
      pid: i + 1,
      backendStart: '',
      queryStart: '',
      stateChange: '',
      user: 'app',
      application: 'web',
      state,
      isClient: true,
      blockedBy: [],
      hasWritten: false,
      queryS: 90,
      stateS: 90,
      query: '',
      protectedBy: null,
      ...more,
    }));
  const of = (...sessions: PgSession[]) => pgDiagnosis(sessions, { usedRatio: 1, slots: 20, text: '20 of 20' });
  expect(of(...some('idle in transaction', 8))).toMatch(/^Forgotten transactions hold the slots: 8 sessions/);
  expect(of(...some('active', 8))).toMatch(/^Slow queries hold the slots: 8 run/);
  expect(of(...some('idle', 8), ...some('idle', 5, { application: 'x' }))).toMatch(
    /^Connections leak.*: 8 sessions of web do nothing, for up to 1 min/,
  );
  expect(of(...some('active', 1, { blockedBy: [0] }))).toMatch(/^A prepared transaction that was never ended/);
  expect(of(...some('active', 20, { queryS: 1 }))).toMatch(/^Not known/);
});

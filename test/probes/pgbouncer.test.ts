/** A real PgBouncer in front of a real PostgreSQL, where it is installed (Debian: apt-get install pgbouncer). */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresPanel as panel } from '../../panels/postgres.ts';
import { isProgram, onPath } from '../../src/drills/servers/find.ts';
import { endSupervisor, freePort, privatePostgres, unprivileged } from '../services/services.ts';
import { model } from '../support/models.ts';
import { reading as made } from '../support/readings.ts';
import { target } from '../support/targets.ts';
import { ask, open, value, word } from './ask.ts';

const program = onPath('pgbouncer') ?? ['/usr/sbin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(isProgram);
const signal = new AbortController().signal;

describe.skipIf(program === undefined)('PgBouncer', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-pgbouncer-'));
  const clients: pg.Client[] = [];
  let bouncer: ReturnType<typeof spawn>;
  let base: string;

  beforeAll(async () => {
    const server = await privatePostgres();
    const port = await freePort();
    const ini = [
      '[databases]',
      `app = host=127.0.0.1 port=${new URL(server.url).port} dbname=postgres pool_size=1`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
      `auth_type = trust\nauth_file = ${dir}/users\nstats_users = stats`,
      'pool_mode = transaction\nmax_client_conn = 20',
    ];
    chmodSync(dir, 0o755);
    writeFileSync(path.join(dir, 'users'), '"warroom" ""\n"stats" ""\n');
    writeFileSync(path.join(dir, 'pgbouncer.ini'), `${ini.join('\n')}\n`);
    // It refuses root.
    const user = process.getuid?.() === 0 ? unprivileged() : {};
    bouncer = spawn(program ?? '', [path.join(dir, 'pgbouncer.ini')], { stdio: 'ignore', ...user });
    base = `postgres://warroom@127.0.0.1:${port}`;
    const listens = (): Promise<boolean> =>
      client().then(
        () => true,
        () => false,
      );
    while (!(await listens())) await sleep(20);
  });
  afterAll(async () => {
    await Promise.allSettled(clients.map((client) => client.end()));
    bouncer.kill('SIGKILL');
    await rm(dir, { recursive: true });
    await endSupervisor();
  });

  async function client(): Promise<pg.Client> {
    const one = new pg.Client(`${base}/app`);
    one.on('error', () => {});
    await one.connect();
    clients.push(one);
    return one;
  }

  test('through it: the limits are refused, so it goes without them, says so and leaves nothing behind', async () => {
    const session = await open('postgres', { url: `${base}/app` });
    for (let i = 0; i < 3; i++) expect(word(await session.poll(signal))).toBe('up');
    const reading = await session.poll(signal);
    expect(reading.facts['advice']).toMatch(/^this is a connection pooler/);
    const { rows } = await (
      await client()
    ).query(
      `SELECT current_setting('default_transaction_read_only') AS readonly, (SELECT count(*)::int FROM pg_prepared_statements) AS prepared`,
    );
    expect(rows).toEqual([{ readonly: 'off', prepared: 0 }]);
    await session.close();
  });

  test('its own console: who waits, how long, and whether the pool is exhausted', async () => {
    const url = base.replace('warroom@', 'stats@');
    const session = await open('postgres', { url: `${url}/pgbouncer` });
    const calm = await session.poll(signal);
    expect(word(calm)).toBe('up');
    expect(calm.facts).toMatchObject({ role: 'pooler', version: expect.stringMatching(/^PgBouncer \d/) });
    expect(value(calm, 'db_pool_exhausted')).toBe(0);
    expect(value(calm, 'pgbouncer_max_clients')).toBe(20);

    const [busy, waits] = [await client(), await client()];
    await busy.query('BEGIN');
    const waiting = waits.query('SELECT 1');
    const of = { database: 'app', user: 'warroom' };
    while (value(await session.poll(signal), 'pgbouncer_clients_waiting', of) !== 1) await sleep(20);
    const full = await session.poll(signal);
    expect(value(full, 'pgbouncer_max_wait_seconds', of)).toBeGreaterThan(0);
    expect(value(full, 'pgbouncer_pool_size', of)).toBe(1);
    expect(value(full, 'db_pool_exhausted')).toBe(1);
    const shown = panel.render(
      model({ targets: [target('pool', 'postgres', { ...made('pool', 'postgres', {}), ...full, target: 'pool' })] }),
      { cols: 100, rows: 16 },
    );
    const lines = shown.map((line) => line.map(({ text }) => text).join(''));
    expect(lines[0]).toContain('■ CRIT');
    expect(lines.join('\n')).toMatch(/connection pool exhausted/);
    expect(lines.join('\n')).toMatch(/pool of +user +waiting[^\n]*\n +app +warroom +1 /);
    await busy.query('COMMIT');
    await waiting;
    await session.close();
  });

  test('a user who may not look at its console', async () => {
    const reading = await ask('postgres', { url: `${base}/pgbouncer` });
    expect(reading.error).toMatchObject({ class: 'protocol', message: 'the server refuses: not allowed' });
  });
});

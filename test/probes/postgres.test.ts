/** What a PostgreSQL server can do to a probe, on real servers. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { endSupervisor, privatePostgres, type PrivateServer } from '../services/services.ts';
import { ask, open, value, word } from './ask.ts';
import { certificate, flooding, tcp } from './peers.ts';

const signal = new AbortController().signal;
let server: PrivateServer;
let admin: pg.Client;
const clients: pg.Client[] = [];

/** Superusers and pg_monitor see all; `app` logs in with a password. */
beforeAll(async () => {
  const hba = 'host all app 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n';
  server = await privatePostgres({ settings: { max_connections: '20' }, files: { 'pg_hba.conf': hba } });
  admin = await connect(server.url);
  await admin.query(`CREATE ROLE app LOGIN PASSWORD 'hunter2'`);
  await admin.query('CREATE ROLE watcher LOGIN CONNECTION LIMIT 3; GRANT pg_monitor TO watcher');
  await admin.query('CREATE ROLE blind LOGIN');
  await admin.query('CREATE DATABASE small CONNECTION LIMIT 1');
  await admin.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)');
  await admin.query('GRANT ALL ON t TO PUBLIC');
});
afterAll(async () => {
  await Promise.allSettled(clients.map((client) => client.end()));
  await endSupervisor();
});

async function connect(url: string, application = 'test'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: application });
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  return client;
}
const at = (url: string, timeout = '1700ms') => ({ url, timeout });
const url = (user = 'watcher', database = 'postgres'): string => {
  const made = new URL(server.url);
  const [name = '', password = ''] = user.split(':');
  made.username = name;
  made.password = password;
  made.pathname = database;
  return made.href;
};

test('a healthy server: states, slots, counters, identity, the rest in words', async () => {
  const reading = await ask('postgres', at(url()));
  expect(word(reading)).toBe('up');
  expect(value(reading, 'pg_up')).toBe(1);
  expect(value(reading, 'pg_stat_activity_count', { state: 'idle' })).toBe(1);
  expect(value(reading, 'pg_slots')).toBe(17);
  expect(value(reading, 'pg_slots_used_ratio')).toBeCloseTo(2 / 17);
  expect(value(reading, 'db_pool_exhausted')).toBe(0);
  expect(value(reading, 'pg_transactions', { outcome: 'commit' })).toBeGreaterThan(0);
  expect(value(reading, 'pg_conn_limit_used_ratio', { scope: 'role', name: 'watcher' })).toBeCloseTo(1 / 3);
  expect(value(reading, 'pg_database_xid_age', { database: 'postgres' })).toBeGreaterThan(0);
  expect(reading.facts).toMatchObject({ role: 'primary', database: 'postgres', user: 'watcher', slots: '2/17' });
  expect(reading.instanceId).toContain(String(value(reading, 'pg_postmaster_start_time_seconds')));
  for (const sample of reading.samples) expect(typeof sample.value).toBe('number');
});

describe('each way to fail has its class and phase', () => {
  test.each<[string, string, () => string]>([
    ['nothing listens', 'refused connect', () => 'postgres://watcher@127.0.0.1:1/postgres'],
    ['no such name', 'dns connect', () => 'postgres://watcher@warroom.invalid/postgres'],
    ['a wrong password', 'auth connect', () => url('app:letmein')],
    ['no password', 'auth connect', () => url('app')],
    ['no such role', 'auth connect', () => url('nobody')],
    ['no such database', 'db_missing connect', () => url('watcher', 'nowhere')],
    ['TLS where there is none', 'tls connect', () => `${url()}?sslmode=verify-full`],
  ])('%s: %s', async (_, expected, make) => {
    const reading = await ask('postgres', at(make()));
    expect(word(reading)).toBe(expected);
    expect(value(reading, 'pg_up')).toBe(0);
    expect(JSON.stringify(reading)).not.toContain('letmein');
    expect(reading.samples.map((sample) => sample.metric).toSorted()).toEqual([
      'pg_up',
      'probe_duration_seconds',
      'probe_error',
    ]);
  });

  test('a black hole, and something that is not PostgreSQL', async () => {
    const [silent, web] = await Promise.all([tcp(), tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))]);
    expect(word(await ask('postgres', at(`postgres://a@127.0.0.1:${silent.port}/b`, '300ms')))).toBe('timeout connect');
    expect(word(await ask('postgres', at(`postgres://a@127.0.0.1:${web.port}/b`)))).toBe('protocol connect');
    await Promise.all([silent.close(), web.close()]);
  });
});

test('a server whose answer never ends is left before it fills the memory', async () => {
  const peer = await flooding(Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff]));
  const reading = await ask('postgres', at(`postgres://a@127.0.0.1:${peer.port}/b?sslmode=disable`));
  expect(word(reading)).toBe('protocol connect');
  expect(reading.error?.message).toContain('more than 8 MiB');
  await peer.close();
});

test('every slot taken: a new probe says so in numbers, the held one shows them', async () => {
  const held = await open('postgres', at(url()));
  await held.poll(signal);
  const taken: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client({ connectionString: url('blind') });
    client.on('error', () => {});
    try {
      await client.connect();
      taken.push(client);
    } catch {
      break;
    }
  }
  const refused = await ask('postgres', at(url()));
  expect(word(refused)).toBe('exhausted connect');
  expect(refused.error?.message).toBe('every connection slot of the server is taken');
  expect(value(refused, 'db_pool_exhausted')).toBe(1);
  expect(value(refused, 'pg_slots_used_ratio')).toBe(1);
  const seen = await held.poll(signal);
  expect(word(seen)).toBe('up');
  expect(value(seen, 'pg_slots_used_ratio')).toBe(1);
  expect(value(seen, 'db_pool_exhausted')).toBe(1);
  expect(seen.facts['slots']).toBe('17/17');
  await Promise.all(taken.map((client) => client.end()));
  await held.close();
});

test("the role limit of the probe's own user is no exhausted pool; a full database is", async () => {
  const taken = await Promise.all([connect(url()), connect(url()), connect(url())]);
  const limited = await ask('postgres', at(url()));
  expect(word(limited)).toBe('exhausted connect');
  expect(limited.error?.message).toContain('role limit');
  expect(value(limited, 'db_pool_exhausted')).toBeUndefined();
  await Promise.all(taken.map((client) => client.end()));

  const only = await connect(url('blind', 'small'));
  const full = await ask('postgres', at(url('watcher', 'small')));
  expect(full.error).toMatchObject({ class: 'exhausted', message: 'the connection limit of the database is reached' });
  expect(value(full, 'db_pool_exhausted')).toBe(1);
  expect(value(full, 'pg_slots_used_ratio')).toBeUndefined();
  await only.end();
});

test('without pg_monitor it says PARTIAL and which grant, and invents no counts', async () => {
  const other = await connect(url());
  const reading = await ask('postgres', at(url('blind')));
  await other.end();
  expect(word(reading)).toBe('up');
  expect(value(reading, 'pg_conn_limit_used_ratio', { name: 'watcher' })).toBeUndefined();
  expect(reading.facts['partial']).toBe('other sessions are hidden: GRANT pg_monitor TO "blind"');
  for (const metric of ['pg_stat_activity_count', 'pg_slots_used_ratio', 'pg_locks_waiting', 'db_pool_exhausted'])
    expect(value(reading, metric)).toBeUndefined();
});

test('a backend that is ended: one failed poll, then a new connection', async () => {
  const held = await open('postgres', at(url()));
  await held.poll(signal);
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'warroom'`);
  const readings = [await held.poll(signal), await held.poll(signal)];
  expect(readings.map(word)).toContain('up');
  expect(['reset query', 'up']).toContain(word(readings[0] as never));
  await held.close();
});

test('over a socket in the file system', async () => {
  const { url: made } = await privatePostgres({ settings: { unix_socket_directories: '/tmp' } });
  const query = `host=/tmp&port=${new URL(made).port}&user=warroom`;
  expect(word(await ask('postgres', at(`postgres:///postgres?${query}`)))).toBe('up');
});

test('TLS: trusted, untrusted, for another name', async () => {
  const made = await certificate('localhost');
  const secure = await privatePostgres({
    settings: { ssl: 'on', listen_addresses: 'localhost' },
    files: {
      'server.crt': made.cert,
      'server.key': made.key,
      'pg_hba.conf': 'hostssl all all localhost trust\nhostnossl all all localhost reject\n',
    },
  });
  expect(word(await ask('postgres', at(`${secure.url.replace('127.0.0.1', 'localhost')}?sslmode=disable`)))).toBe(
    'auth connect',
  );
  const ca = path.join(await mkdtemp(path.join(os.tmpdir(), 'warroom-pg-')), 'ca.pem');
  await writeFile(ca, made.cert);
  const named = (host: string, mode: string) => ({
    ...at(`${secure.url.replace('127.0.0.1', host)}?sslmode=${mode}`),
    ca,
  });
  expect(word(await ask('postgres', named('localhost', 'verify-full')))).toBe('up');
  expect(word(await ask('postgres', { ...at(secure.url.replace('127.0.0.1', 'localhost')), ca }))).toBe('up');
  expect(word(await ask('postgres', named('127.0.0.1', 'verify-full')))).toBe('tls_name connect');
  const { ca: _, ...unknown } = named('localhost', 'verify-full');
  expect(word(await ask('postgres', unknown))).toBe('tls_untrusted connect');
  expect(word(await ask('postgres', { ...unknown, ca: '/nowhere.pem' }))).toBe('config connect');
  await rm(path.dirname(ca), { recursive: true });
});

test('a pooler: it refuses start-up parameters and has numbers of its own; nothing is set or prepared behind it', async () => {
  const pooler = await tcp((client) => pool(client, Number(new URL(server.url).port)));
  const through = url().replace(/:\d+\//, `:${pooler.port}/`);
  const held = await open('postgres', at(through));
  const reading = await held.poll(signal);
  expect(word(reading)).toBe('up');
  expect(reading.facts['advice']).toContain('pooler');
  const { PgConnection } = await import('../../src/probes/postgres/connection.ts');
  const connection = await PgConnection.open(
    { url: through, remediationUrl: null, timeoutMs: 400, ca: null, cert: null, key: null },
    400,
    signal,
  );
  await connection.all(signal, [SHOW]);
  const [rows] = await connection.all(signal, [SHOW]);
  expect(rows).toEqual([{ readonly: 'off', prepared: 0 }]);
  connection.close();
  await held.close();
  await pooler.close();
});
const SHOW = `SELECT current_setting('default_transaction_read_only') AS readonly, count(*)::int AS prepared FROM pg_prepared_statements`;

/** What PgBouncer does, on the wire: SQLSTATE 08P01 for `options`, and its own number in place of the backend's. */
function pool(client: net.Socket, port: number): void {
  client.once('data', (startup) => {
    if (startup.includes('options\0')) {
      const fields = Buffer.from('SERROR\0C08P01\0Munsupported startup parameter: options\0\0');
      const head = Buffer.alloc(5, 'E');
      head.writeInt32BE(fields.length + 4, 1);
      return void client.end(Buffer.concat([head, fields]));
    }
    const backend = net.connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, backend],
      [backend, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    backend.write(startup);
    client.on('data', (data) => backend.write(data));
    backend.on('data', (data) => {
      const key = data.indexOf(Buffer.from([0x4b, 0, 0, 0, 12])); // BackendKeyData
      if (key >= 0) data.writeInt32BE(1, key + 5);
      client.write(data);
    });
  });
}

test('its connection is read-only, named, and limited', async () => {
  const { PgConnection } = await import('../../src/probes/postgres/connection.ts');
  const connection = await PgConnection.open(
    { url: url(), remediationUrl: null, timeoutMs: 400, ca: null, cert: null, key: null },
    400,
    signal,
  );
  const failure = (sql: string) =>
    connection.all(signal, [sql]).then(
      () => 'done',
      (e: Error & { failure: unknown }) => e.failure,
    );
  expect(await failure('INSERT INTO t VALUES (9)')).toMatchObject({ class: 'readonly' });
  expect(await failure('SELECT pg_sleep(2)')).toMatchObject({ class: 'timeout', phase: 'query' });
  expect(await failure("SELECT pg_read_file('/etc/passwd')")).toMatchObject({ class: 'perm' });
  await admin.query('BEGIN; LOCK TABLE t');
  expect(await failure('SELECT * FROM t')).toMatchObject({ class: 'timeout' });
  await admin.query('ROLLBACK');
  const [rows] = await connection.all(signal, [
    'SELECT application_name AS name, 9007199254740991 AS big FROM pg_stat_activity WHERE pid = pg_backend_pid()',
  ]);
  expect(rows).toEqual([{ name: 'warroom', big: 9007199254740991 }]);
  connection.close();
});

test('who waits for whom', async () => {
  const held = await open('postgres', at(url()));
  const [root, first, second, ddl] = await Promise.all(
    ['root', 'first', 'second', 'ddl'].map((name) => connect(server.url, name)),
  );
  await root?.query('BEGIN; UPDATE t SET id = id WHERE id = 1');
  await first?.query('BEGIN; UPDATE t SET id = id WHERE id = 2');
  const waits = [first?.query('UPDATE t SET id = id WHERE id = 1')];
  await waitsForLock(1);
  waits.push(second?.query('UPDATE t SET id = id WHERE id = 2'));
  await waitsForLock(2);
  waits.push(ddl?.query('ALTER TABLE t ADD COLUMN x int'));
  await waitsForLock(3);
  const reading = await held.poll(signal);
  expect(value(reading, 'pg_locks_waiting')).toBe(3);
  expect(
    reading.rows?.['locks']?.map((row) => [row['application'], row['depth'], row['behind'], row['others']]),
  ).toEqual([
    ['root', 0, 3, 0],
    ['first', 1, 2, 0],
    ['second', 2, 1, 0],
    ['ddl', 3, 0, 2],
  ]);
  expect(reading.rows?.['locks']?.[3]).toMatchObject({ relation: 't', mode: 'AccessExclusiveLock', state: 'active' });
  // Servers before 14 do not say since when somebody waits.
  const { rows } = await admin.query<{ n: number }>(`SELECT current_setting('server_version_num')::int AS n`);
  const waited = reading.rows?.['locks']?.[3]?.['wait_s'];
  if (Number(rows[0]?.n) >= 140_000) expect(waited).toBeGreaterThan(0);
  else expect(waited).toBeNull();
  await root?.query('ROLLBACK');
  await first?.query('ROLLBACK');
  await Promise.allSettled(waits);
  await held.close();
});

async function waitsForLock(count: number): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
  while ((await admin.query<{ n: number }>(sql)).rows[0]?.n !== count);
}

test('a prepared transaction is in the way and has no session', async () => {
  const other = await privatePostgres({ settings: { max_prepared_transactions: '2' } });
  const [owner, waits] = [await connect(other.url), await connect(other.url)];
  await owner.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
  await owner.query('BEGIN');
  await owner.query('UPDATE t SET id = 2');
  await owner.query(`PREPARE TRANSACTION 'forgotten'`);
  const waiting = waits.query('UPDATE t SET id = 3');
  const held = await open('postgres', at(other.url));
  let reading = await held.poll(signal);
  while (reading.rows?.['locks'] === undefined) reading = await held.poll(signal);
  expect(reading.rows['locks']).toMatchObject([
    { pid: 0, depth: 0, behind: 1, query: 'prepared transaction: see pg_prepared_xacts' },
    { depth: 1, query: 'UPDATE t SET id = 3' },
  ]);
  expect(value(reading, 'pg_prepared_transactions')).toBe(1);
  expect(value(reading, 'pg_oldest_prepared_transaction_seconds')).toBeGreaterThan(0);
  await owner.query(`ROLLBACK PREPARED 'forgotten'`);
  await waiting;
  await held.close();
});

test('a frozen server: the connection is given up, and found again after', async () => {
  const held = await open('postgres', at(url(), '400ms'));
  expect(word(await held.poll(signal))).toBe('up');
  server.freeze();
  expect(word(await held.poll(signal))).toBe('timeout query');
  expect(word(await held.poll(signal))).toBe('timeout connect');
  server.thaw();
  expect(word(await held.poll(signal))).toBe('up');
  await held.close();
});

test('a server that shuts down while people are on it', async () => {
  const dying = await privatePostgres();
  const held = await open('postgres', at(dying.url));
  await held.poll(signal);
  process.kill(dying.pid, 'SIGTERM'); // "smart": waits for its clients, lets no new one in
  let said = '';
  for (let i = 0; i < 50 && said !== 'loading connect'; i++) said = word(await ask('postgres', at(dying.url)));
  expect(said).toBe('loading connect');
  expect(word(await held.poll(signal))).toBe('up');
  await dying.stop();
  const words = [word(await held.poll(signal)), word(await held.poll(signal))];
  expect(words[1]).toBe('refused connect');
  await held.close();
});

test('a primary and its standby', async () => {
  const primary = await privatePostgres({
    settings: { wal_level: 'replica', max_wal_senders: '4' },
    files: { 'pg_hba.conf': 'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n' },
  });
  const standby = await privatePostgres({
    standbyOf: primary.url.replace('/postgres', '?application_name=replica'),
    settings: { hot_standby: 'on', wal_level: 'replica', max_wal_senders: '4' },
  });
  // It takes connections a moment before it streams.
  let ahead = await ask('postgres', at(primary.url));
  const replay = { phase: 'replay' };
  while (value(ahead, 'pg_replication_lag_bytes', replay) === undefined) ahead = await ask('postgres', at(primary.url));
  expect(value(ahead, 'pg_replication_standbys')).toBe(1);
  expect(ahead.rows?.['replication']?.[0]).toMatchObject({ state: 'streaming' });
  const behind = await ask('postgres', at(standby.url));
  expect(behind.facts['role']).toBe('standby');
  expect(value(behind, 'pg_in_recovery')).toBe(1);
  expect(value(behind, 'pg_standby_replay_lag_seconds')).toBe(0);
  expect(value(behind, 'pg_wal_receiver_up')).toBe(1);
  expect(value(behind, 'pg_standby_replay_paused')).toBe(0);
  const owner = await connect(standby.url);
  await owner.query('SELECT pg_wal_replay_pause()');
  expect(value(await ask('postgres', at(standby.url)), 'pg_standby_replay_paused')).toBe(1);

  // One who may see nothing of others is told nothing, not that the receiver is down.
  await (await connect(primary.url)).query('CREATE ROLE blind LOGIN');
  await until('the paused standby falls behind', async () => {
    const lag = value(await ask('postgres', at(primary.url)), 'pg_replication_lag_bytes', replay);
    return lag !== undefined && lag > 0;
  });
  await owner.query('SELECT pg_wal_replay_resume()');
  const blind = at(standby.url.replace('warroom@', 'blind@'));
  let partial = await ask('postgres', blind);
  while (!partial.up) partial = await ask('postgres', blind);
  expect(partial.facts['partial']).toContain('pg_monitor');
  expect(value(partial, 'pg_wal_receiver_up')).toBeUndefined();

  // Promoted while it is watched, it is a primary with the next poll.
  const held = await open('postgres', at(standby.url));
  await held.poll(signal);
  await owner.query('SELECT pg_promote()');
  const promoted = await held.poll(signal);
  expect([word(promoted), promoted.facts['role']]).toEqual(['up', 'primary']);
  await held.close();
});

test('a standby that was cut off falls behind; one fed by an archive does not while it has all there is', async () => {
  const hba = 'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n';
  const archive = await mkdtemp(path.join(os.tmpdir(), 'warroom-wal-'));
  await chmod(archive, 0o777);
  const primary = await privatePostgres({
    settings: {
      wal_level: 'replica',
      max_wal_senders: '4',
      archive_mode: 'on',
      archive_command: `cp %p ${archive}/%f`,
    },
    files: { 'pg_hba.conf': hba },
  });
  const hot = { hot_standby: 'on', wal_level: 'replica', max_wal_senders: '4' };
  const writer = await connect(primary.url);
  await writer.query('CREATE TABLE written (at timestamptz DEFAULT now()); INSERT INTO written DEFAULT VALUES');
  const [standby, fed] = await Promise.all([
    privatePostgres({ standbyOf: primary.url, settings: hot }),
    privatePostgres({
      standbyOf: primary.url,
      settings: {
        ...hot,
        primary_conninfo: '',
        restore_command: `cp ${archive}/%f %p`,
        wal_retrieve_retry_interval: '100ms',
      },
    }),
  ]);
  const lag = async (server: PrivateServer): Promise<number | undefined> =>
    value(await ask('postgres', at(server.url)), 'pg_standby_replay_lag_seconds');
  await until('the standby streams', async () => (await lag(standby)) === 0);
  await writer.query('INSERT INTO written DEFAULT VALUES');
  const onStandby = await connect(standby.url);
  const replayed = async (): Promise<boolean> =>
    (await onStandby.query<{ count: number }>('SELECT count(*)::int FROM written')).rows[0]?.count === 2;
  await until('it has replayed a transaction', replayed);
  await writer.query('SELECT pg_switch_wal()');
  await until('all of the archive is replayed', async () => (await lag(fed)) === 0);
  const fedReading = await ask('postgres', at(fed.url));
  // Nobody streams to it, and nobody should.
  expect(value(fedReading, 'pg_wal_receiver_up')).toBeUndefined();

  await primary.stop();
  await until('the cut is seen', async () => ((await lag(standby)) ?? 0) > 0);
  const first = (await lag(standby)) ?? 0;
  expect(value(await ask('postgres', at(standby.url)), 'pg_wal_receiver_up')).toBe(0);
  await until('the lag grows', async () => ((await lag(standby)) ?? 0) > first);
  await rm(archive, { recursive: true });
});

test('rows held back by a replication slot or a prepared transaction', async () => {
  const own = await privatePostgres({ settings: { wal_level: 'logical', max_prepared_transactions: '2' } });
  const user = await connect(own.url);
  const age = async (): Promise<number> => value(await ask('postgres', at(own.url)), 'pg_oldest_xmin_age') ?? -1;
  const spend = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await user.query('SELECT txid_current()');
  };
  await user.query(`SELECT pg_create_logical_replication_slot('held', 'test_decoding')`);
  await spend();
  expect(await age()).toBeGreaterThanOrEqual(50);
  await user.query(`SELECT pg_drop_replication_slot('held')`);
  expect(await age()).toBeLessThan(50);
  await user.query('CREATE TABLE p (id int)');
  await user.query(`BEGIN; INSERT INTO p VALUES (1); PREPARE TRANSACTION 'held'`);
  await spend();
  expect(await age()).toBeGreaterThanOrEqual(50);
});

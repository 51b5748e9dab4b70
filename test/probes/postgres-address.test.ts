/** Where a PostgreSQL server is, as libpq reads it; and what of it the probe does, on real servers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConnectionString, type PgAddress } from '../../src/probes/postgres/connection-string.ts';
import { endSupervisor, privatePostgres, type PrivateServer } from '../services/services.ts';
import { ask, target, value, word } from './ask.ts';
import { certificate } from './peers.ts';

const EMPTY = { user: undefined, password: undefined, database: undefined, options: '', sslMode: null, files: {} };
const db = (...hosts: [string | null, number | null][]) => ({
  ...EMPTY,
  session: 'any' as const,
  hosts: hosts.map(([host, port]) => ({ host, port })),
});

describe('reads what libpq reads', () => {
  test.each<[string, Partial<PgAddress>]>([
    ['postgres://', db([null, null])],
    ['postgresql://localhost', db(['localhost', null])],
    [
      'postgres://ana:s%40cret@db:5433/shop',
      { ...db(['db', 5433]), user: 'ana', password: 's@cret', database: 'shop' },
    ],
    ['postgres://a:b:c@db', { ...db(['db', null]), user: 'a', password: 'b:c' }],
    ['postgres://h1:1111,h2:2222/x', { ...db(['h1', 1111], ['h2', 2222]), database: 'x' }],
    ['postgres://h1,h2/x', { ...db(['h1', null], ['h2', null]), database: 'x' }],
    ['postgres://h1:1111,h2/x', { ...db(['h1', 1111], ['h2', null]), database: 'x' }],
    ['postgres://[::1]:5433,[fe80::1]/', db(['::1', 5433], ['fe80::1', null])],
    ['postgres:///x?host=/run/pg&port=5433&user=u', { ...db(['/run/pg', 5433]), user: 'u', database: 'x' }],
    ['postgres://%2Frun%2Fpg/x', { ...db(['/run/pg', null]), database: 'x' }],
    ['postgres://db?sslmode=require&schema=public', { ...db(['db', null]), sslMode: 'require' }],
    [
      'postgres://db?options=-c%20search_path%3Da&sslrootcert=system',
      { ...db(['db', null]), options: '-c search_path=a', files: { sslrootcert: 'system' } },
    ],
    ['postgres://db?target_session_attrs=read-write', { ...db(['db', null]), session: 'read-write' }],
    ['host=db port=5433 dbname=shop user=ana', { ...db(['db', 5433]), database: 'shop', user: 'ana' }],
    [
      String.raw`host = h1,h2 port=1,2 password='it\'s \\ here' sslmode=verify-full`,
      { ...db(['h1', 1], ['h2', 2]), password: String.raw`it's \ here`, sslMode: 'verify-full' },
    ],
  ])('%s', (text, expected) => {
    expect(parseConnectionString(text)).toEqual(expected);
  });

  test.each([
    ['mysql://hunter2@db', 'must begin with postgres://'],
    ['postgres://db:port/x', 'must begin with'],
    ['postgres://db:70000', 'from 1 to 65535'],
    ['postgres://ana:%zz@db', 'must begin with'],
    ['postgres://h1,h2?port=1,2,3', 'as many ports as hosts'],
    ['postgres://db?sslmode=maybe', 'sslmode must be one of disable, allow, prefer'],
    ['postgres://db?target_session_attrs=fast', 'target_session_attrs must be one of any'],
    ["host=db password='hunter2", 'must begin with'],
    ['', 'must begin with'],
  ])('says what is wrong with %s, and repeats no password', (text, message) => {
    expect(parseConnectionString(text)).toContain(message);
    expect(parseConnectionString(text)).not.toContain('hunter2');
  });

  test('as a fault of the target', async () => {
    await expect(target('db', 'postgres', { url: 'postgres://db?sslmode=maybe' })).rejects.toThrow('sslmode must be');
  });
});

describe('tries it as libpq does', () => {
  let plain: PrivateServer;
  let secure: PrivateServer;
  let standby: PrivateServer;
  beforeAll(async () => {
    const made = await certificate('another-name');
    const tls = { 'server.crt': made.cert, 'server.key': made.key };
    const hba = 'host replication all 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 trust\n';
    const replicated = { wal_level: 'replica', max_wal_senders: '4' };
    [plain, secure] = await Promise.all([
      privatePostgres({ settings: replicated, files: { 'pg_hba.conf': hba } }),
      privatePostgres({
        settings: { ssl: 'on' },
        files: { ...tls, 'pg_hba.conf': 'hostssl all all 127.0.0.1/32 trust\nhostnossl all all all reject\n' },
      }),
    ]);
    standby = await privatePostgres({ standbyOf: plain.url, settings: { hot_standby: 'on', ...replicated } });
  });
  afterAll(endSupervisor);
  const port = (server: PrivateServer): string => new URL(server.url).port;
  const poll = async (url: string): Promise<string> => word(await ask('postgres', { url, timeout: '1700ms' }));

  test('sslmode: with TLS, without, or as it comes', async () => {
    const words = async (server: PrivateServer): Promise<string[]> =>
      Promise.all(
        ['disable', 'allow', 'prefer', 'require', 'verify-ca'].map((mode) => poll(`${server.url}?sslmode=${mode}`)),
      );
    expect(await words(plain)).toEqual(['up', 'up', 'up', 'tls connect', 'tls connect']);
    expect(await words(secure)).toEqual(['auth connect', 'up', 'up', 'up', 'tls_untrusted connect']);
    expect([await poll(plain.url), await poll(secure.url)]).toEqual(['up', 'up']);
  });

  test('several hosts: the first that answers; who says no is believed', async () => {
    const here = `127.0.0.1:${port(plain)}`;
    expect(await poll(`postgres://warroom@127.0.0.1:1,${here}/postgres`)).toBe('up');
    expect(await poll(`postgres://warroom@warroom.invalid,${here}/postgres`)).toBe('up');
    expect(await poll(`host=127.0.0.1,127.0.0.1 port=1,${port(plain)} user=warroom dbname=postgres`)).toBe('up');
    expect(await poll(`postgres://warroom@${here},127.0.0.1:1/nowhere`)).toBe('db_missing connect');
    expect(await poll('postgres://warroom@127.0.0.1:1,127.0.0.1:2/postgres')).toBe('refused connect');
  });

  test('the kind of server that is wanted', async () => {
    const hosts = `127.0.0.1:${port(standby)},127.0.0.1:${port(plain)}`;
    const role = async (kind: string): Promise<number | undefined> =>
      value(
        await ask('postgres', { url: `postgres://warroom@${hosts}/postgres?target_session_attrs=${kind}` }),
        'pg_in_recovery',
      );
    expect(await Promise.all(['any', 'read-write', 'primary', 'standby', 'prefer-standby'].map(role))).toEqual([
      1, 0, 0, 1, 1,
    ]);
    const none = await ask('postgres', { url: `${plain.url}?target_session_attrs=standby` });
    expect(none.error?.message).toBe('the server is a primary, and target_session_attrs asks for standby');
    expect(await poll(`${plain.url}?target_session_attrs=prefer-standby`)).toBe('up');
  });
});

/** PgBouncer's own console, its database `pgbouncer`: who waits for a server connection, and how long. */
import { gauges, type PollResult } from '../session.ts';
import type { PgConnection } from './connection.ts';
import { rowNumber, plainRows, text } from './metrics.ts';

const SERVERS = ['sv_active', 'sv_idle', 'sv_used', 'sv_tested', 'sv_login'];

export async function askPooler(connection: PgConnection, signal: AbortSignal, version: string): Promise<PollResult> {
  const shown = ['POOLS', 'DATABASES', 'LISTS', 'CONFIG'].map((what) => [`SHOW ${what}`] as const);
  const [pools = [], databases = [], lists = [], config = []] = await connection.all(signal, ...shown);
  const rows = pools.filter((row) => text(row, 'database') !== 'pgbouncer');
  let isExhausted = false;
  const samples = rows.flatMap((row) => {
    const count = (column: string): number => rowNumber(row, column) ?? 0;
    const labels = { database: text(row, 'database'), user: text(row, 'user') };
    const settings = databases.findLast((database) => text(database, 'name') === labels.database) ?? {};
    const [waiting, idle, size] = [count('cl_waiting'), count('sv_idle'), rowNumber(settings, 'pool_size')];
    const servers = SERVERS.reduce((sum, column) => sum + count(column), 0);
    // As of an application's own pool: a client waits, nothing is idle, and the pool may not grow.
    isExhausted ||= waiting > 0 && idle === 0 && size !== null && servers >= size;
    return gauges(
      {
        pgbouncer_clients_active: count('cl_active'),
        pgbouncer_clients_waiting: waiting,
        pgbouncer_max_wait_seconds: count('maxwait') + count('maxwait_us') / 1e6,
        pgbouncer_servers: servers,
        pgbouncer_servers_idle: idle,
        pgbouncer_pool_size: size,
      },
      labels,
    );
  });
  const used = rowNumber(lists.find((row) => text(row, 'list') === 'used_clients') ?? {}, 'items');
  const most = Number(config.find((row) => text(row, 'key') === 'max_client_conn')?.['value'] ?? NaN);
  const totals = gauges({
    pgbouncer_clients: used,
    pgbouncer_max_clients: most,
    pgbouncer_clients_used_ratio: used !== null && most > 0 ? used / most : null,
    db_pool_exhausted: isExhausted ? 1 : 0,
  });
  return {
    failure: null,
    samples: [...samples, ...totals],
    facts: { version: `PgBouncer ${version}`, role: 'pooler' },
    rows: { pools: plainRows(rows) },
  };
}

/** PgBouncer's own console, its database `pgbouncer`: who waits for a server connection, and how long. */
import { Samples, type PollResult } from '../session.ts';
import type { PgConnection, PgRow } from './connection.ts';
import { number, plainRows, text } from './metrics.ts';

/** One database and user. `size`: how many server connections it may have. */
interface Pool {
  readonly labels: { readonly database: string; readonly user: string };
  readonly waiting: number;
  readonly active: number;
  readonly servers: number;
  readonly idle: number;
  readonly maxWaitS: number;
  readonly size: number | null;
}

export async function askPooler(connection: PgConnection, signal: AbortSignal, version: string): Promise<PollResult> {
  const [pools = [], databases = [], lists = [], config = []] = await connection.all(
    signal,
    ['SHOW POOLS'],
    ['SHOW DATABASES'],
    ['SHOW LISTS'],
    ['SHOW CONFIG'],
  );
  const sizes = new Map(databases.map((row) => [text(row, 'name'), number(row, 'pool_size')]));
  const known = pools.filter((row) => text(row, 'database') !== 'pgbouncer').map((row) => poolOf(row, sizes));
  const samples = new Samples();
  for (const { labels, waiting, active, servers, idle, maxWaitS, size } of known) {
    samples.gauge('pgbouncer_clients_active', active, labels);
    samples.gauge('pgbouncer_clients_waiting', waiting, labels);
    samples.gauge('pgbouncer_max_wait_seconds', maxWaitS, labels);
    samples.gauge('pgbouncer_servers', servers, labels);
    samples.gauge('pgbouncer_servers_idle', idle, labels);
    samples.gauge('pgbouncer_pool_size', size, labels);
  }
  const used = number(lists.find((row) => text(row, 'list') === 'used_clients') ?? {}, 'items');
  const most = Number(config.find((row) => text(row, 'key') === 'max_client_conn')?.['value'] ?? NaN);
  samples.gauge('pgbouncer_clients', used);
  samples.gauge('pgbouncer_max_clients', most);
  if (used !== null && most > 0) samples.gauge('pgbouncer_clients_used_ratio', used / most);
  samples.gauge('db_pool_exhausted', known.some(isExhausted) ? 1 : 0);
  const rows = pools.filter((row) => text(row, 'database') !== 'pgbouncer');
  return {
    failure: null,
    samples: samples.list,
    facts: { version: `PgBouncer ${version}`, role: 'pooler' },
    rows: { pools: plainRows(rows) },
  };
}

function poolOf(row: PgRow, sizes: ReadonlyMap<string, number | null>): Pool {
  const count = (column: string): number => number(row, column) ?? 0;
  return {
    labels: { database: text(row, 'database'), user: text(row, 'user') },
    waiting: count('cl_waiting'),
    active: count('cl_active'),
    servers: ['sv_active', 'sv_idle', 'sv_used', 'sv_tested', 'sv_login'].reduce((sum, each) => sum + count(each), 0),
    idle: count('sv_idle'),
    maxWaitS: count('maxwait') + count('maxwait_us') / 1e6,
    size: sizes.get(text(row, 'database')) ?? null,
  };
}

/** As of an application's own pool: somebody waits, nothing is idle, and it may not grow. */
const isExhausted = ({ waiting, idle, servers, size }: Pool): boolean =>
  waiting > 0 && idle === 0 && size !== null && servers >= size;

/** PgBouncer in the panel of PostgreSQL: clients against the most it takes, who waits for a server connection. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import type { Line } from '../src/terminal/text.ts';
import { extreme, gauge, total, type MetricSpec, type Poll } from './metric.ts';
import { said } from './target-kind.ts';
import { count, percent, took } from './numbers.ts';
import { numberColumn, textColumn, table, type Column } from './table.ts';

export const CLIENTS_RATIO = 'pgbouncer_clients_used_ratio';
export const CLIENTS_USED: MetricSpec = {
  label: 'conn',
  says: 'client connections of the pooler',
  of: gauge(CLIENTS_RATIO),
  as: percent,
  warn: 0.8,
  crit: 0.95,
  hidden: true,
  main: true,
};
const WAITING: MetricSpec = {
  label: 'waiting',
  says: 'clients waiting for the pooler',
  of: total('pgbouncer_clients_waiting'),
  as: count,
  warn: 0,
  held: { metric: 'pgbouncer_clients_waiting', ms: 10_000 },
};
export const POOLER: readonly MetricSpec[] = [
  WAITING,
  {
    label: 'max wait',
    says: 'longest wait for the pooler',
    of: extreme('pgbouncer_max_wait_seconds'),
    as: took,
    warn: 1,
    crit: 10,
  },
  CLIENTS_USED,
  { label: 'servers', of: total('pgbouncer_servers'), as: count },
];

export const isPooler = ({ reading }: Poll): boolean => reading.facts['role'] === 'pooler';

export const poolerWords = (poll: Poll): string =>
  `${said(poll, 'pgbouncer_clients', count)}/${said(poll, 'pgbouncer_max_clients', count)}`;

/** One for each database and user. */
const POOLS: readonly Column<Row>[] = [
  textColumn('pool of', 'database'),
  textColumn('user'),
  numberColumn('waiting', count, 'cl_waiting'),
  numberColumn('max wait', (s) => age(s * 1000), 'maxwait'),
  numberColumn('clients', count, 'cl_active'),
  numberColumn('servers busy', count, 'sv_active'),
  numberColumn('idle', count, 'sv_idle'),
  textColumn('mode', 'pool_mode'),
];
export const pools = (rows: readonly Row[], cols: number): readonly Line[] => table(POOLS, rows, cols, 8);

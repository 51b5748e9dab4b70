/** PgBouncer in the panel of PostgreSQL: clients against the most it takes, who waits for a server connection. */
import type { Row } from '../src/protocol/reading.ts';
import type { Line } from '../src/terminal/text.ts';
import { extreme, total } from './measure.ts';
import { type Poll, type MetricSpec, held, MAIN, metric, over } from './metric.ts';
import { said } from './target-kind.ts';
import { countText, percent, took } from './numbers.ts';
import { numberColumn, seconds, textColumn, table, type Column } from './table.ts';

export const CLIENTS_USED = metric(
  'conn',
  'pgbouncer_clients_used_ratio',
  percent,
  'client connections of the pooler',
  over(0.8, 0.95),
  MAIN,
);
const WAITING = metric(
  'waiting',
  total('pgbouncer_clients_waiting'),
  countText,
  'clients waiting for the pooler',
  over(0),
  held(10_000),
);
export const POOLER: readonly MetricSpec[] = [
  WAITING,
  metric('max wait', extreme('pgbouncer_max_wait_seconds'), took, 'longest wait for the pooler', over(1, 10)),
  CLIENTS_USED,
  metric('servers', total('pgbouncer_servers'), countText),
];

export const isPooler = ({ reading }: Poll): boolean => reading.facts['role'] === 'pooler';

export const poolerWords = (poll: Poll): string =>
  `${said(poll, 'pgbouncer_clients', countText)}/${said(poll, 'pgbouncer_max_clients', countText)}`;

/** One for each database and user. */
const POOLS: readonly Column<Row>[] = [
  textColumn('pool of', 'database'),
  textColumn('user'),
  numberColumn('waiting', countText, 'cl_waiting'),
  numberColumn('max wait', seconds, 'maxwait'),
  numberColumn('clients', countText, 'cl_active'),
  numberColumn('servers busy', countText, 'sv_active'),
  numberColumn('idle', countText, 'sv_idle'),
  textColumn('mode', 'pool_mode'),
];
export const pools = (rows: readonly Row[], cols: number): readonly Line[] => table(POOLS, rows, cols, 8);

/** The slow tiers of PostgreSQL: every 10 s what grows slowly, every 60 s what takes days. */
import { Tiers, type Tier, type Slow } from '../tiers.ts';
import type { PgConnection, PgRow } from './connection.ts';
import * as metrics from './metrics.ts';
import { CLIENTS, LIMITS_QUERY, PREPARED, REPLICATION, slots, WRAPAROUND } from './queries.ts';

interface PgTier extends Tier<readonly PgRow[]> {
  /** For a server of this version (`server_version_num`). */
  readonly sql: (version: number) => string;
}

const TIERS: readonly PgTier[] = [
  {
    name: 'clients',
    everyMs: 10_000,
    sql: () => CLIENTS,
    part: (rows) => ({ rows: { clients: metrics.plainRows(rows) } }),
  },
  {
    name: 'replication',
    everyMs: 10_000,
    sql: () => REPLICATION,
    part: (rows) => ({ samples: metrics.replicationSamples(rows), rows: { replication: metrics.plainRows(rows) } }),
  },
  {
    name: 'replication slots',
    everyMs: 10_000,
    sql: slots,
    part: (rows) => ({ samples: metrics.slotSamples(rows), rows: { slots: metrics.plainRows(rows) } }),
  },
  {
    name: 'prepared transactions',
    everyMs: 10_000,
    sql: () => PREPARED,
    part: (rows) => ({ samples: metrics.columnSamples(rows) }),
  },
  {
    name: 'limits',
    everyMs: 10_000,
    sql: () => LIMITS_QUERY,
    part: (rows) => ({ samples: metrics.limitSamples(rows) }),
  },
  {
    name: 'wraparound',
    everyMs: 60_000,
    sql: () => WRAPAROUND,
    part: (rows) => ({ samples: metrics.columnSamples(rows, ['database']) }),
  },
];

export const pgTiers = (): Tiers<readonly PgRow[], PgTier> => new Tiers<readonly PgRow[], PgTier>(TIERS);

/** Reads the tiers that are due, in one round trip, and answers all that is known. */
export async function readPostgresTiers(
  tiers: Tiers<readonly PgRow[], PgTier>,
  connection: PgConnection,
  signal: AbortSignal,
  version: number,
): Promise<Slow> {
  const due = tiers.due();
  if (due.length > 0) {
    const results = await connection.allSettled(signal, ...due.map((tier) => [tier.sql(version)] as const));
    due.forEach((tier, i) => tiers.keep(tier, results[i] ?? []));
  }
  return tiers.known();
}

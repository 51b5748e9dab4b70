/** Polls a PostgreSQL server over one held connection, which keeps working when all slots are taken. */
import { readCertificates } from '../certificates.ts';
import { ProbeFailure } from '../failure.ts';
import { metricTypes, type ParsedSettings, type Probe, type Raw } from '../probe.ts';
import { RatioWindow } from '../ratio-window.ts';
import { gauges, HeldSession, type PollResult } from '../session.ts';
import { SettingsReader } from '../settings-reader.ts';
import { Tiers, type Part, type Tier } from '../tiers.ts';
import { parseConnectionString } from './connection-string.ts';
import type { PgConnection, PgRow, PostgresSettings } from './connection.ts';
import * as metrics from './metrics.ts';
import { askPooler } from './pgbouncer.ts';
import * as queries from './queries.ts';

function parse(raw: Raw): ParsedSettings<PostgresSettings> {
  const read = new SettingsReader(raw);
  const [url, remediationUrl] = [read.text('url', ''), read.text('remediation_url', null)];
  for (const [key, text] of Object.entries({ url, remediation_url: remediationUrl })) {
    const address = text === '' || text === null ? null : parseConnectionString(text);
    if (typeof address === 'string') read.fault(key, address);
  }
  if (!read.has('url'))
    read.fault([], 'a postgres target needs a url, such as postgres://user@127.0.0.1:5432/database');
  return read.done({
    url,
    remediationUrl: remediationUrl || null,
    timeoutMs: read.duration('timeout', 2500),
    ...readCertificates(read),
  });
}

export const postgres: Probe<PostgresSettings> = {
  metrics: metricTypes({
    gauge: `pg_up pg_slots_used_ratio pg_slots pg_client_backends pg_max_connections pg_conn_limit_used_ratio
      pg_stat_activity_count pg_locks_waiting pg_longest_query_seconds pg_longest_transaction_seconds
      pg_longest_idle_in_transaction_seconds pg_prepared_transactions pg_oldest_prepared_transaction_seconds
      pg_oldest_xmin_age pg_database_xid_age pg_database_mxid_age pg_cache_hit_ratio pg_in_recovery
      pg_standby_replay_lag_seconds pg_standby_replay_lag_bytes pg_standby_replay_paused pg_wal_receiver_up
      pg_wal_receiver_silent_seconds pg_replication_standbys pg_replication_lag_bytes pg_replication_lag_seconds
      pg_replication_reply_age_seconds pg_replication_slot_retained_bytes pg_replication_slot_lost
      pg_autovacuum_workers pg_postmaster_start_time_seconds pgbouncer_clients_waiting pgbouncer_max_wait_seconds
      pgbouncer_clients_active pgbouncer_servers pgbouncer_servers_idle pgbouncer_pool_size pgbouncer_clients
      pgbouncer_max_clients pgbouncer_clients_used_ratio`,
    counter: `pg_transactions pg_blocks_hit pg_blocks_read pg_deadlocks pg_temp_bytes pg_conflicts pg_checksum_failures`,
  }),
  isHeld: true,
  rights: ["CREATE ROLE warroom LOGIN PASSWORD 'PASSWORD' CONNECTION LIMIT 3;", 'GRANT pg_monitor TO warroom;'],
  load: () => import('./connection.ts'),
  parse,
  open: (target) => new PostgresSession(target, target.settings.timeoutMs),
};

type Rows = readonly PgRow[];
interface PgTier extends Tier<Rows> {
  /** For a server of this version (`server_version_num`). */
  readonly sql: (version: number) => string;
}

const tier = (name: string, everyS: number, sql: PgTier['sql'] | string, part: (rows: Rows) => Part): PgTier => ({
  name,
  everyMs: everyS * 1000,
  sql: typeof sql === 'string' ? () => sql : sql,
  part,
});
const { plainRows, columnSamples, replicationSamples, slotSamples } = metrics;
const pgTiers = (): Tiers<Rows, PgTier> =>
  new Tiers([
    tier('clients', 10, queries.CLIENTS, (rows) => ({ rows: { clients: plainRows(rows) } })),
    tier('replication', 10, queries.REPLICATION, (rows) => ({
      samples: replicationSamples(rows),
      rows: { replication: plainRows(rows) },
    })),
    tier('replication slots', 10, queries.slots, (rows) => ({
      samples: slotSamples(rows),
      rows: { slots: plainRows(rows) },
    })),
    tier('prepared transactions', 10, queries.PREPARED, (rows) => ({ samples: columnSamples(rows) })),
    tier('limits', 10, queries.LIMITS, (rows) => ({ samples: columnSamples(rows, ['scope', 'name']) })),
    tier('wraparound', 60, queries.WRAPAROUND, (rows) => ({ samples: columnSamples(rows, ['database']) })),
  ]);

class PostgresSession extends HeldSession<PostgresSettings, PgConnection> {
  readonly #cache = new RatioWindow(100);
  #tiers = pgTiers();

  protected async find(signal: AbortSignal): Promise<PollResult> {
    const connection = await this.connected(signal);
    if (connection.bouncer !== null) return askPooler(connection, signal, connection.bouncer);
    const [[summary] = [], [database = {}] = []] = await connection.all(signal, [queries.ACTIVITY], [queries.DATABASE]);
    if (summary === undefined)
      throw new ProbeFailure({ class: 'protocol', phase: 'query', message: 'the server answered no row' });
    const instanceId = `${String(summary['pg_postmaster_start_time_seconds'])}/${String(database['stats_reset'] ?? '')}`;
    const version = Number(summary['version_num']);
    // Queried only while a session waits: pg_blocking_pids() locks the server's lock table.
    const isLocked = summary['pg_locks_waiting'] !== 0;
    const locks = isLocked ? metrics.lockRows((await connection.all(signal, [queries.locks(version)]))[0] ?? []) : null;
    const isStandby = summary['pg_in_recovery'] === 1;
    const [standby] = (isStandby ? (await connection.all(signal, [queries.STANDBY]))[0] : null) ?? [];
    const slow = await this.#tiers.read((due) =>
      connection.allSettled(signal, ...due.map(({ sql }) => [sql(version)] as const)),
    );
    const [hits, misses] = [
      metrics.rowNumber(database, 'pg_blocks_hit'),
      metrics.rowNumber(database, 'pg_blocks_read'),
    ];
    const hitRatio = this.#cache.add(performance.now(), instanceId, hits, misses);
    return {
      failure: null,
      instanceId,
      samples: [
        ...metrics.summarySamples(summary),
        ...metrics.databaseSamples(database),
        ...gauges({ pg_cache_hit_ratio: hitRatio }),
        ...(standby === undefined ? [] : metrics.standbySamples(standby)),
        ...slow.samples,
      ],
      facts: { ...metrics.summaryFacts(summary, connection.isPooled), ...slow.facts },
      rows: { top: metrics.topRows(summary), ...(locks && { locks }), ...slow.rows },
    };
  }

  protected async connect(signal: AbortSignal): Promise<PgConnection> {
    this.#tiers = pgTiers();
    const { PgConnection } = await import('./connection.ts');
    return PgConnection.open(this.target.settings, this.timeoutMs, signal);
  }
}

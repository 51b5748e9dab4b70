/** Polls a PostgreSQL server over one held connection, which keeps working when all slots are taken. */
import type { Row, Sample } from '../../protocol/reading.ts';
import { ProbeFailure } from '../failure.ts';
import { parsePostgresSettings, type PostgresSettings } from './settings.ts';
import { metricTable, type MetricTypes, type Probe } from '../probe.ts';
import { HeldSession, Samples, type PollResult } from '../session.ts';
import { RatioWindow } from '../ratio-window.ts';
import type { PgConnection, PgRow } from './connection.ts';
import * as metrics from './metrics.ts';
import { ACTIVITY, DATABASE, locks, STANDBY } from './queries.ts';
import { askPooler } from './pgbouncer.ts';
import { pgTiers, readPostgresTiers } from './tiers.ts';

const METRICS: MetricTypes = {
  ...metricTable(
    'gauge',
    `
    pg_up pg_slots_used_ratio pg_slots pg_client_backends pg_max_connections pg_conn_limit_used_ratio
    pg_stat_activity_count pg_locks_waiting pg_longest_query_seconds pg_longest_transaction_seconds
    pg_longest_idle_in_transaction_seconds pg_prepared_transactions pg_oldest_prepared_transaction_seconds
    pg_oldest_xmin_age pg_database_xid_age pg_database_mxid_age pg_cache_hit_ratio pg_in_recovery
    pg_standby_replay_lag_seconds pg_standby_replay_lag_bytes pg_standby_replay_paused pg_wal_receiver_up
    pg_wal_receiver_silent_seconds pg_replication_standbys pg_replication_lag_bytes pg_replication_lag_seconds
    pg_replication_reply_age_seconds pg_replication_slot_retained_bytes pg_replication_slot_lost
    pg_autovacuum_workers pg_postmaster_start_time_seconds pgbouncer_clients_waiting pgbouncer_max_wait_seconds
    pgbouncer_clients_active pgbouncer_servers pgbouncer_servers_idle pgbouncer_pool_size pgbouncer_clients
    pgbouncer_max_clients pgbouncer_clients_used_ratio`,
  ),
  ...metricTable(
    'counter',
    `
    pg_transactions pg_blocks_hit pg_blocks_read pg_deadlocks pg_temp_bytes pg_conflicts pg_checksum_failures`,
  ),
};

export const postgres: Probe<PostgresSettings> = {
  kind: 'postgres',
  about: 'a PostgreSQL server, primary or standby',
  metrics: METRICS,
  isHeld: true,
  rights: ["CREATE ROLE warroom LOGIN PASSWORD 'PASSWORD' CONNECTION LIMIT 3;", 'GRANT pg_monitor TO warroom;'],
  load: () => import('./connection.ts'),
  parse: parsePostgresSettings,
  open: (target) => new PostgresSession(target, target.settings.timeoutMs),
};

class PostgresSession extends HeldSession<PostgresSettings, PgConnection> {
  readonly #cache = new RatioWindow(100);
  #tiers = pgTiers();

  protected async find(signal: AbortSignal): Promise<PollResult> {
    const connection = await this.connected(signal);
    if (connection.bouncer !== null) return askPooler(connection, signal, connection.bouncer);
    const [[summary] = [], [database] = []] = await connection.all(signal, [ACTIVITY], [DATABASE]);
    if (summary === undefined)
      throw new ProbeFailure({ class: 'protocol', phase: 'query', message: 'the server answered no row' });
    const instanceId = `${String(summary['pg_postmaster_start_time_seconds'])}/${String(database?.['stats_reset'] ?? '')}`;
    const version = Number(summary['version_num']);
    const locked = await this.#locks(connection, signal, summary, version);
    const standby = summary['pg_in_recovery'] === 1 ? (await connection.all(signal, [STANDBY]))[0]?.[0] : undefined;
    const slow = await readPostgresTiers(this.#tiers, connection, signal, version);
    return {
      failure: null,
      instanceId,
      samples: [
        ...metrics.summarySamples(summary),
        ...(database === undefined ? [] : metrics.databaseSamples(database)),
        ...this.#cacheRatio(instanceId, database),
        ...(standby === undefined ? [] : metrics.standbySamples(standby)),
        ...slow.samples,
      ],
      facts: { ...metrics.summaryFacts(summary, connection.isPooled), ...slow.facts },
      rows: { top: metrics.topRows(summary), ...locked, ...slow.rows },
    };
  }

  /** Queried only while a session waits: pg_blocking_pids() locks the server's lock table. */
  async #locks(
    connection: PgConnection,
    signal: AbortSignal,
    summary: PgRow,
    version: number,
  ): Promise<Readonly<Record<string, readonly Row[]>>> {
    if (summary['pg_locks_waiting'] === 0) return {};
    const [rows = []] = await connection.all(signal, [locks(version)]);
    return { locks: metrics.lockRows(rows) };
  }

  #cacheRatio(instanceId: string, database: PgRow | undefined): readonly Sample[] {
    const [hits, misses] = [database?.['pg_blocks_hit'], database?.['pg_blocks_read']];
    if (typeof hits !== 'number' || typeof misses !== 'number') return [];
    const samples = new Samples();
    samples.gauge('pg_cache_hit_ratio', this.#cache.add(performance.now(), instanceId, hits, misses));
    return samples.list;
  }

  protected async connect(signal: AbortSignal): Promise<PgConnection> {
    this.#tiers = pgTiers();
    const { PgConnection } = await import('./connection.ts');
    return PgConnection.open(this.target.settings, this.timeoutMs, signal);
  }
}

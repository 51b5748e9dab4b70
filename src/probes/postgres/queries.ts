/** All SQL that is sent to PostgreSQL 12 to 18. A column with the name of a metric (`pg_…`) is that metric. */

const since = (column: string): string => `extract(epoch from clock_timestamp() - ${column})::float8`;
const clients = `backend_type = 'client backend'`;
const inState = (state: string): string => `(count(*) FILTER (WHERE ${clients} AND state ${state}))::int`;

/**
 * Every second: one row of counts over all sessions, and in `top` those with the oldest transactions. Both come from one
 * call of pg_stat_get_activity, which is most of the cost; the view pg_stat_activity adds two joins to it.
 */
export const ACTIVITY = `
WITH a AS MATERIALIZED (
  SELECT pid, datid, usesysid, application_name, client_addr, backend_type, state, wait_event_type, wait_event,
         backend_start, xact_start, query_start, state_change, backend_xid, backend_xmin, left(query, 200) AS query
    FROM pg_stat_get_activity(NULL)
), top AS (
  SELECT pid, (SELECT datname FROM pg_database d WHERE d.oid = a.datid) AS database,
         pg_get_userbyid(usesysid) AS "user", application_name AS application, host(client_addr) AS client,
         state, wait_event_type, wait_event,
         ${since('xact_start')} AS transaction_s,
         ${since('query_start')} AS query_s,
         ${since('state_change')} AS state_s,
         backend_start::text AS backend_start,
         query
    FROM a
   WHERE pid <> pg_backend_pid()
     AND state IS DISTINCT FROM 'idle'
     AND backend_type IN ('client backend', 'parallel worker', 'autovacuum worker')
   ORDER BY coalesce(xact_start, state_change, a.backend_start)
   LIMIT 10
)
SELECT current_setting('server_version_num')::int AS version_num,
       current_setting('server_version') AS version,
       current_user AS "user",
       current_database() AS database,
       extract(epoch from pg_postmaster_start_time())::float8 AS pg_postmaster_start_time_seconds,
       pg_is_in_recovery()::int AS pg_in_recovery,
       current_setting('max_connections')::int AS pg_max_connections,
       current_setting('superuser_reserved_connections')::int AS superuser_reserved,
       coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
       (count(*) FILTER (WHERE ${clients}))::int AS pg_client_backends,
       ${inState(`= 'active'`)} AS active,
       ${inState(`= 'idle'`)} AS idle,
       ${inState(`= 'idle in transaction'`)} AS idle_in_transaction,
       ${inState(`= 'idle in transaction (aborted)'`)} AS idle_in_transaction_aborted,
       ${inState(`IN ('fastpath function call', 'disabled')`)} AS other,
       ${inState(`IS NULL`)} AS unknown,
       (count(*) FILTER (WHERE wait_event_type = 'Lock'))::int AS pg_locks_waiting,
       (count(*) FILTER (WHERE backend_type = 'autovacuum worker'))::int AS pg_autovacuum_workers,
       (count(*) FILTER (WHERE query = '<insufficient privilege>'))::int AS hidden,
       coalesce(${since(`min(query_start) FILTER (WHERE ${clients} AND state = 'active' AND pid <> pg_backend_pid())`)}, 0) AS pg_longest_query_seconds,
       coalesce(${since(`min(xact_start) FILTER (WHERE ${clients} AND pid <> pg_backend_pid())`)}, 0) AS pg_longest_transaction_seconds,
       coalesce(${since(`min(state_change) FILTER (WHERE state LIKE 'idle in transaction%')`)}, 0) AS pg_longest_idle_in_transaction_seconds,
       greatest(0, max(greatest(age(backend_xmin), age(backend_xid))),
                (SELECT max(greatest(age(xmin), age(catalog_xmin))) FROM pg_replication_slots),
                (SELECT max(age(transaction)) FROM pg_prepared_xacts)) AS pg_oldest_xmin_age,
       (SELECT coalesce(json_agg(top), '[]') FROM top) AS top
  FROM a`;

export const DATABASE = `
SELECT xact_commit::float8 AS commits, xact_rollback::float8 AS rollbacks,
       blks_read::float8 AS pg_blocks_read, blks_hit::float8 AS pg_blocks_hit, conflicts::float8 AS pg_conflicts,
       temp_bytes::float8 AS pg_temp_bytes, deadlocks::float8 AS pg_deadlocks,
       checksum_failures::float8 AS pg_checksum_failures,
       extract(epoch from stats_reset)::float8 AS stats_reset
  FROM pg_stat_database
 WHERE datname = current_database()`;

/**
 * Every second, on a standby. Its lag is zero when all WAL it can get is replayed: received and replayed are the same
 * while the receiver streams (an idle primary is no lag), or the startup process waits for more of an archive. Otherwise
 * it is the age of the last replayed transaction; unknown without one.
 */
export const STANDBY = `
WITH r AS (SELECT count(pid)::int AS receivers, min(status) AS receiver_status,
                  ${since('min(last_msg_receipt_time)')} AS silent_s FROM pg_stat_wal_receiver),
     s AS (SELECT pg_last_wal_receive_lsn() AS received, pg_last_wal_replay_lsn() AS replayed,
                  pg_last_xact_replay_timestamp() AS replayed_at,
                  (SELECT wait_event IN ('RecoveryRetrieveRetryInterval', 'RecoveryWalStream', 'RecoveryWalAll')
                     FROM pg_stat_activity WHERE backend_type = 'startup') AS waits)
SELECT CASE WHEN received = replayed AND (receiver_status = 'streaming' OR receiver_status IS NULL AND receivers > 0)
              OR received IS NULL AND waits THEN 0
            WHEN replayed_at IS NOT NULL THEN greatest(0, ${since('replayed_at')}) END AS pg_standby_replay_lag_seconds,
       pg_wal_lsn_diff(received, replayed)::float8 AS pg_standby_replay_lag_bytes,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused()::int END AS pg_standby_replay_paused,
       receivers, receiver_status, silent_s AS pg_wal_receiver_silent_seconds, received IS NULL AS is_archive_fed
  FROM r, s`;

/**
 * While a session waits for a lock: waiters and their blockers. pg_blocking_pids() locks the lock table, so it is called
 * for waiters only; it repeats the pids of parallel groups and answers 0 for a prepared transaction.
 */
export const locks = (version: number): string => `
WITH a AS MATERIALIZED (
  SELECT pid, datname, usename, application_name, client_addr, state, backend_start, xact_start, state_change,
         left(query, 200) AS query,
         CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}'::int[] END AS blocked_by
    FROM pg_stat_activity
), involved AS (
  SELECT pid FROM a WHERE cardinality(blocked_by) > 0 UNION SELECT unnest(blocked_by) FROM a
)
SELECT i.pid, a.datname AS database, a.usename AS "user", a.application_name AS application,
       host(a.client_addr) AS client, a.state,
       ARRAY(SELECT DISTINCT b FROM unnest(a.blocked_by) b ORDER BY b) AS blocked_by,
       ${since('a.xact_start')} AS transaction_s,
       ${since('a.state_change')} AS state_s,
       ${version >= 140000 ? since('l.waitstart') : 'NULL::float8'} AS wait_s,
       l.locktype AS lock_type, l.mode,
       CASE WHEN l.relation IS NULL THEN NULL
            WHEN l.database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
            THEN l.relation::regclass::text
            ELSE 'oid ' || l.relation END AS relation,
       a.backend_start::text AS backend_start, a.query
  FROM involved i
  LEFT JOIN a ON a.pid = i.pid
  LEFT JOIN LATERAL (SELECT * FROM pg_locks WHERE NOT granted AND pg_locks.pid = i.pid LIMIT 1) l
         ON cardinality(a.blocked_by) > 0
 LIMIT 500`;

/** Every 10 s: who holds the connections. */
export const CLIENTS = `
SELECT usename AS "user", application_name AS application, host(client_addr) AS client, count(*)::int AS connections,
       (count(*) FILTER (WHERE state = 'active'))::int AS active,
       (count(*) FILTER (WHERE state = 'idle'))::int AS idle,
       (count(*) FILTER (WHERE state LIKE 'idle in transaction%'))::int AS idle_in_transaction
  FROM pg_stat_activity
 WHERE ${clients} AND pid <> pg_backend_pid()
 GROUP BY 1, 2, 3
 ORDER BY connections DESC
 LIMIT 10`;

/** Without pg_monitor the sessions of others have no type and cannot be counted. */
const clientsOf = `CASE WHEN bool_or(a.pid IS NOT NULL AND a.backend_type IS NULL) THEN NULL
            ELSE count(a.pid) FILTER (WHERE a.${clients}) END`;

/** Every 10 s: roles and databases with a limit of connections, the fullest first. */
export const LIMITS = `
SELECT scope, name, used::float8 / most AS pg_conn_limit_used_ratio FROM (
SELECT 'role' AS scope, r.rolname AS name, r.rolconnlimit AS most, (${clientsOf})::int AS used
  FROM pg_roles r LEFT JOIN pg_stat_activity a ON a.usesysid = r.oid
 WHERE r.rolconnlimit > 0 GROUP BY 1, 2, 3
UNION ALL
SELECT 'database', d.datname, d.datconnlimit, (${clientsOf})::int
  FROM pg_database d LEFT JOIN pg_stat_activity a ON a.datid = d.oid
 WHERE d.datconnlimit > 0 GROUP BY 1, 2, 3
) AS limits ORDER BY pg_conn_limit_used_ratio DESC NULLS LAST LIMIT 30`;

const WAL_HERE = `CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END`;

/** Every 10 s: the standbys. */
export const REPLICATION = `
SELECT coalesce(nullif(application_name, ''), pid::text) AS standby, host(client_addr) AS client, state, sync_state,
       pg_wal_lsn_diff(${WAL_HERE}, write_lsn)::float8 AS write_bytes,
       pg_wal_lsn_diff(${WAL_HERE}, flush_lsn)::float8 AS flush_bytes,
       pg_wal_lsn_diff(${WAL_HERE}, replay_lsn)::float8 AS replay_bytes,
       extract(epoch from write_lag)::float8 AS write_s,
       extract(epoch from flush_lag)::float8 AS flush_s,
       extract(epoch from replay_lag)::float8 AS replay_s,
       ${since('reply_time')} AS reply_age_s
  FROM pg_stat_replication
 LIMIT 50`;

/** Every 10 s: replication slots, which keep WAL also for a standby that is gone. */
export const slots = (version: number): string => `
SELECT slot_name AS slot, slot_type AS type, active,
       ${version >= 130000 ? 'wal_status' : 'NULL::text'} AS wal_status,
       pg_wal_lsn_diff(${WAL_HERE}, restart_lsn)::float8 AS retained_bytes
  FROM pg_replication_slots
 ORDER BY retained_bytes DESC NULLS LAST
 LIMIT 50`;

/** Every 10 s: prepared transactions, which have locks but no session. */
export const PREPARED = `
SELECT count(*)::int AS pg_prepared_transactions,
       ${since('min(prepared)')} AS pg_oldest_prepared_transaction_seconds
  FROM pg_prepared_xacts`;

/** Every 60 s: the age of each database, at a limit of which the server stops, the oldest first. */
export const WRAPAROUND = `
SELECT datname AS database, age(datfrozenxid)::float8 AS pg_database_xid_age,
       mxid_age(datminmxid)::float8 AS pg_database_mxid_age
  FROM pg_database
 ORDER BY greatest(age(datfrozenxid), mxid_age(datminmxid)) DESC
 LIMIT 30`;

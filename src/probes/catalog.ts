/**
 * What our probes give, whether a target is there to give it now or not: rules are held against it before anything is
 * polled. Pages of metrics and JSON bodies may hold any others.
 */
const GAUGES = `
  http_up
  redis_up redis_memory_usage redis_memory_used_bytes redis_memory_rss_bytes redis_memory_peak_bytes
  redis_memory_max_bytes redis_memory_not_counted_bytes redis_evict_headroom_bytes redis_mem_fragmentation_ratio
  redis_policy_noeviction redis_keyspace_hit_ratio redis_connected_clients redis_maxclients redis_blocked_clients
  redis_keys redis_keys_without_ttl redis_db_keys redis_db_keys_expiring redis_is_replica redis_connected_replicas
  redis_replica_lag_bytes redis_master_link_up redis_master_last_io_seconds_ago redis_loading redis_async_loading
  redis_rdb_last_bgsave_ok redis_aof_last_write_ok redis_rdb_changes_since_last_save redis_latest_fork_usec
  redis_latency_latest_seconds redis_latency_max_seconds redis_cluster_state redis_cluster_slots_ok
  redis_cluster_slots_pfail redis_cluster_slots_fail redis_cluster_known_nodes redis_sentinel_master_ok
  redis_sentinel_replicas redis_sentinel_sentinels redis_uptime_seconds
  pg_up pg_slots_used_ratio pg_slots pg_client_backends pg_max_connections pg_conn_limit_used_ratio
  pg_stat_activity_count pg_locks_waiting pg_longest_query_seconds pg_longest_transaction_seconds
  pg_longest_idle_in_transaction_seconds pg_prepared_transactions pg_oldest_prepared_transaction_seconds
  pg_oldest_xmin_age pg_database_xid_age pg_database_mxid_age pg_cache_hit_ratio pg_in_recovery
  pg_standby_replay_lag_seconds pg_standby_replay_lag_bytes pg_standby_replay_paused pg_wal_receiver_up
  pg_wal_receiver_silent_seconds pg_replication_standbys pg_replication_lag_bytes pg_replication_lag_seconds
  pg_replication_reply_age_seconds pg_replication_slot_retained_bytes pg_replication_slot_lost pg_autovacuum_workers
  pg_postmaster_start_time_seconds
  ws_up ws_connections ws_probe_success ws_handshake_seconds ws_ping_seconds
  host_up host_cpu_busy_ratio host_cpu_iowait_ratio host_cpu_steal_ratio host_cpus host_load1 host_load5 host_load15
  host_memory_used_ratio host_memory_total_bytes host_memory_available_bytes host_swap_used_ratio host_pressure_avg10
  host_disk_used_ratio host_disk_available_bytes host_disk_inodes_used_ratio host_disk_busy_ratio
  host_cgroup_memory_bytes host_cgroup_memory_max_bytes host_cgroup_memory_ratio host_cgroup_cpus
  host_cgroup_cpu_ratio host_open_files_ratio host_conntrack_ratio host_uptime_seconds
  probe_duration_seconds probe_error probe_success probe_http_status_code probe_http_content_length
  probe_http_redirects probe_http_duration_seconds probe_ssl_earliest_cert_expiry probe_tls_version_info
  probe_failed_due_to_regex
  db_pool_exhausted db_pool_total db_pool_idle db_pool_waiting db_pool_max
  pgbouncer_clients_waiting pgbouncer_max_wait_seconds pgbouncer_clients_active pgbouncer_servers
  pgbouncer_servers_idle pgbouncer_pool_size pgbouncer_clients pgbouncer_max_clients pgbouncer_clients_used_ratio
  process_start_time_seconds
  warroom_self_cpu_ratio warroom_self_memory_bytes`;

/** They only rise, until whoever counts begins anew. */
const COUNTERS = `
  probe_skipped_total
  redis_evicted_keys redis_expired_keys redis_ops redis_rejected_connections redis_keyspace_hits redis_keyspace_misses
  redis_net_input_bytes redis_net_output_bytes redis_slowlog_last_id redis_oom_errors redis_errors
  pg_transactions pg_blocks_hit pg_blocks_read pg_deadlocks pg_temp_bytes pg_conflicts pg_checksum_failures
  ws_connection_errors ws_connections_opened ws_connections_closed ws_messages ws_rejected
  github_oauth_errors
  host_network_received_bytes host_network_sent_bytes host_network_packets host_network_errors
  host_cgroup_cpu_throttled_seconds host_oom_kills`;

const named = (names: string, type: 'gauge' | 'counter') =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, type] as const);

export const METRICS: ReadonlyMap<string, 'gauge' | 'counter'> = new Map([
  ...named(GAUGES, 'gauge'),
  ...named(COUNTERS, 'counter'),
]);

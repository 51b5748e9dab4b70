/** The kinds of targets. A new probe is one file or folder and one line here. Loaded when a target of its kind exists. */
import type { Probe, ProbeSession, Target } from './probe.ts';

interface Kind {
  /** What the names of its metrics begin with, its health metric's first. Empty: they may have any name. */
  readonly prefixes: readonly string[];
  readonly load: () => Promise<Probe>;
}

export const PROBE_KINDS: Readonly<Record<string, Kind>> = {
  http: { prefixes: [], load: async () => (await import('./http/http.ts')).http },
  redis: { prefixes: ['redis_'], load: async () => (await import('./redis/redis.ts')).redis },
  postgres: {
    prefixes: ['pg_', 'pgbouncer_', 'db_pool_'],
    load: async () => (await import('./postgres/postgres.ts')).postgres,
  },
  websocket: { prefixes: ['ws_'], load: async () => (await import('./websocket/websocket.ts')).websocket },
  host: { prefixes: ['host_'], load: async () => (await import('./host/host.ts')).host },
};

export const KIND_NAMES: readonly string[] = Object.keys(PROBE_KINDS);

/** The kind of target that gives a metric of this name; null: it may come from anywhere. */
export const kindOfMetric = (metric: string): string | null =>
  Object.entries(PROBE_KINDS).find(([, { prefixes }]) => prefixes.some((prefix) => metric.startsWith(prefix)))?.[0] ??
  null;

/** `pg_up`, `ws_up`, `http_up`. */
export const upMetric = (kind: string): string => `${PROBE_KINDS[kind]?.prefixes[0] ?? `${kind}_`}up`;

export async function probeOf(kind: string): Promise<Probe | null> {
  return Object.hasOwn(PROBE_KINDS, kind) ? ((await PROBE_KINDS[kind]?.load()) ?? null) : null;
}

export async function probeMetrics(): Promise<ReadonlyMap<string, 'gauge' | 'counter'>> {
  const probes = await Promise.all(Object.values(PROBE_KINDS).map(({ load }) => load()));
  return new Map(probes.flatMap(({ metrics }) => Object.entries(metrics)));
}

/** A session for a target whose settings its probe has parsed, with the client library loaded. */
export async function openTarget(target: Target): Promise<{ readonly probe: Probe; readonly session: ProbeSession }> {
  const probe = await probeOf(target.kind);
  if (probe === null) throw new Error(`no probe of kind ${target.kind}`);
  await probe.load?.();
  return { probe, session: probe.open(target) };
}

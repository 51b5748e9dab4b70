/** The kinds of targets. A new probe is one file and one line here. Each is loaded when a target of its kind exists. */
import type { Probe, Session, Target } from './probe.ts';

export const PROBES: Readonly<Record<string, () => Promise<Probe>>> = {
  http: async () => (await import('./http/http.ts')).http,
  redis: async () => (await import('./redis/redis.ts')).redis,
  postgres: async () => (await import('./postgres/postgres.ts')).postgres,
  websocket: async () => (await import('./websocket/websocket.ts')).websocket,
  host: async () => (await import('./host/host.ts')).host,
};

/** The probe of a kind; null when there is no such kind. */
export async function probeOf(kind: string): Promise<Probe | null> {
  return Object.hasOwn(PROBES, kind) ? ((await PROBES[kind]?.()) ?? null) : null;
}

/** A session for a target whose settings its probe has parsed, with the client library loaded. */
export async function openTarget(target: Target): Promise<{ readonly probe: Probe; readonly session: Session }> {
  const probe = await probeOf(target.kind);
  if (probe === null) throw new Error(`no probe of kind ${target.kind}`);
  await probe.load?.();
  return { probe, session: probe.open(target) };
}

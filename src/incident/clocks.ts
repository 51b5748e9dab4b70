/** Deadlines and durations as of a moment, derived from the state. */
import type { Instant } from './vocabulary.ts';
import { isAcknowledged, isRunning, type Incident } from './incident.ts';

export interface Due {
  readonly what: 'ack' | 'response' | 'identify' | 'update' | 'postmortem';
  readonly at: Instant;
  /** Negative: late by this much. */
  readonly leftMs: number;
  /** The span given; null: unknown. */
  readonly ofMs: number | null;
}
export interface Clocks {
  /** From declaration to resolution, or now; ms. */
  readonly elapsedMs: number;
  readonly ackMs: number | null;
  readonly due: readonly Due[];
}

const ms = (at: Instant | null): number | null => (at === null ? null : Date.parse(at));

/** `now`: ms since 1970, hub time. */
export function clocks(incident: Incident, now: number): Clocks {
  const { timestamps, deadlines, status } = incident;
  const declared = ms(timestamps.declaredAt) ?? now;
  const stopped = ms(timestamps.resolvedAt ?? timestamps.closedAt);
  const acked = ms(timestamps.acknowledgedAt);
  const detected = ms(timestamps.detectedAt) ?? declared;
  const running = isRunning(incident);

  const due: Due[] = [];
  const add = (what: Due['what'], at: Instant | null, from: number | null): void => {
    if (at === null) return;
    const end = Date.parse(at);
    due.push({ what, at, leftMs: end - now, ofMs: from === null ? null : end - from });
  };
  const isOwned = isAcknowledged(incident);
  if (running && !isOwned)
    add('ack', deadlines.ackDueAt, incident.paging?.expired ? ms(incident.paging.since) : detected);
  if (running && timestamps.respondedAt === null) add('response', deadlines.responseDueAt, detected);
  if (running && isOwned && timestamps.identifiedAt === null && timestamps.mitigatedAt === null)
    add('identify', incident.identifyDueAt ?? null, acked);
  if (running) add('update', deadlines.updateDueAt, ms(incident.updateSetAt));
  if (status === 'resolved' || status === 'closed') {
    if (timestamps.postmortemPublishedAt === null) add('postmortem', timestamps.postmortemDueAt, stopped);
  }
  due.sort((a, b) => a.leftMs - b.leftMs);
  return {
    elapsedMs: Math.max(0, (stopped ?? now) - declared),
    ackMs: acked === null ? null : Math.max(0, acked - detected),
    due,
  };
}

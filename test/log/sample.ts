/** Events for the tests of the log. */
import type { Event } from '../../src/incident/event.ts';
import type { Origin } from '../../src/log/event-store.ts';

/** A note as the hub would store it; recorded one second after the one before. */
export function note(incident: string, seq: number, text = `entry ${seq}`): Event<'noted'> {
  const recorded = new Date(Date.UTC(2026, 10, 23, 3) + seq * 1000).toISOString();
  return {
    id: `01J${String(seq).padStart(23, '0')}`,
    incident,
    seq,
    at: recorded,
    recorded,
    by: { name: 'ada', role: 'scribe' },
    via: 'console',
    level: 'normal',
    visibility: 'internal',
    kind: 'noted',
    data: { text, form: 'note' },
  };
}
export const origin = (n: number, client = 'c1'): Origin => ({ client, n, hash: `hash of ${n}` });

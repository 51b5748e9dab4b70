/** What the folds and the sentences of several topics share. */
import type { Incident } from '../incident.ts';
import type { Instant, Role } from '../vocabulary.ts';

/** Since when the clock of the next update runs: a deadline that did not move has the start it had. */
export function updateClock(state: Incident, dueAt: Instant | null, at: Instant): Instant | null {
  if (dueAt === null) return null;
  return dueAt === state.deadlines.updateDueAt ? state.updateSetAt : at;
}

/** Who set `what` last, for the words of a conflict. */
export const lastSet = (
  state: Incident,
  what: 'severity' | 'status' | Role,
  by: string,
  at: Instant,
): Incident['lastSet'] => ({ ...state.lastSet, [what]: { by, at } });

/** The reason in brackets; empty where there is none. */
export const because = (why: string | undefined): string => (why === undefined || why === '' ? '' : ` (${why})`);

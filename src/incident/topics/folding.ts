/** Shared by the folds and sentences of several topics. */
import type { Incident } from '../incident.ts';
import type { Instant, Role } from '../vocabulary.ts';

/** Start of the update clock: unchanged while the deadline is. */
export function updateClock(state: Incident, dueAt: Instant | null, at: Instant): Instant | null {
  if (dueAt === null) return null;
  return dueAt === state.deadlines.updateDueAt ? state.updateSetAt : at;
}

export const lastSet = (
  state: Incident,
  what: 'severity' | 'status' | Role,
  by: string,
  at: Instant,
): Incident['lastSet'] => ({ ...state.lastSet, [what]: { by, at } });

/** The reason in brackets, or empty. */
export const because = (why: string | undefined): string => (why === undefined || why === '' ? '' : ` (${why})`);

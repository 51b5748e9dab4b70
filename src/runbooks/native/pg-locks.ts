/** Who waits for whose locks, of the sessions of a server. */
import { lockForest } from '../../probes/postgres/lock-forest.ts';
import type { Session } from './pg-sessions.ts';

export interface Root {
  readonly session: Session;
  /** How many wait for it, directly or not. */
  readonly behind: number;
}
/** Who waits for a lock, and who stands at the root of it: waited for, and waiting for nobody. */
export function locksOf(sessions: readonly Session[]): { roots: readonly Root[]; waiting: readonly Session[] } {
  const waiting = sessions.filter(({ blockedBy }) => blockedBy.length > 0);
  const placed = lockForest(sessions.map((session) => ({ ...session, waitS: session.queryS, session })));
  const roots = placed.filter(({ row, behind }) => behind > 0 && row.blockedBy.length === 0);
  return { roots: roots.map(({ row: { session }, behind }) => ({ session, behind })), waiting };
}

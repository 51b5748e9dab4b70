/** What holds the connections of PostgreSQL, in one sentence, from the sessions as a probe's role sees them. */
import { spanInWords } from '../../incident/time.ts';
import { counted } from '../../incident/words.ts';
import { described, locksOf, PgServer, pgPressure, type Root, type PgSession } from './pg-sessions.ts';
import { withServer, type ObserveStep } from './step.ts';

/** Of the slots, in which something stands out. */
const MANY = 0.3;
const FULL = 0.8;
const LONG_S = 60;

export const step: ObserveStep = (context) =>
  withServer(PgServer.watch, context, async (server) => {
    const slots = await pgPressure(server);
    return pgDiagnosis(await server.sessions(), slots);
  });

export function pgDiagnosis(
  all: readonly PgSession[],
  slots: { usedRatio: number; slots: number; text: string },
): string {
  const rest = `(${slots.text}; pg_stat_activity)`;
  const { roots, waiting } = locksOf(all);
  const [root] = roots;
  if (root !== undefined) return `${rootCause(root)} ${rest}.`;
  if (waiting.some(({ blockedBy }) => blockedBy.includes(0)))
    return `A prepared transaction that was never ended holds locks, and ${waiting.length} wait for it: see pg_prepared_xacts ${rest}.`;
  const clients = all.filter(({ isClient }) => isClient);
  const forgotten = clients.filter(({ state, stateS }) => state.startsWith('idle in transaction') && stateS > LONG_S);
  const busy = clients.filter(({ state, queryS }) => state === 'active' && (queryS ?? 0) > LONG_S);
  const idle = largestGroup(clients.filter(({ state, stateS }) => state === 'idle' && stateS > LONG_S));
  const isMany = (count: number): boolean => count >= MANY * slots.slots;
  if (isMany(forgotten.length))
    return `Forgotten transactions hold the slots: ${forgotten.length} sessions are idle in one for over ${LONG_S} s ${rest}.`;
  if (isMany(busy.length))
    return `Slow queries hold the slots: ${busy.length} run for over ${LONG_S} s, and nobody waits for a lock ${rest}.`;
  if (idle !== null && isMany(idle.sessions.length)) {
    const oldest = Math.max(...idle.sessions.map(({ stateS }) => stateS));
    return `Connections leak, or there are too many instances: ${idle.sessions.length} sessions of ${idle.name} do nothing, for up to ${spanInWords(1000 * oldest)} ${rest}.`;
  }
  if (slots.usedRatio < FULL)
    return `The server has room and nobody waits there ${rest}: if the application's own pool is exhausted, its pool is too small or its sessions are not given back, which is not seen here.`;
  return `Not known: the slots are taken by many for many reasons ${rest}.`;
}

function rootCause({ session, behind }: Root): string {
  const wait = `${counted(behind, 'waits', 'wait')} behind`;
  if (session.state.startsWith('idle in transaction'))
    return `A forgotten transaction holds locks: ${wait} ${described(session)}`;
  return session.isClient
    ? `One query holds locks, and runs on: ${wait} ${described(session)}`
    : `${wait} pid ${session.pid}, which no step ends: ${session.protectedBy}`;
}

function largestGroup(sessions: readonly PgSession[]): { name: string; sessions: readonly PgSession[] } | null {
  const groups = new Map<string, PgSession[]>();
  for (const session of sessions) {
    const name = session.application || `${session.user}, without a name`;
    groups.set(name, [...(groups.get(name) ?? []), session]);
  }
  const [largest] = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
  return largest === undefined ? null : { name: largest[0], sessions: largest[1] };
}

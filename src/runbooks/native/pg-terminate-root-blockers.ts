/**
 * Ends the sessions at the root of the locks that are idle in a transaction, one after the other. Whoever waited may hold
 * locks itself and be the next root, so it looks again after each until nobody waits. Only sessions that stood in the
 * preview, as a root or as one that waits, are ever ended.
 */
import { secondsParam } from './params.ts';
import {
  described,
  itemsOf,
  locksOf,
  PgServer,
  pgPressure,
  previewOf,
  type Items,
  type Root,
  type PgSession,
} from './pg-sessions.ts';
import { serverStep, StepRefusal } from './step.ts';

/** How long a session that got its lock only now may be idle before it counts as stuck, too, s. */
const SETTLE_S = 5;
/** Between two looks while somebody still waits, ms. */
const LOOK_MS = 250;
/** How long it goes on looking after the last one was ended, beyond SETTLE_S, ms. */
const PATIENCE_MS = 2000;

interface RootItems extends Items {
  readonly waiting: readonly Pick<PgSession, 'pid' | 'backendStart'>[];
}

const isIdle = ({ state }: PgSession): boolean => state.startsWith('idle in transaction');

/** Why a root is left alone; null: it is not. */
function reason({ session }: Root, idleS: number): string | null {
  if (session.protectedBy !== null) return session.protectedBy;
  if (!isIdle(session)) return `it is ${session.state}: cancel its query instead`;
  return session.stateS < idleS ? `it is idle for less than ${idleS} s` : null;
}

export const step = serverStep(PgServer.open, {
  async preview(server, context) {
    const idleS = secondsParam(context, 'idle');
    const { roots, waiting } = locksOf(await server.sessions());
    const left = roots.flatMap((root) => {
      const why = reason(root, idleS);
      return why === null ? [] : [`${described(root.session)} is left alone: ${why}`];
    });
    if (waiting.some(({ blockedBy }) => blockedBy.includes(0)))
      left.push('a prepared transaction holds locks, and has no session that could be ended: see pg_prepared_xacts');
    for (const line of left) context.say(line);
    const chosen = roots.filter((root) => reason(root, idleS) === null);
    if (chosen.length === 0)
      throw new StepRefusal(
        waiting.length === 0 ? 'nobody waits for a lock' : `no root of the locks can be ended: ${left.join('; ')}`,
      );
    const preview = previewOf(
      server,
      chosen.map(({ session }) => session),
      'sessions',
    );
    const known = waiting.map(({ pid, backendStart }) => ({ pid, backendStart }));
    context.say(
      `${waiting.length} wait for a lock; those of them that hold locks themselves and are idle in a transaction when their turn comes are ended, too`,
    );
    return {
      ...preview,
      samples: chosen.slice(0, 10).map(({ session, behind }) => `${behind} wait behind ${described(session)}`),
      items: { ...(preview.items as Items), waiting: known } satisfies RootItems,
    };
  },

  async apply(server, context, preview, onBatch) {
    const { sessions: chosen, waiting: known } = itemsOf(server, preview) as RootItems;
    const settleS = Math.min(secondsParam(context, 'idle'), SETTLE_S);
    const isOf = (session: PgSession) => (one: Pick<PgSession, 'pid' | 'backendStart'>) =>
      one.pid === session.pid && one.backendStart === session.backendStart;
    /** Untouched since the preview; or one that waited then, and now does nothing with its lock. */
    const isStuck = (session: PgSession): boolean => {
      if (session.protectedBy !== null || !isIdle(session)) return false;
      const seen = chosen.find(isOf(session));
      if (seen !== undefined) return seen.stateChange === session.stateChange;
      return known.some(isOf(session)) && session.stateS >= settleS;
    };
    const tried = new Set<number>();
    let [applied, lastAt] = [0, performance.now()];
    for (;;) {
      const { roots, waiting } = locksOf(await server.sessions());
      const next = roots.find(({ session }) => !tried.has(session.pid) && isStuck(session))?.session;
      if (waiting.length === 0) break;
      if (next === undefined) {
        if (performance.now() - lastAt > settleS * 1000 + PATIENCE_MS) {
          context.say(
            `${waiting.length} still wait; at the root: ${roots.map(({ session }) => described(session)).join('; ') || 'unknown'}`,
          );
          break;
        }
        await context.pause(LOOK_MS);
        continue;
      }
      tried.add(next.pid);
      const untouched = `a.state LIKE 'idle in transaction%' AND a.state_change = $3::timestamptz`;
      if (!(await server.signal('pg_terminate_backend', next, untouched, next.stateChange))) continue;
      applied++;
      lastAt = performance.now();
      context.say(`ended ${described(next)}`);
      await onBatch({ applied, skipped: 0 });
    }
    return { applied, skipped: Math.max(0, chosen.filter(({ pid }) => !tried.has(pid)).length) };
  },

  async verify(server) {
    const { waiting, text } = await pgPressure(server);
    return { state: waiting === 0 ? 'ok' : 'pending', text };
  },
});

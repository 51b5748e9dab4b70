/**
 * Cancels queries that run for long; a session that ignores it for ten seconds is ended. Those that wait for a lock are
 * left alone: they are not the cause.
 */
import { secondsParam } from './params.ts';
import { described, endEach, itemsOf, PgServer, pgPressure, previewOf, type PgSession } from './pg-sessions.ts';
import { type MutateStep, serverStep, StepRefusal } from './step.ts';

const IGNORED_MS = 10_000;
const LOOK_MS = 250;
const SAME_QUERY = `a.state = 'active' AND a.query_start = $3::timestamptz`;

const isLong = (session: PgSession, seconds: number): boolean =>
  session.state === 'active' && (session.queryS ?? 0) >= seconds;
const mayEnd = ({ protectedBy, blockedBy }: PgSession): boolean => protectedBy === null && blockedBy.length === 0;

/** `ignoredMs`: how long a query may go on after it was cancelled. */
export const cancelActive = (ignoredMs: number): MutateStep =>
  serverStep(PgServer.open, {
    async preview(server, context) {
      const long = (await server.sessions()).filter((session) => isLong(session, secondsParam(context, 'active')));
      const left = long
        .filter((session) => !mayEnd(session))
        .map((session) => `${described(session)} is left alone: ${session.protectedBy ?? 'it waits for a lock'}`);
      for (const line of left) context.say(line);
      const chosen = long.filter(mayEnd).toSorted((a, b) => (b.queryS ?? 0) - (a.queryS ?? 0));
      if (chosen.length === 0) throw new StepRefusal(['no query can be cancelled', ...left].join('; '));
      return previewOf(server, chosen, 'queries');
    },

    async apply(server, context, preview, onBatch) {
      const { sessions } = itemsOf(server, preview);
      const cancelled: PgSession[] = [];
      const cancel = async (session: PgSession): Promise<boolean> => {
        const isDone = await server.signal('pg_cancel_backend', session, SAME_QUERY, session.queryStart);
        if (isDone) cancelled.push(session);
        return isDone;
      };
      const progress = await endEach(sessions, cancel, onBatch);
      const runOn = async (): Promise<readonly PgSession[]> => {
        const now = await server.sessions();
        return cancelled.filter(({ pid, backendStart, queryStart }) =>
          now.some(
            (one) =>
              one.pid === pid &&
              one.backendStart === backendStart &&
              one.queryStart === queryStart &&
              one.state === 'active',
          ),
        );
      };
      const until = performance.now() + ignoredMs;
      let ignoring = await runOn();
      while (ignoring.length > 0 && performance.now() < until) {
        await context.pause(LOOK_MS);
        ignoring = await runOn();
      }
      for (const session of ignoring) {
        if (!(await server.signal('pg_terminate_backend', session, SAME_QUERY, session.queryStart))) continue;
        context.say(`pid ${session.pid} ignored it for ${ignoredMs / 1000} s: its session was ended`);
        await onBatch(progress);
      }
      return progress;
    },

    async verify(server, context) {
      const { text } = await pgPressure(server);
      const left = (await server.sessions()).filter(
        (session) => mayEnd(session) && isLong(session, secondsParam(context, 'active')),
      ).length;
      return { state: left === 0 ? 'ok' : 'pending', text: `${left} queries run for too long; ${text}` };
    },
  });

export const step = cancelActive(IGNORED_MS);

/** Ends the sessions of one application that do nothing, outside a transaction, for long: a leak of connections. */
import { secondsParam, textParam } from './params.ts';
import { described, endEach, itemsOf, PgServer, pgPressure, previewOf, type PgSession } from './pg-sessions.ts';
import { serverStep, type StepContext, StepRefusal } from './step.ts';

async function unused(context: StepContext, server: PgServer): Promise<readonly PgSession[]> {
  const [application, seconds] = [textParam(context, 'application'), secondsParam(context, 'unused')];
  return (await server.sessions())
    .filter((one) => one.application === application && one.state === 'idle' && one.stateS >= seconds)
    .toSorted((a, b) => b.stateS - a.stateS);
}

export const step = serverStep(PgServer.open, {
  async preview(server, context) {
    const found = await unused(context, server);
    const left = found
      .filter(({ protectedBy }) => protectedBy !== null)
      .map((session) => `${described(session)} is left alone: ${session.protectedBy}`);
    for (const line of left) context.say(line);
    const chosen = found.filter(({ protectedBy }) => protectedBy === null);
    if (chosen.length === 0)
      throw new StepRefusal(['no session of this application is unused for so long', ...left].join('; '));
    return previewOf(server, chosen, 'sessions');
  },

  async apply(server, _context, preview, onBatch) {
    const { sessions } = itemsOf(server, preview);
    const end = ({ stateChange, ...session }: PgSession): Promise<boolean> =>
      server.signal(
        'pg_terminate_backend',
        session,
        `a.state = 'idle' AND a.state_change = $3::timestamptz`,
        stateChange,
      );
    return endEach(sessions, end, onBatch);
  },

  async verify(server, context) {
    const { text, usedRatio } = await pgPressure(server);
    const left = (await unused(context, server)).filter(({ protectedBy }) => protectedBy === null).length;
    const isDone = left === 0 && usedRatio < 0.8;
    return { state: isDone ? 'ok' : 'pending', text: `${left} such sessions left; ${text}` };
  },
});

/** `warroom declare`: an incident begins. */
import { LIMITS } from '../../incident/answer.ts';
import type { Instant } from '../../incident/event.ts';
import { parseSeverity, type Severity } from '../../incident/severity.ts';
import { EXIT, Exit, UsageError, type Command, type Context } from '../command.ts';
import { saveKnown } from '../known.ts';
import { dataDir } from '../places.ts';
import { openSession, type Session } from '../session.ts';
import { atOption, report, send } from '../tell.ts';

const usage = 'declare TITLE --sev 0..3 [--drill] [--at T]';

export default {
  name: 'declare',
  usage,
  about: 'declare an incident',
  options: { sev: { type: 'string' }, drill: { type: 'boolean' }, at: { type: 'string' } },
  async run(context) {
    const title = context.args.join(' ').trim();
    if (title === '') throw new UsageError(`say in one line what is broken\nusage: warroom ${usage}`);
    if (title.length > LIMITS.title)
      throw new UsageError(`a title has at most ${LIMITS.title} characters; this one has ${title.length}`);
    const given = context.text('sev');
    const severity = given === undefined ? null : parseSeverity(given);
    if (severity === null)
      throw new UsageError(
        `--sev takes 0, 1, 2 or 3${given === undefined ? '' : `, not "${given}"`}: 0 Critical, 1 High, 2 Medium, 3 Low`,
      );
    const session = await openSession(context, true);
    try {
      if (!session.live)
        throw new Exit(
          EXIT.unreachable,
          'no hub answers, so nothing was declared; "warroom" opens the console and starts one on this machine',
        );
      const at = atOption(context, session.client.now());
      const told = await send(
        session,
        {
          kind: 'declare',
          title,
          severity,
          ...(context.on('drill') ? { drill: true } : {}),
          ...(at === undefined ? {} : { at }),
        },
        null,
      );
      if ('seq' in told) await remember(context, session, { id: told.incident, title, severity, at: told.at });
      if (!context.json || !('seq' in told)) return report(context, told, `declared ${severity}: ${title}`);
      context.out(JSON.stringify({ incident: told.incident, seq: told.seq, id: told.id, at: told.at }));
      return EXIT.ok;
    } finally {
      await session.close();
    }
  },
} satisfies Command;

/** The new incident is known here from now on, also if the hub goes away the next moment. */
function remember(
  context: Context,
  session: Session,
  { id, title, severity, at }: { id: string; title: string; severity: Severity; at: Instant },
): Promise<void> {
  const others = session.client.view.incidents.filter((incident) => incident.id !== id);
  const drill = context.on('drill');
  const fresh = { id, title, severity, status: 'declared' as const, drill, declaredAt: at, lead: null, head: 1 };
  return saveKnown(dataDir(context), session.hub, [...others, fresh]);
}

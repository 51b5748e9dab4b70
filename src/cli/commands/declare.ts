/** `warroom declare`: begins an incident. */
import { TEXT_LIMITS } from '../../incident/shapes.ts';
import { parseSeverity } from '../../incident/severity.ts';
import { EXIT, Exit, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { namedAlert } from '../queries.ts';
import { writing, type Session } from '../session.ts';
import { atField, atOption, report, send } from '../send-command.ts';

export default {
  usage: 'declare TITLE --sev 0..3 [--drill] [--at T]  |  declare --alert ID [TITLE] [--sev 0..3]',
  about: 'declare an incident',
  run(context) {
    const wanted = read(context);
    return writing(context, (session) => declare(context, session, wanted));
  },
} satisfies CliCommand;

/** Reads words and options before a hub is looked for. Title '' and severity null: those of the alert. */
function read(context: CliContext) {
  const title = context.args.join(' ').trim();
  const alertId = context.text('alert');
  if (title === '' && alertId === undefined) throw context.wrong('say in one line what is broken');
  if (title.length > TEXT_LIMITS.title)
    throw new UsageError(`a title has at most ${TEXT_LIMITS.title} characters; this one has ${title.length}`);
  const given = context.text('sev');
  const severity = given === undefined ? null : parseSeverity(given);
  if (severity === null && (given !== undefined || alertId === undefined)) {
    const wrong = given === undefined ? '' : `, not "${given}"`;
    throw new UsageError(`--sev takes 0, 1, 2 or 3${wrong}: 0 Critical, 1 High, 2 Medium, 3 Low`);
  }
  atOption(context, Date.now());
  return { title, severity, alertId };
}

async function declare(context: CliContext, session: Session, wanted: ReturnType<typeof read>): Promise<number> {
  const { client, live, trouble } = session;
  if (!live)
    throw new Exit(
      EXIT.unreachable,
      `${trouble}; nothing was declared. "warroom" opens the console and starts a hub on this machine`,
    );
  const at = atField(context, client.now());
  const alert = wanted.alertId === undefined ? null : await namedAlert(session, wanted.alertId);
  const title = wanted.title === '' ? (alert?.summary ?? '').slice(0, TEXT_LIMITS.title) : wanted.title;
  const severity = wanted.severity ?? alert?.severity ?? 'SEV-2';
  const drill = context.on('drill');
  const told = await send(
    session,
    {
      kind: 'declare',
      title,
      severity,
      ...(alert && { alert: alert.alert, ...(alert.runbook !== null && { runbook: alert.runbook }) }),
      ...(drill && { drill }),
      ...at,
    },
    null,
  );
  if (!('seq' in told)) return report(context, told, '');
  // Known here from now on, even if the hub goes away the next moment.
  const { incident: id, seq } = told;
  const fresh = { id, title, severity, status: 'declared', drill, declaredAt: told.at, lead: null, head: 1 } as const;
  const others = client.view.incidents.filter((incident) => incident.id !== id);
  await session.remember([...others, fresh]);
  const json = { incident: id, seq, id: told.id, at: told.at };
  print(context, json, [`#${seq} declared ${severity}: ${title}  (${id})`]);
  return EXIT.ok;
}

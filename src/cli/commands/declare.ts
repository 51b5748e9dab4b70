/** `warroom declare`: an incident begins. */
import { TEXT_LIMITS } from '../../incident/shapes.ts';
import type { ConsoleCommand as Declare } from '../../protocol/command.ts';
import type { Instant } from '../../incident/vocabulary.ts';
import { parseSeverity, type Severity } from '../../incident/severity.ts';
import type { AlertView } from '../../protocol/messages.ts';
import { namedAlert } from '../queries.ts';
import { EXIT, Exit, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { saveIncidents } from '../incident-cache.ts';
import { dataDir } from '../paths.ts';
import { writing, type Session } from '../session.ts';
import { atOption, report, send, type Told } from '../send-command.ts';

export default {
  usage: 'declare TITLE --sev 0..3 [--drill] [--at T]  |  declare --alert ID [TITLE] [--sev 0..3]',
  about: 'declare an incident',
  run(context) {
    const wanted = read(context);
    return writing(context, (session) => declare(context, session, wanted));
  },
} satisfies CliCommand;

interface Wanted {
  readonly title: string;
  /** Null: that of the alert. */
  readonly severity: Severity | null;
  readonly alertId: string | undefined;
}

/** What the words and options say; a time nobody can read is said before a hub is looked for. */
function read(context: CliContext): Wanted {
  const title = context.args.join(' ').trim();
  const alertId = context.text('alert');
  if (title === '' && alertId === undefined) throw context.wrong('say in one line what is broken');
  if (title.length > TEXT_LIMITS.title)
    throw new UsageError(`a title has at most ${TEXT_LIMITS.title} characters; this one has ${title.length}`);
  const given = context.text('sev');
  const severity = given === undefined ? null : parseSeverity(given);
  if (severity === null && (given !== undefined || alertId === undefined))
    throw new UsageError(
      `--sev takes 0, 1, 2 or 3${given === undefined ? '' : `, not "${given}"`}: 0 Critical, 1 High, 2 Medium, 3 Low`,
    );
  atOption(context, Date.now());
  return { title, severity, alertId };
}

async function declare(context: CliContext, session: Session, { title, severity, alertId }: Wanted): Promise<number> {
  if (!session.live)
    throw new Exit(
      EXIT.unreachable,
      `${session.trouble}; nothing was declared. "warroom" opens the console and starts a hub on this machine`,
    );
  const at = atOption(context, session.client.now());
  const alert = alertId === undefined ? null : await namedAlert(session, alertId);
  const asked = declaration(title, severity, alert);
  const drill = context.on('drill') ? { drill: true } : {};
  const told = await send(session, { kind: 'declare', ...asked, ...drill, ...(at === undefined ? {} : { at }) }, null);
  if ('seq' in told) await remember(context, session, { ...asked, id: told.incident, at: told.at });
  if (!context.json || !('seq' in told))
    return report(context, told, `declared ${asked.severity}: ${asked.title}${named(told)}`);
  context.out(JSON.stringify({ incident: told.incident, seq: told.seq, id: told.id, at: told.at }));
  return EXIT.ok;
}

/** What the incident is called from now on, for whoever has to name it. */
const named = (told: Told): string => ('seq' in told ? `  (${told.incident})` : '');

type Declaration = Pick<Extract<Declare, { kind: 'declare' }>, 'title' | 'severity' | 'alert' | 'runbook'>;

/** What is not said is the alert's. */
function declaration(title: string, severity: Severity | null, alert: AlertView | null): Declaration {
  const words = title === '' ? (alert?.summary ?? '').slice(0, TEXT_LIMITS.title) : title;
  return {
    title: words,
    severity: severity ?? alert?.severity ?? 'SEV-2',
    ...(alert === null ? {} : { alert: alert.alert }),
    ...(alert === null || alert.runbook === null ? {} : { runbook: alert.runbook }),
  };
}

/** The new incident is known here from now on, also if the hub goes away the next moment. */
function remember(
  context: CliContext,
  session: Session,
  { id, title, severity, at }: Pick<Declaration, 'title' | 'severity'> & { id: string; at: Instant },
): Promise<void> {
  const others = session.client.view.incidents.filter((incident) => incident.id !== id);
  const drill = context.on('drill');
  const fresh = { id, title, severity, status: 'declared' as const, drill, declaredAt: at, lead: null, head: 1 };
  return saveIncidents(dataDir(context), session.hub, [...others, fresh]);
}

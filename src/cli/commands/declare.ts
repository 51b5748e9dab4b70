/** `warroom declare` begins an incident; `advise` suggests a severity by the impact, with a hub or without. */
import { duplicateInWords, duplicateOf } from '../../incident/duplicate.ts';
import { isEnded } from '../../incident/incident.ts';
import { TEXT_LIMITS } from '../../incident/shapes.ts';
import { parseSeverity, SEVERITY_NAME } from '../../incident/severity.ts';
import { EXIT, Exit, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { namedAlert, pickIncident } from '../queries.ts';
import { writing, type Session } from '../session.ts';
import { atField, atOption, confirmed, fieldsOf, report, send } from '../send-command.ts';
import {
  advise as adviceOn,
  DATA_LOSS,
  REVENUE,
  WORKAROUND,
  type Impact,
  type ImpactParts,
} from '../../incident/advise.ts';
import { settings } from '../paths.ts';

export const declare: CliCommand = {
  usage: 'declare TITLE --sev 0..3 [--drill] [--route NAME] [--at T]  |  declare --alert ID [TITLE] [--sev 0..3]',
  about: 'declare an incident',
  run(context) {
    const wanted = read(context);
    return writing(context, (session) => begin(context, session, wanted));
  },
};

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

async function begin(context: CliContext, session: Session, wanted: ReturnType<typeof read>): Promise<number> {
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
  const same = duplicateOf({ title, drill, home: alert?.incident ?? null }, client.view.incidents, client.now());
  if (same !== null) {
    const known = `${duplicateInWords(same, client.now())} (${same.id})`;
    const goes = await confirmed(context, `${known}: declare another?`);
    if (goes === null) context.err(known);
    if (goes === false) throw new Exit(EXIT.refused, `nothing was declared; see: warroom show --incident ${same.id}`);
  }
  const told = await send(
    session,
    {
      kind: 'declare',
      title,
      severity,
      ...(alert && { alert: alert.alert, ...(alert.runbook !== null && { runbook: alert.runbook }) }),
      ...(drill && { drill }),
      ...fieldsOf(context, 'route'),
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

export const adviseCommand: CliCommand = {
  usage:
    'advise --users PERCENT --data-loss no|risk|yes --revenue no|possible|yes --workaround easy|available|difficult|none',
  about: 'which severity the impact suggests, and why; what is left out counts as unknown',
  async run(context) {
    const percent = context.text('users')?.replace(/%$/, '');
    const users = percent === undefined || percent === 'unknown' ? null : Number(percent);
    if (users !== null && !(users >= 0 && users <= 100 && percent?.trim() !== ''))
      throw new UsageError(`--users takes a percentage from 0 to 100, not "${percent ?? ''}"`);
    const impact = {
      users,
      dataLoss: choice(context, 'data-loss', DATA_LOSS),
      revenue: choice(context, 'revenue', REVENUE),
      workaround: choice(context, 'workaround', WORKAROUND),
    };
    const { policy } = await settings(context);
    const advice = adviceOn(impact, policy.impact);
    const seq = await record(context, impact);
    const name = SEVERITY_NAME[advice.severity];
    const reasons = [
      ...advice.reasons,
      advice.worseIf,
      seq === null ? null : `the impact is recorded as #${seq}`,
      'advice only: the incident commander decides',
    ];
    print(context, { ...advice, name, impact, ...(seq !== null && { seq }) }, [
      `${advice.severity} ${name}`,
      ...reasons.flatMap((reason) => (reason === null ? [] : [`    ${reason}`])),
    ]);
    return EXIT.ok;
  },
};

function choice<T extends string>(context: CliContext, name: string, from: readonly T[]): T | 'unknown' {
  const given = context.text(name);
  if (given === undefined) return 'unknown';
  const found = from.find((value) => value === given);
  if (found === undefined) throw new UsageError(`--${name} takes ${from.join(', ')}, not "${given}"`);
  return found;
}

/** Recorded in the open incident, if there is exactly one; answers the number of the entry. */
function record(context: CliContext, { users, ...choices }: Impact): Promise<number | null> {
  const known = Object.entries(choices).filter(([, value]) => value !== 'unknown');
  const impact: ImpactParts = { ...(users !== null && { users }), ...Object.fromEntries(known) };
  if (Object.keys(impact).length === 0) return Promise.resolve(null);
  return writing(context, async (session) => {
    const running = session.incidents.filter((each) => !isEnded(each) && each.status !== 'resolved');
    if (!session.live || running.length === 0) return null;
    if (running.length > 1 && context.text('incident') === undefined) {
      context.err('several incidents are open: recorded in none; say which with --incident ID');
      return null;
    }
    const told = await send(session, { kind: 'record_impact', impact }, pickIncident(context, session).id);
    if ('error' in told) context.err(`not recorded: ${told.error.message}`);
    return 'seq' in told ? told.seq : null;
  });
}

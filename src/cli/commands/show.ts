/** `warroom show`: the incident as it stands. */
import { moreOpen } from '../../incident/brief.ts';
import { clocks } from '../../incident/clocks.ts';
import { ROLES } from '../../incident/vocabulary.ts';
import { leadOf, type Incident } from '../../incident/incident.ts';
import { nextInWords, type NextItem } from '../../incident/next.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import { TRIAGE_QUESTIONS } from '../../incident/topics/triage.ts';
import { spanInWords } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { followed, nextOf } from '../queries.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'show',
  about: 'the incident as it stands; severity, status, roles, clocks, open items',
  words: 0,
  run: (context) =>
    readingSession(context, async (session) => {
      const { id } = await pickIncident(context, session);
      const incident = await followed(session, id);
      const now = Math.round(session.client.now());
      const next = nextOf(session, incident)[0] ?? null;
      if (context.json) context.out(JSON.stringify({ ...shown(incident, now), next }));
      else print(context, incident, now, next);
    }),
} satisfies CliCommand;

/** The JSON of the contract; the rest of the incident's state follows under its own names. */
function shown(incident: Incident, now: number): Record<string, unknown> {
  const { id, title, severity, status, roles, timestamps, head, ...rest } = incident;
  const time = clocks(incident, now);
  return {
    incident: id,
    title,
    severity,
    severityName: SEVERITY_NAME[severity],
    status,
    lead: leadOf(incident),
    roles,
    clocks: { ...time, now: new Date(now).toISOString(), deadlines: incident.deadlines },
    timestamps,
    head,
    peakSeverity: rest.peakSeverity,
    drill: rest.drill,
    statusSince: rest.statusSince,
    rolesSince: rest.rolesSince,
    offer: rest.offer,
    open: rest.open,
    pins: Object.entries(rest.annotations).flatMap(([seq, note]) => (note.pinned ? [Number(seq)] : [])),
    more: { open: 0, openSeqs: [], pins: 0, alerts: 0, ...rest.more },
    alerts: rest.alerts,
    lastPublic: rest.lastPublic,
    triage: { answered: Object.keys(rest.triage).length, of: TRIAGE_QUESTIONS.length, answers: rest.triage },
    impact: rest.impact ?? null,
    changes: rest.changes,
    decisions: rest.decisions,
    runbook: rest.runbook,
  };
}

function print(context: CliContext, incident: Incident, now: number, next: NextItem | null): void {
  const time = clocks(incident, now);
  context.out(`${incident.id}${incident.drill ? '  DRILL' : ''}`);
  context.out(`${incident.severity} ${SEVERITY_NAME[incident.severity]}: ${oneLine(incident.title ?? '')}`);
  context.out(`${incident.status}, ${spanInWords(time.elapsedMs)} since it was declared`);
  if (next !== null) context.out(`next: ${oneLine(nextInWords(next))}`);
  const lead = leadOf(incident);
  if (incident.roles.ic === null) context.out(lead === null ? 'nobody leads' : `lead ${oneLine(lead)} (no IC)`);
  for (const role of ROLES) {
    const name = incident.roles[role];
    if (name !== null) context.out(`${role} ${oneLine(name)}`);
  }
  for (const due of time.due)
    context.out(
      `${due.what} ${due.leftMs < 0 ? `LATE by ${spanInWords(due.leftMs)}` : `due in ${spanInWords(due.leftMs)}`}`,
    );
  for (const item of incident.open) context.out(`open ${item.form} #${item.seq} ${oneLine(item.text)}`);
  if (incident.more !== undefined && incident.more.open > 0) context.out(moreOpen(incident.more));
  context.out(`${incident.head} entries`);
}

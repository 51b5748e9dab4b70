/** `warroom list`, `show`, `brief`, `next`: the incidents; one as it stands; what a late joiner must know; what to do. */
import { brief as briefOf, canReport, moreOpen } from '../../incident/brief.ts';
import { followUpItems } from '../../incident/follow-up.ts';
import { clocks, type Clocks } from '../../incident/clocks.ts';
import { ROLES } from '../../incident/vocabulary.ts';
import { leadOf, isEnded, type Incident } from '../../incident/incident.ts';
import { nextInWords, type NextItem } from '../../incident/next-item.ts';
import { TRIAGE_QUESTIONS } from '../../incident/topics/triage.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import { spanInWords, isoTime, type Zone } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { pickFields, print, zoneOf, type CliCommand } from '../command.ts';
import { alertsOf, allIncidents, deliveriesOf, nextOf, pickIncident, readingIncident } from '../queries.ts';
import type { IncidentSummary } from '../../protocol/summary.ts';
import { readingNow, readingSession } from '../session.ts';

export const briefCommand: CliCommand = {
  usage: 'brief [--can]',
  about: "the late joiner's brief, as text; or conditions, actions, needs",
  run: (context) =>
    readingIncident(context, (incident, session) => {
      const next = nextOf(session, incident);
      const parts = context.on('can')
        ? canReport(incident, session.client.now(), next)
        : briefOf(incident, session.client.now(), next);
      const lines = parts.flatMap((part) => [
        part.heading.toUpperCase(),
        ...part.lines.map((line) => `    ${oneLine(line)}`),
      ]);
      print(context, { incident: incident.id, parts }, lines);
    }),
};

export const show: CliCommand = {
  usage: 'show',
  about: 'the incident as it stands; severity, status, roles, clocks, open items',
  run: (context) =>
    readingIncident(context, (incident, session) => {
      const now = Math.round(session.client.now());
      const next = nextOf(session, incident)[0] ?? null;
      const time = clocks(incident, now);
      print(context, { ...jsonOf(incident, time, now), next }, linesOf(incident, time, next, now));
    }),
};

/** The JSON of the contract, and more of the incident's state. */
function jsonOf(incident: Incident, time: Clocks, now: number): Record<string, unknown> {
  const { id, severity, deadlines, annotations, more, triage, impact, postmortem } = incident;
  return {
    incident: id,
    severityName: SEVERITY_NAME[severity],
    lead: leadOf(incident),
    clocks: { ...time, now: new Date(now).toISOString(), deadlines },
    pins: Object.entries(annotations).flatMap(([seq, note]) => (note.pinned ? [Number(seq)] : [])),
    more: { open: 0, openSeqs: [], pins: 0, alerts: 0, ...more },
    triage: { answered: Object.keys(triage).length, of: TRIAGE_QUESTIONS.length, answers: triage },
    impact: impact ?? null,
    postmortem: postmortem ?? null,
    ...pickFields(
      incident,
      'title',
      'severity',
      'peakSeverity',
      'status',
      'statusSince',
      'roles',
      'rolesSince',
      'offer',
    ),
    ...pickFields(incident, 'timestamps', 'head', 'drill', 'open', 'alerts', 'lastPublic', 'changes', 'related'),
    ...pickFields(incident, 'decisions', 'runbook'),
  };
}

function linesOf(incident: Incident, time: Clocks, next: NextItem | null, now: number): readonly string[] {
  const { id, drill, severity, title, status, roles, open, more, head } = incident;
  const lead = leadOf(incident);
  return [
    `${id}${drill ? '  DRILL' : ''}`,
    `${severity} ${SEVERITY_NAME[severity]}: ${oneLine(title ?? '')}`,
    `${status}, ${spanInWords(time.elapsedMs)} since it was declared`,
    ...(next === null ? [] : [`next: ${oneLine(nextInWords(next, now))}`]),
    ...(roles.ic === null ? [lead === null ? 'nobody leads' : `lead ${oneLine(lead)} (no IC)`] : []),
    ...ROLES.flatMap((role) => (roles[role] === null ? [] : [`${role} ${oneLine(roles[role])}`])),
    ...time.due.map(({ what, leftMs }) => `${what} ${leftMs < 0 ? 'LATE by' : 'due in'} ${spanInWords(leftMs)}`),
    ...open.map(({ form, seq, text }) => `open ${form} #${seq} ${oneLine(text)}`),
    ...(more !== undefined && more.open > 0 ? [moreOpen(more)] : []),
    `${head} entries`,
  ];
}

export const list: CliCommand = {
  usage: 'list [--all]',
  about: 'open incidents; with --all the ended ones too',
  run: (context) =>
    readingNow(context, async (session) => {
      const { incidents: told, damaged } = session.client.view;
      const { incidents: all, archived } = context.on('all')
        ? await allIncidents(session)
        : { incidents: told, archived: 0 };
      for (const { incident, reason } of damaged) context.err(`${incident} is damaged and not served: ${reason}`);
      const shown = context.on('all') ? all : all.filter((incident) => !isEnded(incident));
      // `incident`, because `declare` and `show` name the id so; `id` for scripts of earlier versions.
      const json = shown.map((one) => ({ incident: one.id, ...one }));
      print(context, json, table(shown, zoneOf(context)));
      if (archived > 0) context.err(`${archived} more are in the archive (warroom archive --restore ID)`);
      if (shown.length === 0 && !context.json)
        context.err(all.length === 0 ? 'no incidents' : 'no incident is open (--all lists the ended ones)');
    }),
};

function table(incidents: readonly IncidentSummary[], zone: Zone): readonly string[] {
  const widest = Math.max(...incidents.map(({ id }) => id.length));
  return incidents.map(({ id, severity, status, title, lead, drill, declaredAt }) => {
    const more = `${drill ? '  DRILL' : ''}${lead === null ? '' : `  (${oneLine(lead)})`}`;
    return `${id.padEnd(widest)}  ${severity} ${status.padEnd(13)} ${isoTime(Date.parse(declaredAt), zone, false)}  ${oneLine(title)}${more}`;
  });
}

export const next: CliCommand = {
  usage: 'next',
  about: 'what the handbook wants done now, in order',
  run: (context) =>
    readingSession(context, async (session) => {
      await alertsOf(session);
      await deliveriesOf(session);
      const isQuiet = context.text('incident') === undefined && session.incidents.every(isEnded);
      const picked = isQuiet ? null : pickIncident(context, session);
      const { followUp } = isQuiet ? await session.client.ask({ what: 'follow_up' }) : {};
      const { you } = session.client.view;
      const items = [
        ...nextOf(session, picked && (await session.held(picked.id, picked.head))),
        ...(followUp ? followUpItems(followUp, you?.name ?? '', session.client.now()) : []),
      ];
      const lines = items.flatMap((item) => [
        `${item.step.padEnd(8)} ${oneLine(nextInWords(item, session.client.now()))}`,
        ...(item.command === null ? [] : [`         ${oneLine(item.command)}`]),
      ]);
      print(context, items, items.length === 0 ? ['nothing: what the handbook asks for is done'] : lines);
    }),
};

/** `warroom show` and `brief`: the incident as it stands, and what a late joiner must know. */
import { brief as briefOf, moreOpen } from '../../incident/brief.ts';
import { clocks, type Clocks } from '../../incident/clocks.ts';
import { ROLES } from '../../incident/vocabulary.ts';
import { leadOf, type Incident } from '../../incident/incident.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import { spanInWords } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { print, type CliCommand } from '../command.ts';
import { readingIncident } from '../queries.ts';

export const brief: CliCommand = {
  usage: 'brief',
  about: "the late joiner's brief, as text",
  words: 0,
  run: (context) =>
    readingIncident(context, (incident, { client }) => {
      const parts = briefOf(incident, client.now());
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
  words: 0,
  run: (context) =>
    readingIncident(context, (incident, { client }) => {
      const now = Math.round(client.now());
      const time = clocks(incident, now);
      print(context, jsonOf(incident, time, now), linesOf(incident, time));
    }),
};

/** The JSON of the contract, and more of the incident's state. */
function jsonOf(incident: Incident, time: Clocks, now: number): Record<string, unknown> {
  const { id, title, severity, status, roles, timestamps, head, deadlines, annotations, ...rest } = incident;
  return {
    incident: id,
    title,
    severity,
    severityName: SEVERITY_NAME[severity],
    status,
    lead: leadOf(incident),
    roles,
    clocks: { ...time, now: new Date(now).toISOString(), deadlines },
    timestamps,
    head,
    peakSeverity: rest.peakSeverity,
    drill: rest.drill,
    statusSince: rest.statusSince,
    rolesSince: rest.rolesSince,
    offer: rest.offer,
    open: rest.open,
    pins: Object.entries(annotations).flatMap(([seq, note]) => (note.pinned ? [Number(seq)] : [])),
    more: { open: 0, openSeqs: [], pins: 0, alerts: 0, ...rest.more },
    alerts: rest.alerts,
    lastPublic: rest.lastPublic,
    lastDecision: rest.lastDecision,
    runbook: rest.runbook,
  };
}

function linesOf(incident: Incident, time: Clocks): readonly string[] {
  const { id, drill, severity, title, status, roles, open, more, head } = incident;
  const lead = leadOf(incident);
  return [
    `${id}${drill ? '  DRILL' : ''}`,
    `${severity} ${SEVERITY_NAME[severity]}: ${oneLine(title ?? '')}`,
    `${status}, ${spanInWords(time.elapsedMs)} since it was declared`,
    ...(roles.ic === null ? [lead === null ? 'nobody leads' : `lead ${oneLine(lead)} (no IC)`] : []),
    ...ROLES.flatMap((role) => (roles[role] === null ? [] : [`${role} ${oneLine(roles[role])}`])),
    ...time.due.map(({ what, leftMs }) => `${what} ${leftMs < 0 ? 'LATE by' : 'due in'} ${spanInWords(leftMs)}`),
    ...open.map(({ form, seq, text }) => `open ${form} #${seq} ${oneLine(text)}`),
    ...(more !== undefined && more.open > 0 ? [moreOpen(more)] : []),
    `${head} entries`,
  ];
}

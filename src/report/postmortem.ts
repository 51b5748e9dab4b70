/** What the record says of an incident for its postmortem, in the parts of the handbook's template. Pure. */
import { amendedText } from '../incident/annotations.ts';
import { impactInWords } from '../incident/advise.ts';
import type { Incident } from '../incident/incident.ts';
import { emptySections, SECTIONS, type SectionId } from '../incident/postmortem.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { MINUTE, spanInWords } from '../incident/time.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { counted } from '../incident/words.ts';
import { drillInWords, lateness, utc } from './summary.ts';
import { silencesOf, type ReportEntry, type IncidentReport } from './timeline.ts';

/** An action item that was left when the work was over, or came later. */
export interface FollowUpAction {
  readonly seq: number;
  readonly text: string;
  readonly owner: string | null;
  readonly due: Instant | null;
  readonly ticket: string | null;
  readonly done: { readonly at: Instant; readonly by: string } | null;
}
/** Unsafe text throughout. */
export interface PostmortemFacts {
  readonly incident: Incident;
  readonly title: string;
  readonly summary: readonly (readonly [name: string, value: string])[];
  /** What is recorded of the impact; what is not known is said to be so. */
  readonly impact: readonly string[];
  readonly timeline: readonly { readonly at: number; readonly seq: number; readonly text: string }[];
  /** Entries of people that the timeline leaves out. */
  readonly leftOut: number;
  /** Times of the process that nobody recorded. */
  readonly unrecorded: readonly string[];
  readonly actions: readonly FollowUpAction[];
  /** What the record has for whoever writes a section. */
  readonly evidence: Readonly<Partial<Record<SectionId, readonly string[]>>>;
}

/** Rows of the timeline; where there are more, only key and pinned entries stay. */
const MOST_ROWS = 200;
/** Lines of evidence for a section. */
const MOST_EVIDENCE = 12;

export function postmortemOf(report: IncidentReport): PostmortemFacts {
  const { incident } = report;
  const notable = report.entries.filter(isNotable);
  const shown = notable.length <= MOST_ROWS ? notable : notable.filter(isKey);
  const all = report.entries.filter(({ event }) => event.level !== 'system' && !AFTERWARDS.has(event.kind));
  return {
    incident,
    title: incident.title ?? incident.id,
    summary: summaryOf(report),
    impact: impactOf(incident),
    timeline: shown.map(({ at, event, text, lateMs }) => ({
      at,
      seq: event.seq,
      text: [text, event.by.role === 'system' ? '' : `(${event.by.name})`, lateness(lateMs)].filter(Boolean).join(' '),
    })),
    leftOut: all.length - shown.length,
    unrecorded: UNRECORDED.flatMap(([name, words]) => (incident.timestamps[name] === null ? [words] : [])),
    actions: actionsOf(report),
    evidence: evidenceOf(report),
  };
}

/** What is done about the incident when it is over is no part of its timeline. */
const AFTERWARDS: ReadonlySet<string> = new Set(['postmortem_written', 'postmortem_published', 'action_assigned']);

const isKey = ({ event, annotation }: ReportEntry): boolean => event.level === 'key' || annotation?.pinned === true;
const isNotable = (entry: ReportEntry): boolean =>
  !AFTERWARDS.has(entry.event.kind) &&
  !entry.annotation?.retracted &&
  (isKey(entry) || entry.lane !== 'entries' || isFinding(entry) || entry.event.via === 'import') &&
  entry.event.level !== 'system';
const isFinding = ({ event }: ReportEntry): boolean => event.kind === 'noted' && event.data.form === 'finding';

const UNRECORDED = [
  ['detectedAt', 'when it was detected'],
  ['acknowledgedAt', 'who acknowledged it, and when'],
  ['identifiedAt', 'when the cause was identified'],
  ['mitigatedAt', 'when the users were helped'],
  ['resolvedAt', 'when it was resolved'],
] as const;

/** `2 hours 5 minutes` */
function hoursAndMinutes(ms: number): string {
  const minutes = Math.round(ms / MINUTE);
  const rest = counted(minutes % 60, 'minute');
  return minutes < 60 ? rest : `${counted(Math.floor(minutes / 60), 'hour')} ${rest}`;
}

function summaryOf(report: IncidentReport): PostmortemFacts['summary'] {
  const { id, severity, peakSeverity, drill, timestamps, impact: _, ackedBy, roles } = report.incident;
  const { detectedAt, declaredAt, resolvedAt, postmortemDueAt: dueAt, postmortemPublishedAt: publishedAt } = timestamps;
  const begun = detectedAt ?? declaredAt;
  const [from, to] = [begun?.slice(0, 10), resolvedAt?.slice(0, 10)];
  const ms = begun === null || resolvedAt === null ? null : Date.parse(resolvedAt) - Date.parse(begun);
  const lowered = peakSeverity === severity ? '' : ` at its worst, ${severity} ${SEVERITY_NAME[severity]} at the end`;
  const ics = commandersOf(report);
  return [
    ['Date', `${from ?? 'not known'}${to === undefined || to === from ? '' : ` to ${to}`}`],
    [
      'Duration',
      ms === null ? 'not known: it is not resolved' : `${hoursAndMinutes(ms)}, from detection to resolution`,
    ],
    ['Severity', `${peakSeverity} ${SEVERITY_NAME[peakSeverity]}${lowered}`],
    ['Author', authorsOf(report).join(', ') || 'nobody wrote in it yet'],
    [
      'Incident Commander',
      ics.length > 0 ? ics.join(', then ') : ackedBy === null ? 'nobody' : `${ackedBy} (lead, without an IC)`,
    ],
    ...(['scribe', 'comms'] as const).flatMap((role) =>
      roles[role] === null ? [] : [[role === 'comms' ? 'Comms Lead' : 'Scribe', roles[role]] as const],
    ),
    ['Took part', report.people.join(', ') || 'nobody'],
    ['Incident', id],
    ...(drill ? [['Drill', drillInWords(report.incident)] as const] : []),
    ['Published', publishedInWords(publishedAt, dueAt, report.incident)],
  ];
}

function publishedInWords(publishedAt: Instant | null, dueAt: Instant | null, { postmortem }: Incident): string {
  if (publishedAt === null) return `not yet: this is a draft${dueAt === null ? '' : `, due ${utc(dueAt)}`}`;
  const lateMs = dueAt === null ? 0 : Date.parse(publishedAt) - Date.parse(dueAt);
  const late = lateMs > 0 && dueAt !== null ? `, LATE by ${spanInWords(lateMs)} (it was due ${utc(dueAt)})` : '';
  const { published, sections } = postmortem ?? {};
  const isAgain = published !== undefined && published.at !== publishedAt;
  const isChanged = Object.values(sections ?? {}).some(
    (each) => each !== undefined && each.seq > (published?.seq ?? 0),
  );
  const again = isAgain ? `; again ${utc(published.at)}` : '';
  return `${utc(publishedAt)}${late}${again}${isChanged ? '; changed since, and not published again' : ''}`;
}

const authorsOf = ({ incident }: IncidentReport): readonly string[] => incident.postmortem?.authors ?? [];

/** Everybody who was IC, in the order they took command. */
function commandersOf({ entries }: IncidentReport): readonly string[] {
  const all = entries.flatMap(({ event }) =>
    event.kind === 'role_assigned' && event.data.role === 'ic' ? [event.data.name] : [],
  );
  return all.filter((name, i) => name !== all[i - 1]);
}

function impactOf({ impact = {}, timestamps, postmortem }: Incident): readonly string[] {
  const { users, minutes, revenue, ...rest } = impact;
  const { impactStartedAt, detectedAt, mitigatedAt, resolvedAt } = timestamps;
  const [from, to] = [impactStartedAt ?? detectedAt, mitigatedAt ?? resolvedAt];
  const others = impactInWords(rest);
  const isWritten = !emptySections(postmortem).includes('impact');
  const missing = (what: string, question: string): string =>
    `${what}: not in the record${isWritten ? '' : `. ${question}`}`;
  return [
    users === undefined ? missing('Users affected', 'How many?') : `${users} % of users affected`,
    minutes === undefined ? missing('Downtime', 'How many minutes?') : `${minutes} minutes of downtime`,
    revenue === undefined || revenue === 'unknown' ? missing('Revenue', 'Was it hit?') : `Revenue impact: ${revenue}`,
    ...(others === 'not known' ? [] : [others]),
    from === null || to === null
      ? missing('From when to when', 'When did users begin to notice, and when did they stop?')
      : `From ${utc(from)}${impactStartedAt === null ? ' (the detection; when it began was not recorded)' : ''} to ${utc(to)}`,
  ];
}

function actionsOf({ entries, incident }: IncidentReport): readonly FollowUpAction[] {
  const { resolvedAt, closedAt } = incident.timestamps;
  const overAt = Date.parse(resolvedAt ?? closedAt ?? '') || Infinity;
  const all = new Map<number, FollowUpAction>();
  for (const { event, annotation } of entries.toSorted((a, b) => a.event.seq - b.event.seq)) {
    const { ref, at, by } = event;
    const about = ref === undefined ? undefined : all.get(ref);
    if (event.kind === 'noted') {
      const { form, to, due, ticket, closes } = event.data;
      if (closes && about?.done === null) all.set(about.seq, { ...about, done: { at, by: by.name } });
      if (form !== 'action' || annotation?.retracted) continue;
      const text = amendedText(annotation) ?? event.data.text;
      const { seq } = event;
      all.set(seq, { seq, text, owner: to ?? null, due: due ?? null, ticket: ticket ?? null, done: null });
    } else if (event.kind === 'action_assigned' && about !== undefined) {
      const { to = about.owner, due = about.due, ticket = about.ticket } = event.data;
      all.set(about.seq, { ...about, owner: to, due, ticket });
    }
  }
  return [...all.values()].filter(({ done }) => done === null || Date.parse(done.at) > overAt);
}

/** `#12 ana: the pool had 20 connections` */
const quoted = ({ event, text }: ReportEntry): string => `#${event.seq} ${event.by.name}: ${text}`;

function evidenceOf(report: IncidentReport): PostmortemFacts['evidence'] {
  const { entries, incident } = report;
  const said = entries.filter(({ annotation }) => !annotation?.retracted);
  const of = (isMeant: (entry: ReportEntry) => boolean): readonly string[] =>
    said.filter(isMeant).map(quoted).slice(0, MOST_EVIDENCE);
  const gaps = silencesOf(report).map(
    ({ from, to }) => `nothing was written for ${spanInWords(to - from)} from ${utc(from)} on`,
  );
  return {
    cause: [
      ...Object.values(incident.triage).map(({ seq, by, text }) => `#${seq} ${by}: ${text}`),
      ...of((entry) => isFinding(entry) || (entry.event.kind === 'noted' && entry.event.data.form === 'hypothesis')),
    ].slice(0, MOST_EVIDENCE),
    factors: of(({ event }) => event.kind === 'change_marked'),
    poorly: [...of(({ event }) => event.kind === 'deadline_missed' || event.kind === 'objected'), ...gaps].slice(
      0,
      MOST_EVIDENCE,
    ),
  };
}

/** What is said where nobody wrote anything. */
export const asked = (id: SectionId): string => `Not written yet. ${SECTIONS[id].asks}`;

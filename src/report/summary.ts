/** The facts at the head of a report. Pure. */
import { scoreLines } from '../incident/drill-score.ts';
import { impactInWords } from '../incident/advise.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { dateTime, dayOf, spanInWords } from '../incident/time.ts';
import { roleName, ROLES, type Instant } from '../incident/vocabulary.ts';
import { silencesOf, type IncidentReport, type ReportEntry } from './timeline.ts';

const MILESTONES = [
  ['impactStartedAt', 'Impact began'],
  ['detectedAt', 'Detected'],
  ['declaredAt', 'Declared'],
  ['acknowledgedAt', 'Acknowledged'],
  ['respondedAt', 'Response began'],
  ['identifiedAt', 'Cause identified'],
  ['mitigatedAt', 'Mitigated'],
  ['resolvedAt', 'Resolved'],
  ['closedAt', 'Closed'],
  ['postmortemPublishedAt', 'Postmortem published'],
] as const;

/** `2026-11-23 14:02:11 UTC` */
export const utc = (at: number | Instant): string => dateTime(typeof at === 'number' ? at : Date.parse(at), 'utc');

/** `+12 min late`, or nothing. */
export const lateness = (lateMs: number): string => (lateMs === 0 ? '' : `+${spanInWords(lateMs)} late`);

/** Rows of name and value; unsafe text. What is not known is said to be so. */
export function summaryOf({ incident, entries, people }: IncidentReport): readonly (readonly [string, string])[] {
  const { id, severity, peakSeverity, status, drill, timestamps, roles, impact, related, recorded } = incident;
  const begin = timestamps.detectedAt;
  const after = (at: Instant): string => {
    const ms = begin === null ? 0 : Date.parse(at) - Date.parse(begin);
    return ms > 0 ? ` (${spanInWords(ms)} after the detection)` : '';
  };
  const peak = peakSeverity === severity ? '' : `, ${peakSeverity} ${SEVERITY_NAME[peakSeverity]} at its worst`;
  return [
    ['Incident', id],
    ...(drill ? [['Drill', drillInWords(incident)] as const] : []),
    ['Severity', `${severity} ${SEVERITY_NAME[severity]}${peak}`],
    ['Status', status],
    ...MILESTONES.flatMap(([name, label]) => {
      const at = timestamps[name];
      if (at !== null) return [[label, `${utc(at)}${after(at)}`] as const];
      return name === 'impactStartedAt' || name === 'postmortemPublishedAt' ? [] : [[label, 'not recorded'] as const];
    }),
    ['Impact', impact === undefined ? 'not recorded' : impactInWords(impact)],
    ...ROLES.flatMap((role) => (roles[role] === null ? [] : [[roleName(role), roles[role]] as const])),
    ['Took part', people.join(', ') || 'nobody'],
    ...(related.length === 0
      ? []
      : [['Related', related.map(({ id, title }) => `${id} (${title})`).join('; ')] as const]),
    ['Record', `${entries.length} entries, the last recorded ${recorded === null ? 'never' : utc(recorded)}`],
  ];
}

/** The lists of a report by their headings; unsafe text. */
export function listsOf(report: IncidentReport) {
  const { decisions, open } = report.incident;
  return {
    Decisions: decisions.map(({ seq, text, by }) => `${text} (#${seq}, ${by})`),
    'Still open': open.map(({ seq, form, text, by, to }) => `${form} #${seq}: ${text} (${to ?? by})`),
    Gaps: silencesOf(report).map(
      ({ from, to }) => `${utc(from)} to ${utc(to)}: nothing was written for ${spanInWords(to - from)}`,
    ),
  };
}

/** The entries of each day. */
export function daysOf(entries: readonly ReportEntry[]): readonly (readonly [day: string, entries: ReportEntry[]])[] {
  const days = new Map<string, ReportEntry[]>();
  for (const entry of entries) {
    const day = dayOf(entry.at, 'utc');
    const those = days.get(day);
    if (those === undefined) days.set(day, [entry]);
    else those.push(entry);
  }
  return [...days];
}

/** That it was recorded late, where it came from, and how it was corrected. */
export function notesOf({ event, original, annotation, lateMs }: ReportEntry): readonly string[] {
  const { amends = [], retracted = null, pinned = false } = annotation ?? {};
  return [
    ...(lateMs === 0 ? [] : [lateness(lateMs)]),
    ...(pinned ? ['pinned'] : []),
    ...(event.via === 'import' ? ['imported'] : []),
    ...amends.map(({ by, at, why }) => `amended by ${by} ${utc(at)}: ${why}`),
    ...(original === null ? [] : [`before: ${original}`]),
    ...(retracted === null ? [] : [`retracted by ${retracted.by} ${utc(retracted.at)}: ${retracted.why}`]),
  ];
}

/** That it was a drill, and how people did. */
export const drillInWords = ({ score }: Pick<IncidentReport['incident'], 'score'>): string =>
  ['this was a rehearsal', ...(score === undefined ? [] : scoreLines(score))].join(' · ');

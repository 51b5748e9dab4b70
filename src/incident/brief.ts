/** A summary for late joiners, computed from the state. */
import { clocks } from './clocks.ts';
import { ROLES, type Instant } from './vocabulary.ts';
import { impactInWords } from './advise.ts';
import { isOn, leadOf, type Incident, type More, type OpenItem, type StandingDecision } from './incident.ts';
import { nextInWords, type NextItem } from './next-item.ts';
import { runbookFile } from './runbook.ts';
import { SEVERITY_NAME } from './severity.ts';
import { clockTime, dueTime, spanInWords } from './time.ts';
import { counted, groupedNumber } from './words.ts';

/** A heading and its lines; unsafe text. */
export interface BriefPart {
  readonly heading: string;
  readonly lines: readonly string[];
}

const hhmm = (at: Instant): string => `${clockTime(Date.parse(at), 'utc', false)}Z`;

/** `and 3,900 more open items: #2 and later, in the timeline`. */
export function moreOpen({ open, openSeqs }: More): string {
  const where = openSeqs[0] === undefined ? '' : `: #${openSeqs[0]} and later, in the timeline`;
  return `and ${counted(open, 'more open item')}${where}`;
}

/** `#12 check the pool (@carol, by 03:15Z)` */
const itemsInWords =
  (open: readonly OpenItem[], now: number) =>
  (form: OpenItem['form']): readonly string[] =>
    open
      .filter((item) => item.form === form)
      .map(({ seq, text, by, to, due }) => {
        const until = due === undefined ? '' : `, by ${dueTime(Date.parse(due), now)}`;
        return `#${seq} ${text} (${to === undefined ? by : `@${to}`}${until})`;
      });

/** `#12 roll back web (ana; turn back if errors stay)` */
export function decisionInWords(decision: StandingDecision): string {
  const { seq, text, by, state, objectionsUntil, turnBackIf, objected } = decision;
  const names = objected.map(({ name }) => name).join(', ');
  const parts = [
    by,
    ...(state === 'open' && objectionsUntil !== undefined ? [`objections until ${hhmm(objectionsUntil)}`] : []),
    ...(names === '' ? [] : [`${names} objected${state === 'objected' ? ', not settled' : ''}`]),
    ...(turnBackIf === undefined ? [] : [`turn back if ${turnBackIf}`]),
  ];
  return `#${seq} ${text} (${parts.join('; ')})`;
}

/** Conditions, actions, needs: the brief for the phone. */
export function canReport(incident: Incident, now: number, next: readonly NextItem[] = []): readonly BriefPart[] {
  const { severity, title, status, impact, alerts, open, decisions } = incident;
  const of = itemsInWords(open, now);
  return [
    {
      heading: 'Conditions',
      lines: [
        `${severity} ${SEVERITY_NAME[severity]}: ${title ?? ''}, ${status}`,
        ...(impact === undefined ? [] : [impactInWords(impact)]),
        ...alerts.filter(({ state }) => isOn(state)).map(({ state, summary }) => `${state}: ${summary}`),
        ...of('hypothesis').map((line) => `suspected: ${line}`),
      ],
    },
    { heading: 'Actions', lines: [...decisions.map(decisionInWords), ...of('action')] },
    { heading: 'Needs', lines: [...of('question'), ...next.map((item) => nextInWords(item, now))] },
  ].map(({ heading, lines }) => ({ heading, lines: lines.length === 0 ? ['nothing'] : lines }));
}

/** As of `now`, ms since 1970, hub time. `next`: what is to be done. */
export function brief(incident: Incident, now: number, next: readonly NextItem[] = []): readonly BriefPart[] {
  const time = clocks(incident, now);
  const { timestamps } = incident;
  const { lastPublic, more, offer, open, roles, runbook, title } = incident;
  const since = Date.parse(incident.statusSince ?? timestamps.declaredAt ?? new Date(now).toISOString());
  const declared = timestamps.declaredAt === null ? 'never' : dueTime(Date.parse(timestamps.declaredAt), now);
  const lead = leadOf(incident);
  const openOf = itemsInWords(open, now);
  const parts: Readonly<Record<string, readonly (string | null)[]>> = {
    What: [
      `${incident.severity} ${SEVERITY_NAME[incident.severity]}: ${title ?? ''}${incident.drill ? ' (DRILL)' : ''}`,
      `${incident.status} for ${spanInWords(now - since)}, declared ${declared}, ${spanInWords(time.elapsedMs)} ago`,
    ],
    Who: [
      roles.ic === null ? (lead === null ? 'nobody leads yet' : `lead ${lead} (no IC)`) : null,
      ...ROLES.map((role) => roles[role] && `${role === 'ic' ? 'IC' : role} ${roles[role]}`),
      offer && `command is offered by ${offer.from} to ${offer.name}`,
    ],
    Decided: incident.decisions.map(decisionInWords),
    Suspected: openOf('hypothesis'),
    'Asked, unanswered': openOf('question'),
    'In hand': openOf('action'),
    'More open': [more === undefined || more.open === 0 ? null : moreOpen(more)],
    Alerts: [
      ...incident.alerts.map(({ state, summary }) => (state === 'resolved' ? null : `${state}: ${summary}`)),
      more === undefined || more.alerts === 0 ? null : `and ${groupedNumber(more.alerts)} more`,
    ],
    Runbook: [runbook && (runbookFile(runbook) ?? runbook)],
    'Told the public':
      lastPublic === null ? [] : `${dueTime(Date.parse(lastPublic.at), now)} ${lastPublic.text}`.split('\n'),
    Next: next.map((item) => nextInWords(item, now)),
    Due: time.due.map(({ what, leftMs }) => `${what} ${leftMs < 0 ? 'late by' : 'in'} ${spanInWords(leftMs)}`),
  };
  return Object.entries(parts)
    .map(([heading, lines]) => ({ heading, lines: lines.filter((line) => line !== null) }))
    .filter(({ lines }) => lines.length > 0);
}

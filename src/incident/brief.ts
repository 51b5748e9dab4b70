/** A summary for late joiners, computed from the state. */
import { clocks } from './clocks.ts';
import { ROLES, type Instant } from './vocabulary.ts';
import { isOn, leadOf, type Incident, type More, type OpenItem, type StandingDecision } from './incident.ts';
import { nextInWords, type NextItem } from './next.ts';
import { impactInWords } from './topics/impact.ts';
import { runbookFile } from './runbook.ts';
import { SEVERITY_NAME } from './severity.ts';
import { clockTime, spanInWords } from './time.ts';

/** A heading and its lines; unsafe text. */
export interface BriefPart {
  readonly heading: string;
  readonly lines: readonly string[];
}

const hhmm = (at: Instant): string => `${clockTime(Date.parse(at), 'utc', false)}Z`;

/** `3,900` */
export const count = (n: number): string => n.toLocaleString('en');

/** `and 3,900 more open items: #2 and later, in the timeline`. */
export function moreOpen({ open, openSeqs }: More): string {
  const where = openSeqs[0] === undefined ? '' : `: #${openSeqs[0]} and later, in the timeline`;
  return `and ${count(open)} more open ${open === 1 ? 'item' : 'items'}${where}`;
}

/** `#12 check the pool (@carol, by 03:15Z)` */
function itemInWords({ seq, text, by, to, due }: OpenItem): string {
  return `#${seq} ${text} (${to === undefined ? by : `@${to}`}${due === undefined ? '' : `, by ${hhmm(due)}`})`;
}

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
export function canReport(incident: Incident, next: readonly NextItem[] = []): readonly BriefPart[] {
  const { severity, title, status, impact, alerts, open, decisions } = incident;
  const of = (form: OpenItem['form']): readonly string[] => open.filter((item) => item.form === form).map(itemInWords);
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
    { heading: 'Needs', lines: [...of('question'), ...next.map(nextInWords)] },
  ].map(({ heading, lines }) => ({ heading, lines: lines.length === 0 ? ['nothing'] : lines }));
}

/** As of `now`, ms since 1970, hub time. `next`: what is to be done. */
export function brief(incident: Incident, now: number, next: readonly NextItem[] = []): readonly BriefPart[] {
  const time = clocks(incident, now);
  const { timestamps } = incident;
  const parts: BriefPart[] = [];
  const add = (heading: string, lines: readonly string[]): void => {
    if (lines.length > 0) parts.push({ heading, lines });
  };
  add('What', [
    `${incident.severity} ${SEVERITY_NAME[incident.severity]}: ${incident.title ?? ''}${incident.drill ? ' (DRILL)' : ''}`,
    `${incident.status} for ${spanInWords(now - Date.parse(incident.statusSince ?? timestamps.declaredAt ?? new Date(now).toISOString()))}, ` +
      `declared ${timestamps.declaredAt === null ? 'never' : hhmm(timestamps.declaredAt)}, ${spanInWords(time.elapsedMs)} ago`,
  ]);
  const holders = ROLES.flatMap((role) => {
    const name = incident.roles[role];
    return name === null ? [] : [`${role === 'ic' ? 'IC' : role} ${name}`];
  });
  const lead = leadOf(incident);
  add('Who', [
    ...(incident.roles.ic === null ? [lead === null ? 'nobody leads yet' : `lead ${lead} (no IC)`] : []),
    ...holders,
    ...(incident.offer === null ? [] : [`command is offered by ${incident.offer.from} to ${incident.offer.name}`]),
  ]);
  add('Decided', incident.decisions.map(decisionInWords));
  for (const [form, heading] of [
    ['hypothesis', 'Suspected'],
    ['question', 'Asked, unanswered'],
    ['action', 'In hand'],
  ] as const) {
    add(heading, incident.open.filter((item) => item.form === form).map(itemInWords));
  }
  const { more } = incident;
  add('More open', more === undefined || more.open === 0 ? [] : [moreOpen(more)]);
  add('Alerts', [
    ...incident.alerts.filter(({ state }) => state !== 'resolved').map(({ state, summary }) => `${state}: ${summary}`),
    ...(more === undefined || more.alerts === 0 ? [] : [`and ${count(more.alerts)} more`]),
  ]);
  const { runbook } = incident;
  add('Runbook', runbook === null ? [] : [runbookFile(runbook) ?? runbook]);
  add(
    'Told the public',
    incident.lastPublic === null ? [] : [`${hhmm(incident.lastPublic.at)} ${incident.lastPublic.text}`],
  );
  add('Next', next.map(nextInWords));
  add(
    'Due',
    time.due.map(
      (due) => `${due.what} ${due.leftMs < 0 ? `late by ${spanInWords(due.leftMs)}` : `in ${spanInWords(due.leftMs)}`}`,
    ),
  );
  return parts;
}

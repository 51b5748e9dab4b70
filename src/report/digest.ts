/** The weekly digest, and the report at a hand-off, as Markdown. What is not known is said to be so. Pure. */
import type { DigestFacts, DigestIncident, ShiftFacts, WeekFacts, WeekFigures } from '../incident/digest.ts';
import type { ActionItem, FollowUp } from '../incident/follow-up.ts';
import { FIGURE_TITLES, INCIDENTS_PER_WEEK, TIME_FIGURES } from '../incident/figures.ts';
import { isoTime, MINUTE, runningClock, spanInWords, zoneName, type Zone } from '../incident/time.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { plainMarkdown as said, table } from './markdown.ts';

/** What is sent later than this says so. */
const LATE_MS = MINUTE;

const listed = (lines: readonly string[], none: string): string =>
  lines.length === 0 ? none : lines.map((line) => `- ${line}`).join('\n');
const between = (from: Instant, to: Instant): number => Date.parse(to) - Date.parse(from);

/** `2026-11-30 08:00 UTC` */
const minuteIn =
  (zone: Zone) =>
  (at: Instant): string =>
    `${isoTime(Date.parse(at), zone, false).slice(0, 16).replace('T', ' ')} ${zoneName(zone)}`;

/** `zone`: in which times are written. */
export function digestMarkdown(facts: DigestFacts, zone: Zone): string {
  const at = minuteIn(zone);
  const { madeAt, dueAt, missing } = facts;
  const lateMs = dueAt === null ? 0 : between(dueAt, madeAt);
  const late =
    lateMs > LATE_MS && dueAt !== null
      ? [`**Late by ${spanInWords(lateMs)}**: it was due ${at(dueAt)}, when the hub was down or could not record it.`]
      : [];
  const [title = '', ...parts] = facts.what === 'digest' ? weekParts(facts, at) : shiftParts(facts, at);
  const unknown = missing.length === 0 ? [] : ['## Not known', listed(missing.map(said), '')];
  return `${[`# ${title}`, ...late, ...parts, ...unknown].join('\n\n')}\n`;
}

type Clock = ReturnType<typeof minuteIn>;

function weekParts({ from, until, madeAt, incidents, onCall, ...facts }: WeekFacts, at: Clock): readonly string[] {
  const rows = incidents.map((one) => [
    said(one.title),
    one.severity + (one.drill ? ' (drill)' : ''),
    one.status,
    durationOf(one, madeAt),
    one.id,
  ]);
  return [
    `Week until ${at(until).slice(0, 10)}`,
    `${at(from)} to ${at(until)}`,
    '## Incidents',
    rows.length === 0
      ? 'None was declared, and none is open.'
      : table(['Incident', 'Severity, at its worst', 'Status', 'Duration', 'Record'], rows),
    '## Figures',
    table(['', 'This week', 'The week before', 'Target'], figureRows(facts)),
    '## Postmortems',
    listed(
      facts.postmortems.map((one) => postmortemLine(one, madeAt, at)),
      'None is due, and none was published in this week.',
    ),
    '## Action items',
    listed(
      facts.actions.map((one) => actionLine(one, at)),
      'None is open.',
    ),
    '## On call',
    onCall === null
      ? 'Nobody: oncall.yaml names no people.'
      : listed(
          onCall.map(({ rotation, shifts, next }) => {
            const was = shifts.map(
              ({ name, from: since }) => `${name === null ? 'nobody' : said(name)} from ${at(since)}`,
            );
            const then = next === null ? 'no hand-off is in sight' : `${said(next.to.name)} takes over ${at(next.at)}`;
            return `${said(rotation)}: ${was.join(', ')}; ${then}`;
          }),
          'There is no rotation.',
        ),
  ];
}

function durationOf({ durationMs, status, declaredAt }: DigestIncident, now: Instant): string {
  if (durationMs !== null) return spanInWords(durationMs);
  const isOver = status === 'resolved' || status === 'closed';
  if (isOver) return 'not recorded';
  return status === 'cancelled' || status === 'merged' ? '-' : `open for ${spanInWords(between(declaredAt, now))}`;
}

function figureRows({ figures, before }: Pick<WeekFacts, 'figures' | 'before'>): readonly (readonly string[])[] {
  const met = (is: boolean | null): string => (is === null ? '' : is ? ', met' : ', NOT met');
  const time = (name: (typeof TIME_FIGURES)[number], { overall: { [name]: value } }: WeekFigures): string => {
    const notes = Object.entries({ of: value.count, missing: value.missing, pending: value.pending });
    const counts = notes.flatMap(([what, many]) =>
      many === 0 ? [] : [what === 'of' ? `of ${many}` : `${many} ${what}`],
    );
    const mean = value.value === null ? 'not known' : runningClock(value.value * 1000) + met(value.met);
    return counts.length === 0 ? mean : `${mean} (${counts.join(', ')})`;
  };
  const many = ({ incidents, excluded }: WeekFigures): string => {
    const others = Object.entries(excluded).flatMap(([what, n]) => (n === 0 ? [] : [`${n} ${what} not counted`]));
    return `${incidents}${met(incidents <= INCIDENTS_PER_WEEK)}${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
  };
  const published = ({ postmortemRate: { count, published, pending, late, met: is } }: WeekFigures): string => {
    const notes = [...(late === 0 ? [] : [`${late} late`]), ...(pending === 0 ? [] : [`${pending} not due yet`])];
    const of = count === 0 ? 'none was due' : `${published} of ${count}${met(is)}`;
    return notes.length === 0 ? of : `${of} (${notes.join(', ')})`;
  };
  return [
    ...TIME_FIGURES.map((name) => {
      const { target } = figures.overall[name];
      const most = target === null ? 'none' : `at most ${runningClock(target * 1000)}`;
      return [FIGURE_TITLES[name], time(name, figures), time(name, before), most];
    }),
    ['Incidents', many(figures), many(before), `at most ${INCIDENTS_PER_WEEK}`],
    ['Postmortems of SEV-0/1', published(figures), published(before), 'all of them'],
  ];
}

function shiftParts({ handOff, madeAt, ...facts }: ShiftFacts, at: Clock): readonly string[] {
  const { rotation, from, to } = handOff;
  const [leaver, next] = [said(from.name), said(to.name)];
  const inMs = between(madeAt, handOff.at);
  const away =
    Math.abs(inMs) < MINUTE ? 'now' : `${inMs > 0 ? 'in ' : ''}${spanInWords(inMs)}${inMs > 0 ? '' : ' ago'}`;
  const open = [
    ...facts.open.map(
      (one) => `${one.severity} ${said(one.title)}: ${one.status}, ${durationOf(one, madeAt)} (${one.id})`,
    ),
    ...facts.alerts.map(({ alert, severity, since }) => `${severity} alert ${said(alert)} fires since ${at(since)}`),
  ];
  const runsOn = [
    ...facts.silences.map(
      ({ matcher, by, why, until }) => `silence ${said(matcher)} until ${at(until)} (${said(by)}: ${said(why)})`,
    ),
    ...facts.overrides.map(
      ({ name, from: since, until, why }) =>
        `${said(name)} stands in from ${at(since)} until ${at(until)}${why === '' ? '' : ` (${said(why)})`}`,
    ),
  ];
  return [
    `On-call hand-off: ${said(rotation)}, ${leaver} to ${next}`,
    `${at(handOff.at)} (${away}): ${leaver} since ${at(from.since)}, then ${next} ${to.until === null ? 'for good' : `until ${at(to.until)}`}.`,
    '## Open now',
    listed(open, 'No incident is open, and no alert fires.'),
    `## Left for ${next}`,
    listed(
      facts.notes.map(({ by, at: written, text }) => `${said(text)} (${said(by)}, ${at(written)})`),
      `Nothing was written: \`warroom digest --handoff '${rotation}' --note TEXT\`.`,
    ),
    '## Escalated',
    facts.escalations.length === 0
      ? 'Nobody was called beyond L1.'
      : `Escalating early is right: each call had its reason.\n\n${listed(
          facts.escalations.map((one) => escalationLine(one, at)),
          '',
        )}`,
    '## Fired most',
    listed(
      facts.fired.map(({ alert, times }) => `${said(alert)}: ${times === 1 ? 'once' : `${times} times`}`),
      'The record has no alert of this shift.',
    ),
    '## Runs on',
    listed(runsOn, 'No silence and no override.'),
    `## Left to do for ${leaver}`,
    listed(
      [
        ...facts.postmortems.map((one) => `postmortem of ${postmortemLine(one, madeAt, at)}`),
        ...facts.actions.map((one) => actionLine(one, at)),
      ],
      'No action item, and no postmortem.',
    ),
    '## The hand-off',
    listed(
      [
        `Meet, or call each other: ${leaver} tells ${next} what this report says, and what it does not.`,
        'What was agreed stands in the channel of the incident, and in its record.',
        'Nobody is blamed for escalating early.',
        `Talk about how the shift was: ${leaver}, how are you?`,
      ].map((line) => `[ ] ${line}`),
      '',
    ),
  ];
}

function postmortemLine(
  { title, severity, dueAt, publishedAt, incident }: FollowUp['postmortems'][number],
  now: Instant,
  at: Clock,
): string {
  const [verb, late] =
    publishedAt === null
      ? ['due', dueAt < now ? ', OVERDUE' : '']
      : [`published ${at(publishedAt)}, due`, dueAt < publishedAt ? ', late' : ''];
  return `${severity} ${said(title)}: ${verb} ${at(dueAt)}${late} (${incident})`;
}

function actionLine({ text, owner, due, ticket, overdue, incident, seq }: ActionItem, at: Clock): string {
  const whose = owner === null ? 'nobody has it' : said(owner);
  const until = due === null ? 'no date' : `due ${at(due)}${overdue ? ', OVERDUE' : ''}`;
  return `${said(text)}: ${whose}, ${until}${ticket === null ? '' : `, ${said(ticket)}`} (#${seq} of ${incident})`;
}

function escalationLine(
  { at, level, name, about, by, why, acknowledged }: ShiftFacts['escalations'][number],
  clock: Clock,
): string {
  const whom = name === null ? 'nobody is on call there' : said(name);
  const reason = why === '' ? 'no reason was written' : said(why);
  const cause = by === null ? `by the rules: ${reason}` : `${said(by)} called: ${reason}`;
  const then =
    acknowledged === null
      ? 'no acknowledgement is recorded after it'
      : `${said(acknowledged.by)} acknowledged ${spanInWords(between(at, acknowledged.at))} later`;
  return `${clock(at)} ${level} ${whom}, for ${said(about)}; ${cause}; ${then}`;
}

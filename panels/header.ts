/** The header: what is wrong, who has which role, what is due next, and whether this screen still hears the hub. */
import type { Clocks, Due } from '../src/incident/clocks.ts';
import { isMissing } from '../src/incident/deliveries.ts';
import { type Incident, isEnded, needsRoles } from '../src/incident/incident.ts';
import { SEVERITY_NAME, type Severity } from '../src/incident/severity.ts';
import { TRIAGE_QUESTIONS } from '../src/incident/topics/triage.ts';
import { age, clockTime, dayedTime, runningClock, zoneName } from '../src/incident/time.ts';
import { counted } from '../src/incident/words.ts';
import { bar } from '../src/terminal/chart.ts';
import { type Line, type Span, type Tone, cut, joinLines, lineWidth, span } from '../src/terminal/text.ts';
import { personTone } from './entry.ts';
import { separated } from './lines.ts';
import type { Model } from './model.ts';
import type { FixedPanel } from './panel.ts';
import { rolesLine, rolesWidth } from './people.ts';

export const SEVERITY_TONE: Readonly<Record<Severity, Tone>> = {
  'SEV-0': 'crit',
  'SEV-1': 'crit',
  'SEV-2': 'warn',
  'SEV-3': 'info',
};

/** ` LINK LOST 01:12 ` in reverse video. */
const loud = (words: string, tone: Tone = 'crit'): Span => span(` ${words} `, tone, { bold: true, inverse: true });

/** Stands first, so that a rehearsal is never taken for the real thing. */
const DRILL = loud('DRILL', 'info');

/** ` SEV-1 High `; without its name where there is no room. */
const severityBadge = (severity: Severity, named = true): Span =>
  loud(named ? `${severity} ${SEVERITY_NAME[severity]}` : severity, SEVERITY_TONE[severity]);

/** ` REPLAY 14:07:31 x4 `: what is shown is not now. */
function pastBadge({ past, zone }: Model): Line {
  if (past === undefined) return [];
  const word = past.isRunning ? 'PAST' : 'REPLAY';
  return [
    loud(`${word} ${clockTime(past.at, zone)} ${past.isPlaying ? `x${past.speed}` : 'paused'}`, 'key'),
    span(' '),
  ];
}

/** Below this a deadline is pressing, ms. */
const SOON_MS = 2 * 60_000;
/** Above this a clock shows no seconds, ms. */
const LONG_MS = 24 * 3_600_000;
const SHORT: Readonly<Record<Due['what'], string>> = {
  ack: 'ACK',
  response: 'RESP',
  identify: 'ID',
  update: 'UPD',
  postmortem: 'PM',
};

/** `next update 07:43`, `UPDATE DUE IN 02:00`, `UPDATE LATE 01:10`. `short`: `UPD 07:43`. */
function dueSpan({ what, leftMs }: Due, short: boolean): Span {
  const name = short ? SHORT[what] : what.toUpperCase();
  const clock = (ms: number): string => (Math.abs(leftMs) >= LONG_MS ? age(ms) : runningClock(ms));
  if (leftMs < 0) return span(`${name} LATE ${clock(-leftMs)}`, 'crit', { bold: true });
  // Rounded up: the last second reads 00:01, the deadline itself 00:00.
  const left = clock(leftMs + 999);
  if (leftMs <= SOON_MS) return span(`${name} ${short ? 'IN' : 'DUE IN'} ${left}`, 'warn', { bold: true });
  if (short) return span(`${name} ${left}`);
  return span(what === 'update' ? `next update ${left}` : `${what} due in ${left}`);
}

/** The state of the link; of the past nothing. Only trouble is said in the `short` form; `brief` leaves out reasons. */
function linkSpan({ link, now, past }: Model, short: boolean, brief: boolean): readonly Span[] {
  if (past !== undefined) return [];
  const since = runningClock(now - link.since);
  switch (link.state) {
    case 'lost':
      return [loud(short ? `LOST ${since}` : `LINK LOST ${since}`)];
    case 'refused': {
      const why = link.reason === null ? '' : `: ${cut(link.reason, brief ? 12 : 40)}`;
      return [loud(short ? 'REFUSED' : `LINK REFUSED${why}`)];
    }
    case 'connecting':
      return [span(brief ? 'connecting..' : `connecting to ${cut(link.hub, 30)}`, 'warn')];
    default:
  }
  if (link.silentMs) {
    const seconds = Math.floor(link.silentMs / 1000);
    return [loud(short ? `SILENT ${seconds}s` : `no word from the hub for ${seconds} s`)];
  }
  if (link.readOnly !== null)
    return [loud(short ? 'READ-ONLY' : `HUB READ-ONLY${brief ? '' : `: ${cut(link.readOnly, 40)}`}`)];
  const rtt = brief || link.rttMs === null ? '' : ` ${Math.round(link.rttMs)}ms`;
  return short ? [] : [span(`link ok${rtt}`, 'ok')];
}

/** The link, the entries that wait for it or were refused, and what the outside was to be told and was not. */
function linkSpans(model: Model, short: boolean, brief = short): readonly Span[] {
  const missing = (model.deliveries ?? []).filter((delivery) => isMissing(delivery, model.now)).length;
  const refused = model.pending.filter(({ state }) => state === 'refused').length;
  const waiting = model.pending.length - refused;
  return [
    ...linkSpan(model, short, brief),
    ...(waiting === 0 ? [] : [span(short ? `..${waiting}` : `.. ${waiting} waiting`, 'warn')]),
    ...(refused === 0 ? [] : [span(short ? `!!${refused}` : `!! ${refused} not logged`, 'crit', { bold: true })]),
    ...(missing === 0 ? [] : [span(`${missing} not delivered`, 'crit', { bold: true })]),
  ];
}

const TIGHTEST = 7;

/** Ack state, running deadlines and the link. The higher `tight`, the more is left out; what is pressing stays. */
function rightSpans(model: Model, incident: Incident, tight: number): readonly Span[] {
  const { clocks } = model;
  const isLeast = tight === TIGHTEST;
  const link = linkSpans(model, isLeast, tight >= 4);
  if (clocks === null) return link;
  const ack = clocks.ackMs === null || tight >= 5 ? [] : [span(`ack ok ${age(clocks.ackMs)}`, 'dim')];
  const due = clocks.due.filter(
    ({ what, leftMs }) => what !== 'identify' && (tight < 3 || what !== 'response' || leftMs <= SOON_MS),
  );
  return [
    ...(tight === 0 ? [milestones(model, incident, clocks)] : ack),
    ...due.slice(0, isLeast ? 1 : due.length).map((each) => dueSpan(each, tight >= 6)),
    ...(tight < 2 ? progressOf(due, model.ascii) : []),
    ...link,
  ];
}

/** `triage 3/5` while a question is open; `3/5` where room is short. */
function triageSpans({ triage, status }: Incident, wide: boolean): readonly Span[] {
  const answered = Object.keys(triage).length;
  if (answered === TRIAGE_QUESTIONS.length || status === 'resolved' || isEnded({ status })) return [];
  return [span(`  ${wide ? ' triage ' : ''}${answered}/${TRIAGE_QUESTIONS.length}`, 'dim')];
}

/** `declared 12:22 > ack 1m52s > identified 8m > mitigated -- > resolved --`. */
function milestones({ zone, now }: Model, { timestamps }: Incident, { ackMs }: Clocks): Span {
  const { declaredAt, identifiedAt, mitigatedAt, resolvedAt } = timestamps;
  const begun = Date.parse(declaredAt ?? '');
  const after = (at: string | null): string => (at === null ? '--' : age(Date.parse(at) - begun));
  const steps = [
    `declared ${declaredAt === null ? '--' : dayedTime(begun, now, zone)}`,
    `ack ${ackMs === null ? '--' : age(ackMs)}`,
    `identified ${after(identifiedAt)}`,
    `mitigated ${after(mitigatedAt)}`,
    `resolved ${after(resolvedAt)}`,
  ];
  return span(steps.join(' > '), 'dim');
}

/** `of 30:00 ████░░░░`: how much of the time to the next update has passed. */
function progressOf(due: readonly Due[], ascii: boolean): readonly Span[] {
  const update = due.find(({ what, leftMs }) => what === 'update' && leftMs > 0);
  if (update === undefined || update.ofMs === null || update.ofMs <= 0) return [];
  const share = Math.max(0, Math.min(1, 1 - update.leftMs / update.ofMs));
  return [span(`of ${runningClock(update.ofMs)} ${bar(share, 8, ascii)}`, 'dim')];
}

function firstRow(model: Model, incident: Incident, cols: number): Line {
  const elapsed = runningClock(model.clocks?.elapsedMs ?? 0, true);
  const wide = cols >= 110;
  const right: Line = [
    span(wide ? 'status ' : '', 'dim'),
    span(incident.status.toUpperCase(), isEnded(incident) ? 'dim' : 'title', { bold: true }),
    ...triageSpans(incident, wide),
    span(wide ? '   elapsed ' : '  T+', 'dim'),
    span(elapsed, 'title'),
    ...(cols >= 150 ? [span(`   ${clockTime(model.now, model.zone)} ${zoneName(model.zone)}`, 'dim')] : []),
    span(' '),
  ];
  const left: Line = [
    ...pastBadge(model),
    ...(incident.drill ? [DRILL] : []),
    ...(model.past === undefined || incident.drill ? [span(' ')] : []),
    severityBadge(incident.severity),
    span('  '),
    span(incident.title ?? incident.id, 'title', { bold: true }),
  ];
  const id: Line = [span('  '), span(incident.id, 'dim')];
  const room = cols - lineWidth(right) - 1;
  const fits = incident.title !== null && lineWidth(left) + lineWidth(id) <= room;
  return joinLines(fits ? [...left, ...id] : left, right, cols);
}

function secondRow(model: Model, incident: Incident, cols: number): Line {
  const gap = span(cols >= 110 ? '   ' : ' · ', 'dim');
  const rights = Array.from({ length: TIGHTEST + 1 }, (_, i) => separated(rightSpans(model, incident, i), gap));
  const needed = rolesWidth(model, incident);
  const right = rights.find((line) => lineWidth(line) + needed + 5 <= cols) ?? rights.at(-1) ?? [];
  const room = cols - lineWidth(right) - 5;
  return joinLines([span(' '), ...rolesLine(model, incident, room)], [...right, span(' ')], cols);
}

/** All in one row: severity, title, status, the most pressing deadline, the time; below 60 columns `narrowRow`. */
function oneRow(model: Model, incident: Incident, cols: number): Line {
  const right = separated(
    [
      span(incident.status.toUpperCase(), 'title'),
      ...linkSpans(model, true),
      ...pressing(model),
      span(`T+${runningClock(model.clocks?.elapsedMs ?? 0)}`, 'title'),
    ],
    span(' '),
  );
  const left: Line = [...pastBadge(model), ...badges(incident, true), span(incident.title ?? incident.id, 'title')];
  return joinLines(left, right, cols);
}

const badges = ({ severity, drill }: Incident, named: boolean): Line => [
  ...(drill ? [DRILL, span(' ')] : []),
  severityBadge(severity, named),
  span(' '),
];

/** The next deadline, but a mere reminder. */
function pressing({ clocks }: Model): readonly Span[] {
  const soonest = clocks?.due.find(
    ({ what, leftMs }) => what === 'ack' || what === 'update' || (what !== 'identify' && leftMs <= SOON_MS),
  );
  return soonest === undefined ? [] : [dueSpan(soonest, true)];
}

/** ` SEV-1  INVESTIGATING IC alice   UPD 17:43`: the title stands above the timeline. */
function narrowRow(model: Model, incident: Incident, cols: number): Line {
  const { status, roles, ackedBy } = incident;
  const trouble = linkSpans(model, true);
  const due = model.link.state === 'live' ? pressing(model) : [];
  const clock = span(`T+${runningClock(model.clocks?.elapsedMs ?? 0)}`, 'title');
  const isLed = roles.ic === null && !needsRoles(incident);
  const lead = isLed ? ackedBy : roles.ic;
  const who: Line = [
    span(isLed ? 'LEAD ' : 'IC ', 'dim'),
    lead === null ? span('!NONE', 'crit', { bold: true }) : span(lead, personTone(lead, model.me)),
  ];
  const left = (word: string): Line => [
    ...pastBadge(model),
    ...badges(incident, false),
    span(word.toUpperCase(), 'title'),
    span(' '),
    ...who,
  ];
  const right = separated([...trouble, ...due], span(' '));
  const isWhole = lineWidth(left(status)) + lineWidth(right) + 1 <= cols;
  const first = left(isWhole ? status : status.slice(0, SHORT_STATUS));
  const long = separated([...trouble, ...due, clock], span(' '));
  return joinLines(first, isWhole && lineWidth(first) + lineWidth(long) + 1 <= cols ? long : right, cols);
}
const SHORT_STATUS = 6;

function idleWords({ rehearsal, past }: Model, isLive: boolean): string {
  if (past !== undefined) return ' before the incident was declared';
  if (!isLive) return ' not known what is open';
  return rehearsal === true ? ' wait for the alarm' : ' no incident open here';
}

/** No incident here: how to declare one, and what is open elsewhere. */
function idle(model: Model, cols: number, rows: number): readonly Line[] {
  const narrow = cols < 80;
  const isLive = model.link.state === 'live';
  const left: Line = [
    ...pastBadge(model),
    ...(model.rehearsal === true ? [DRILL] : []),
    span(idleWords(model, isLive), 'title'),
    span(model.past !== undefined ? '' : narrow ? '  /declare' : '   /declare begins one', 'dim'),
  ];
  const link = separated(linkSpans(model, narrow), span(' '));
  const first = joinLines(left, narrow ? link : [...link, span(' ')], cols);
  if (rows < 2) return [first];
  const open = model.incidents.filter((each) => !isEnded(each)).map(({ id, severity }) => `${severity} ${id}`);
  const count = model.people.length;
  const people = count === 0 ? '' : ` ${counted(count, 'person', 'people')} in the room`;
  const others =
    open.length === 0 ? span(people, 'dim') : span(` ${open.length} open elsewhere: ${open.join(', ')}`, 'warn');
  const time = `${clockTime(model.now, model.zone)} ${zoneName(model.zone)} `;
  return [first, joinLines([others], [span(time, 'dim')], cols)];
}

export const header: FixedPanel = {
  id: 'header',
  title: 'WAR ROOM',
  health: () => 'none',
  render(model, { cols, rows }) {
    const { incident } = model;
    if (incident === null) return idle(model, cols, rows);
    if (cols < 60) return [narrowRow(model, incident, cols)];
    if (rows < 2) return [oneRow(model, incident, cols)];
    return [firstRow(model, incident, cols), secondRow(model, incident, cols)];
  },
};

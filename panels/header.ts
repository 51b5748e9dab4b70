/** The header: what is wrong, who has which role, what is due next, and whether this screen still hears the hub. */
import { bar } from '../src/terminal/chart.ts';
import {
  cut,
  cutLine,
  joinLines,
  lineWidth,
  span,
  type Line,
  type Size,
  type Span,
  type Tone,
} from '../src/terminal/text.ts';
import type { Clocks, Due } from '../src/incident/clocks.ts';
import { isEnded, type Incident } from '../src/incident/incident.ts';
import { SEVERITY_NAME, type Severity } from '../src/incident/severity.ts';
import { age, clockTime, runningClock, type Zone, zoneName } from '../src/incident/time.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';
import { rolesLine, rolesWidth } from './people.ts';

/** How loud each severity is. */
export const SEVERITY_TONE: Readonly<Record<Severity, Tone>> = {
  'SEV-0': 'crit',
  'SEV-1': 'crit',
  'SEV-2': 'warn',
  'SEV-3': 'info',
};

/** ` SEV-1 High ` in reverse video; without its name where there is no room. */
function severityBadge(severity: Severity, named = true): Span {
  const words = named ? ` ${severity} ${SEVERITY_NAME[severity]} ` : ` ${severity} `;
  return span(words, SEVERITY_TONE[severity], { bold: true, inverse: true });
}

const loud = (words: string, tone: Tone = 'crit'): Span => span(` ${words} `, tone, { bold: true, inverse: true });

/** From here on a deadline is pressing; ms. */
const SOON_MS = 2 * 60_000;
/** Long and short names. */
const WHAT: Readonly<Record<Due['what'], readonly [string, string]>> = {
  ack: ['ACK', 'ACK'],
  response: ['RESPONSE', 'RESP'],
  update: ['UPDATE', 'UPD'],
  postmortem: ['POSTMORTEM', 'PM'],
};
/** Beyond this a clock that counts seconds is noise; ms. */
const LONG_MS = 24 * 3_600_000;

/** `next update 07:43`, `UPDATE DUE IN 02:00`, `UPDATE LATE 01:10`. `short`: `UPD 07:43`. */
function dueSpan({ what, leftMs }: Due, short: boolean): Span {
  const name = WHAT[what][short ? 1 : 0];
  const time = Math.abs(leftMs) >= LONG_MS ? age(Math.abs(leftMs)) : runningClock(Math.abs(leftMs));
  if (leftMs < 0) return span(`${name} LATE ${time}`, 'crit', { bold: true });
  // Rounded up, so that the last second reads 00:01 and 00:00 is the deadline itself.
  const left = Math.abs(leftMs) >= LONG_MS ? time : runningClock(leftMs + 999);
  if (leftMs <= SOON_MS) return span(short ? `${name} IN ${left}` : `${name} DUE IN ${left}`, 'warn', { bold: true });
  if (short) return span(`${name} ${left}`);
  return what === 'update' ? span(`next update ${left}`) : span(`${name.toLowerCase()} due in ${left}`);
}

/** The link, and what waits for it. Trouble is loud; a link that is well takes few cells. */
function linkSpans(model: Model, short: boolean, brief = short): readonly Span[] {
  const { link, pending, now } = model;
  const spans: Span[] = [];
  const refused = pending.filter(({ state }) => state === 'refused').length;
  const waiting = pending.length - refused;
  if (waiting > 0) spans.push(span(short ? `..${waiting}` : `.. ${waiting} waiting`, 'warn'));
  if (refused > 0) spans.push(span(short ? `!!${refused}` : `!! ${refused} not logged`, 'crit', { bold: true }));
  const since = runningClock(Math.max(0, now - link.since));
  if (link.state === 'lost') return [loud(short ? `LOST ${since}` : `LINK LOST ${since}`), ...spans];
  if (link.state === 'refused') {
    const why = link.reason === null ? '' : `: ${cut(link.reason, brief ? 12 : 40)}`;
    return [loud(short ? 'REFUSED' : `LINK REFUSED${why}`), ...spans];
  }
  if (link.state === 'live' && link.silentMs) {
    const seconds = Math.floor(link.silentMs / 1000);
    return [loud(short ? `SILENT ${seconds}s` : `no word from the hub for ${seconds} s`), ...spans];
  }
  if (link.state === 'connecting')
    return [span(brief ? 'connecting..' : `connecting to ${cut(link.hub, 30)}`, 'warn'), ...spans];
  if (link.readOnly !== null)
    return [loud(short ? 'READ-ONLY' : brief ? 'HUB READ-ONLY' : `HUB READ-ONLY: ${cut(link.readOnly, 40)}`), ...spans];
  if (short) return spans;
  return [span(brief || link.rttMs === null ? 'link ok' : `link ok ${Math.round(link.rttMs)}ms`, 'ok'), ...spans];
}

/** Spans with `gap` between them. */
function spaced(spans: readonly Span[], gap: string): Line {
  return spans.flatMap((each, i) => (i === 0 ? [each] : [span(gap, 'dim'), each]));
}

/** How much of the right half is left out for want of room, from nothing on. */
const TIGHTNESS = [-1, 0, 1, 2, 3, 4, 5, 6] as const;
type Tightness = (typeof TIGHTNESS)[number];

/** Ack state, the deadlines that run and the link: what is pressing stays to the end. */
function rightSpans(model: Model, tight: Tightness): readonly Span[] {
  const least = tight >= 6;
  const { clocks, incident } = model;
  if (clocks === null || incident === null) return linkSpans(model, least);
  const acked = clocks.ackMs === null || tight >= 4 ? [] : [span(`ack ok ${age(clocks.ackMs)}`, 'dim')];
  const ack = tight < 0 ? [milestones(incident, clocks, model.zone)] : acked;
  const due = clocks.due.filter(({ what, leftMs }) => tight < 2 || what !== 'response' || leftMs <= SOON_MS);
  const shown = least ? due.slice(0, 1) : due;
  const progress = tight >= 1 ? [] : progressOf(due, model.ascii);
  return [
    ...ack,
    ...shown.map((each) => dueSpan(each, tight >= 5)),
    ...progress,
    ...linkSpans(model, least, tight >= 3),
  ];
}

/** `declared 12:22 > ack 1m52s > identified 8m > mitigated -- > resolved --`. */
function milestones({ timestamps }: Incident, { ackMs }: Clocks, zone: Zone): Span {
  const { declaredAt, identifiedAt, mitigatedAt, resolvedAt } = timestamps;
  const begun = Date.parse(declaredAt ?? '');
  const after = (at: string | null): string => (at === null ? '--' : age(Math.max(0, Date.parse(at) - begun)));
  const steps = [
    `declared ${declaredAt === null ? '--' : clockTime(begun, zone, false)}`,
    `ack ${ackMs === null ? '--' : age(ackMs)}`,
    `identified ${after(identifiedAt)}`,
    `mitigated ${after(mitigatedAt)}`,
    `resolved ${after(resolvedAt)}`,
  ];
  return span(steps.join(' > '), 'dim');
}

/** `of 30:00 ████░░░░`: how much of the time until the next update is gone. */
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
    span(wide ? '   elapsed ' : '  T+', 'dim'),
    span(elapsed, 'title'),
    ...(cols >= 150 ? [span(`   ${clockTime(model.now, model.zone)} ${zoneName(model.zone)}`, 'dim')] : []),
    span(' '),
  ];
  const left: Line = [
    span(' '),
    severityBadge(incident.severity),
    ...(incident.drill ? [span(' '), loud('DRILL', 'info')] : []),
    span('  '),
    span(incident.title ?? incident.id, 'title', { bold: true }),
  ];
  const id: Line = [span('  '), span(incident.id, 'dim')];
  const room = cols - lineWidth(right) - 1;
  const fits = incident.title !== null && lineWidth(left) + lineWidth(id) <= room;
  return joinLines(fits ? [...left, ...id] : left, right, cols);
}

function secondRow(model: Model, incident: Incident, cols: number): Line {
  const gap = cols >= 110 ? '   ' : ' · ';
  const rights = TIGHTNESS.map((tight) => spaced(rightSpans(model, tight), gap));
  const needed = rolesWidth(model, incident);
  const right = rights.find((line) => lineWidth(line) + needed + 5 <= cols) ?? rights.at(-1) ?? [];
  const room = cols - lineWidth(right) - 5;
  return joinLines([span(' '), ...rolesLine(model, incident, room)], [...right, span(' ')], cols);
}

/** All of it in one row: severity, title, the most pressing thing, the time. */
function oneRow(model: Model, incident: Incident, cols: number): Line {
  const elapsed = runningClock(model.clocks?.elapsedMs ?? 0);
  const soonest = model.clocks?.due.find(
    ({ what, leftMs }) => (what !== 'response' && what !== 'postmortem') || leftMs <= SOON_MS,
  );
  const alarm = linkSpans(model, true);
  const silent = model.link.state !== 'live';
  const due = soonest === undefined || (silent && cols < 60) ? [] : [dueSpan(soonest, true)];
  const status = cols >= 60 ? [span(incident.status.toUpperCase(), 'title')] : [];
  const right = spaced([...status, ...alarm, ...due, span(`T+${elapsed}`, 'title')], ' ');
  const left: Line = [
    severityBadge(incident.severity, cols >= 60),
    span(' '),
    ...(incident.drill ? [loud('DRILL', 'info'), span(' ')] : []),
    span(incident.title ?? incident.id, 'title'),
  ];
  return joinLines(left, right, cols);
}

/** Whoever looks is there too: none is not known yet. */
function peopleWords(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' 1 person in the room' : ` ${count} people in the room`;
}

/** Nothing burns: say so, and how to begin. */
function idle(model: Model, size: Size): readonly Line[] {
  const open = model.incidents.filter((each) => !isEnded(each));
  const narrow = size.cols < 80;
  const begin = narrow ? '/declare' : '/declare begins one';
  const left: Line = [
    span(' '),
    // A hub that does not answer may have one by now.
    span(model.link.state === 'live' ? 'no incident open here' : 'not known what is open', 'title'),
    span(narrow ? '  ' : '   ', 'dim'),
    span(begin, 'dim'),
  ];
  const link = spaced(linkSpans(model, narrow), ' ');
  const first = joinLines(left, narrow ? link : [...link, span(' ')], size.cols);
  if (size.rows < 2) return [first];
  const one = open[0];
  const others =
    one === undefined
      ? span(peopleWords(model.people.length), 'dim')
      : span(
          ` ${open.length} open elsewhere: ${open.map(({ id, severity }) => `${severity} ${id}`).join(', ')}`,
          'warn',
        );
  const time = `${clockTime(model.now, model.zone)} ${zoneName(model.zone)} `;
  return [first, joinLines([others], [span(time, 'dim')], size.cols)];
}

function render(model: Model, size: Size): readonly Line[] {
  const { cols, rows } = size;
  if (cols < 1 || rows < 1) return [];
  if (model.incident === null) return idle(model, size);
  if (rows < 2 || cols < 60) return [oneRow(model, model.incident, cols)];
  return [firstRow(model, model.incident, cols), secondRow(model, model.incident, cols)];
}

export const header: Panel = {
  id: 'header',
  title: 'WAR ROOM',
  letter: '',
  needs: [],
  order: 0,
  wants: (_model, cols) => (cols < 80 ? 1 : 2),
  health: () => 'none',
  summary: (model, cols) =>
    model.incident === null
      ? cutLine([span('no incident open')], cols)
      : cutLine([severityBadge(model.incident.severity), span(' '), span(model.incident.title ?? '')], cols),
  render,
};

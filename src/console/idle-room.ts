/**
 * The room while no incident is shown: what is open, who is on call, what is due, what was lately, and the figures. Each
 * part gives way on a small screen; what is not known is said to be unknown. Pure.
 */
import { SEVERITY_TONE } from '../../panels/header.ts';
import type { FollowUp } from '../incident/follow-up.ts';
import { isEnded } from '../incident/incident.ts';
import { SEVERITY_NAME, type Severity } from '../incident/severity.ts';
import { DAY, clockTime, dayOf, spanInWords, zoneName } from '../incident/time.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { type Line, cutLine, joinLines, span } from '../terminal/text.ts';
import { declareAction } from './actions/declare.ts';
import { proposedAlerts } from './alert-selection.ts';
import { idleFigures } from './figures-lines.ts';
import { keyLabel } from './keymap.ts';
import { owedInWords, owedOf, owedRow } from './owed.ts';
import { fitted, heading, type IdlePart } from './idle-part.ts';
import { idleOncall } from './oncall-lines.ts';
import type { View } from './view.ts';

export type IdleView = Pick<
  View,
  'incidents' | 'now' | 'zone' | 'alerts' | 'link' | 'oncall' | 'figures' | 'followUp' | 'past'
> & {
  readonly ascii?: boolean;
};

/** Below this width there is room for what is most needed only. */
const NARROW = 60;

/** From this many rows on each figure has one of its own. */
const TALL = 24;
/** More incidents than any screen has rows. */
const MOST = 60;

/** Why a part is not known, where only a hub that answers knows it. */
const UNKNOWN: Readonly<Record<View['link']['state'], string>> = {
  live: 'the hub has not said',
  connecting: 'asking the hub…',
  lost: 'not known: the hub does not answer',
  refused: 'not known: the hub refused us',
};

export function idleLines(view: IdleView, cols: number, rows = 200): readonly Line[] {
  const isNarrow = cols < NARROW;
  const parts = view.past === undefined ? partsNow(view, cols, rows) : partsThen(view, cols);
  return fitted(parts, { cols, rows, isNarrow }).map((line) => cutLine(line, cols));
}

function partsNow(view: IdleView, cols: number, rows: number): readonly IdlePart[] {
  const { link, oncall, followUp, figures, ascii = false } = view;
  const isLive = link.state === 'live';
  const unknown = (title: string): IdlePart => ({ head: heading(title, UNKNOWN[link.state]) });
  const key = declareAction.key === undefined ? '' : keyLabel(declareAction.key);
  const about = cols < NARROW ? '' : ': everybody here sees it at once';
  const shown = isLive && figures !== undefined ? idleFigures(figures, { ascii, isTall: rows >= TALL }) : null;
  return [
    { head: [span(' '), span(key, 'key', { bold: true }), span(` or /declare what is broken${about}`)] },
    ...firing(view, cols),
    open(view, cols),
    idleOncall(oncall, { ...view, isOld: !isLive }, cols) ?? unknown('ON CALL'),
    isLive && followUp !== undefined ? toDo(followUp, view, cols) : unknown('LEFT TO DO'),
    before(view, cols),
    ...(cols < NARROW ? [] : [shown ?? unknown('FIGURES')]),
  ];
}

/** Of the time before a declaration only alerts and who was on call are kept. */
const partsThen = (view: IdleView, cols: number): readonly IdlePart[] => [
  ...firing(view, cols),
  idleOncall(view.oncall, view, cols) ?? { head: heading('ON CALL', 'was not kept') },
];

const severityWords = (severity: Severity, cols: number): string =>
  cols < NARROW ? ` ${severity}  ` : `   ${severity} ${SEVERITY_NAME[severity].padEnd(8)}  `;

const titleOf = ({ title, drill }: IncidentSummary): string => `${title}${drill ? ' [drill]' : ''}`;

/** Alerts that propose an incident, the worst first. */
function firing(view: IdleView, cols: number): readonly IdlePart[] {
  const rows = proposedAlerts(view).map(({ severity, summary, acked, since }): Line => {
    const tone = acked === undefined ? SEVERITY_TONE[severity] : 'info';
    const left = [span(severityWords(severity, cols), tone), span(summary, tone)];
    const who = acked === undefined ? '' : `${acked.by} is on it, `;
    return joinLines(left, [span(`${who}${spanInWords(view.now - Date.parse(since))} `, 'dim')], cols);
  });
  const keys = view.past === undefined ? '/ack: you are on it   /alerts declares an incident from one' : '';
  const head = heading('FIRING', keys);
  return rows.length === 0 ? [] : [{ head, rows }];
}

function open({ incidents, link, now }: IdleView, cols: number): IdlePart {
  const rows = incidents
    .filter((one) => !isEnded(one))
    .map((one): Line => {
      const left = [span(severityWords(one.severity, cols), 'info'), span(titleOf(one))];
      const led = cols < NARROW ? '' : `${one.status}  ${one.lead ?? 'no lead'}  `;
      return joinLines(left, [span(`${led}${spanInWords(now - Date.parse(one.declaredAt))} ago `, 'dim')], cols);
    });
  const isLive = link.state === 'live';
  if (rows.length === 0) return { head: heading('OPEN', isLive ? 'no incident is open' : UNKNOWN[link.state]) };
  return { head: heading('OPEN', '/list picks one', !isLive), rows };
}

/** Postmortems and action items of all incidents. */
function toDo(followUp: FollowUp, { now, zone, ascii = false }: IdleView, cols: number): IdlePart {
  const owed = owedOf(followUp);
  const rows = owed.slice(0, MOST).map((one) => [span(' '), ...owedRow(one, { now, zone, ascii }, cols - 2)]);
  const count = owed.length + (followUp.more ?? 0);
  return { head: heading('LEFT TO DO', owedInWords(owed, now)), rows, count, usual: 3, all: '/actions', isPlain: true };
}

/** The incidents that ended last: when they were declared, and how long they took. */
function before(view: IdleView, cols: number): IdlePart {
  const ended = view.incidents.filter(isEnded);
  const rows = ended.slice(0, MOST).map((one): Line => {
    const left = [span(severityWords(one.severity, cols), 'info'), span(titleOf(one))];
    const ms = Date.parse(one.resolvedAt ?? '') - Date.parse(one.declaredAt);
    const took = ms >= 0 ? spanInWords(ms) : one.status;
    const when = cols < NARROW ? '' : `${dayAndTime(Date.parse(one.declaredAt), view)}  `;
    return joinLines(left, [span(` ${when}`, 'dim'), span(`${took.padStart(TOOK_COLS)} `)], cols);
  });
  const isLive = view.link.state === 'live';
  if (rows.length === 0)
    return { head: heading('LAST INCIDENTS', isLive ? 'none has ended' : UNKNOWN[view.link.state]) };
  const head = heading('LAST INCIDENTS', zoneName(view.zone), !isLive);
  return { head, rows, count: ended.length, usual: 3, all: '/list' };
}

/** `Tue 14:02`; the date where that is no longer the last one. */
function dayAndTime(at: number, { now, zone }: IdleView): string {
  const day = dayOf(at, zone);
  return now - at < 6 * DAY ? `${day.slice(0, 3)} ${clockTime(at, zone, false)}` : day.slice(4);
}

/** `23 h 59 min`. */
const TOOK_COLS = 11;

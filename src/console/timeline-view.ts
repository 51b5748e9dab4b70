/** The timeline under its title; without an incident the lists of alerts and incidents. Pure. */
import { SEVERITY_TONE } from '../../panels/header.ts';
import { isHeard } from '../../panels/timeline.ts';
import type { Model } from '../../panels/model.ts';
import type { Panel } from '../../panels/panel.ts';
import { isEnded, isOn } from '../incident/incident.ts';
import { SEVERITY_NAME, type Severity } from '../incident/severity.ts';
import { type Line, type Tone, cut, cutLine, glyphs, joinLines, span } from '../terminal/text.ts';
import { declareAction } from './actions/declare.ts';
import { proposedAlerts } from './alert-selection.ts';
import { ruled } from './panel-view.ts';
import { keyLabel } from './keymap.ts';
import type { Mode, Rect } from './layout.ts';
import { textLine } from './modal-parts.ts';
import { idleFigures } from './figures-lines.ts';
import { idleOncall } from './oncall-lines.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';
import { spanInWords } from '../incident/time.ts';

export function timelineLines(timeline: Panel, model: Model, place: Rect, mode: Mode, ui: Ui): readonly Line[] {
  const { cols, rows } = place;
  if (mode === 'tiny') return timeline.render(model, { cols, rows });
  const tone: Tone = ui.focus === 'timeline' ? 'key' : 'border';
  const edge = glyphs(model.ascii).horizontal.repeat(2);
  const title = (name: string, about: string): Line => [
    span(edge, tone),
    span(' '),
    span(name, 'title', { bold: true, ...(ui.focus === 'timeline' ? { inverse: true } : {}) }),
    span(about === '' ? '' : ` ${about}`, 'dim'),
  ];
  const counted = mode === 'columns' || mode === 'wide' || cols < NARROW ? [] : counts(model);
  const right = [span(' '), ...counted, ...typists(model, cols), ...liveWords(model, ui), span(` ${edge}`, tone)];
  if (model.incident === null)
    return [ruled(title('ROOM', ''), right, cols, model.ascii, tone), ...idleLines(model, cols, Math.max(0, rows - 1))];
  const body = timeline.render(model, { cols, rows: Math.max(0, rows - 1) });
  const { incident } = model;
  // A narrow header has no room for the title.
  const head =
    cols < NARROW ? title(incident.title ?? incident.id, lookWords(ui)) : title('TIMELINE', timelineWords(model, ui));
  return [ruled(head, right, cols, model.ascii, tone), ...body];
}

function timelineWords(model: Model, ui: Ui): string {
  const zone = ui.zone === 'utc' ? 'UTC' : 'local time';
  const head = model.incident?.head ?? 0;
  return `${head} ${head === 1 ? 'entry' : 'entries'}, ${zone}${lookWords(ui)}`;
}

function lookWords({ level, filter }: Ui): string {
  const which = level === 'normal' ? '' : level === 'key' ? ', key entries only' : ', with system entries';
  return `${which}${filter === '' ? '' : `, only ${filter} and what you write`}`;
}

/** `■ 2 alerts  ? 3 open  +1 overdue`, where no panels say it. */
function counts({ alerts = [], incident, now, ascii }: Model): Line {
  const calling = alerts.filter((alert) => isOn(alert.state) && (alert.silencedUntil ?? alert.inhibited) === undefined);
  const open = incident?.open ?? [];
  const more = incident?.more?.open ?? 0;
  const late = open.filter(({ due }) => due !== undefined && Date.parse(due) <= now).length;
  const part = (many: number, text: string, tone: Tone): Line => (many === 0 ? [] : [span(text, tone), span('  ')]);
  const plural = calling.length === 1 ? '' : 's';
  return [
    ...part(calling.length, `${glyphs(ascii).crit} ${calling.length} alert${plural}`, 'crit'),
    ...part(open.length + more, `? ${open.length + more} open`, 'plain'),
    ...part(late, `+${late} overdue`, 'warn'),
  ];
}

/** `dan is typing`. */
function typists({ people, incident, me }: Model, cols: number): Line {
  const writing = people.filter((one) => one.typing && one.name !== me && one.incident === (incident?.id ?? null));
  const [first, ...others] = writing;
  if (first === undefined || cols < 60) return [];
  const who = others.length === 0 ? `${cut(first.name, 16)} is` : `${writing.length} people are`;
  return [span(`${who} typing`, 'dim'), span('  ')];
}

/** `live`, unless the view is scrolled up or the link is not live. */
function liveWords(model: Model, ui: Ui): Line {
  if (ui.scroll !== null) return [span('scrolled up, End: live', 'info', { bold: true })];
  if (isHeard(model)) return [span('live', 'ok')];
  return [span(model.link.state === 'live' ? 'not live' : model.link.state, 'stale')];
}

/** Shown without an open incident: only a hub that answers knows that there is none. */
const NONE: Readonly<Record<View['link']['state'], string>> = {
  live: 'no incident is open',
  connecting: 'asking the hub…',
  lost: 'not known: the hub does not answer',
  refused: 'not known: the hub refused us',
};

/** Below this width an incident is shown by severity, title and age only. */
const NARROW = 60;

const severityWords = (severity: Severity, cols: number): string =>
  cols < NARROW ? ` ${severity}  ` : `   ${severity} ${SEVERITY_NAME[severity].padEnd(8)}  `;

type IdleView = Pick<View, 'incidents' | 'now' | 'zone' | 'alerts' | 'link' | 'oncall' | 'figures'> & {
  readonly ascii?: boolean;
};

/** Alerts and incidents in at most `rows` lines. */
export function idleLines(view: IdleView, cols: number, rows = 200): readonly Line[] {
  const open = view.incidents.filter((each) => !isEnded(each)).slice(0, rows);
  const over = view.incidents.filter(isEnded).slice(0, rows);
  const key = declareAction.key === undefined ? '' : keyLabel(declareAction.key);
  const isNarrow = cols < NARROW;
  const air = isNarrow ? [] : [[]];
  const oncall = idleOncall(view.oncall, view, cols);
  const isKnown = view.link.state === 'live' && !isNarrow;
  const figures = isKnown ? idleFigures(view.figures, cols, view.ascii ?? false) : [];
  const lines: readonly Line[] = [
    ...air,
    [
      span(' ', 'plain'),
      span(key, 'key', { bold: true }),
      span(` or /declare what is broken${isNarrow ? '' : ': everybody here sees it at once'}`),
    ],
    ...air,
    ...firing(view, cols, rows),
    // On a small screen what is open comes first.
    ...(isNarrow ? [] : [...oncall, ...(oncall.length === 0 ? [] : air)]),
    ...section('OPEN', open, NONE[view.link.state], view.now, cols),
    ...(isNarrow ? oncall : []),
    ...(figures.length === 0 ? [] : [...air, ...figures]),
    ...(over.length === 0 ? [] : [...air, ...section('BEFORE', over, '', view.now, cols)]),
  ];
  return lines.slice(0, rows).map((line) => cutLine(line, cols));
}

/** Alerts that propose an incident, the worst first. */
function firing(view: IdleView, cols: number, rows: number): readonly Line[] {
  const calls = proposedAlerts(view).slice(0, rows);
  const lines = calls.map(({ severity, summary, acked, since }): Line => {
    const tone = acked === undefined ? SEVERITY_TONE[severity] : 'info';
    const left = [span(severityWords(severity, cols), tone), span(summary, tone)];
    const who = acked === undefined ? '' : `${acked.by} is on it, `;
    return joinLines(left, [span(`${who}${spanInWords(view.now - Date.parse(since))} `, 'dim')], cols);
  });
  const head: Line = [
    span(' FIRING', 'title', { bold: true }),
    span('   /ack: you are on it   /alerts declares an incident from one', 'dim'),
  ];
  return lines.length === 0 ? [] : [head, ...lines, ...(cols < NARROW ? [] : [[]])];
}

/** Incidents under a title; `none` where there are none. */
function section(title: string, all: View['incidents'], none: string, now: number, cols: number): readonly Line[] {
  const lines = all.map((one): Line => {
    const left = [span(severityWords(one.severity, cols), 'info'), span(`${one.title}${one.drill ? ' [drill]' : ''}`)];
    const led = cols < NARROW ? '' : `${one.status}  ${one.lead ?? 'no lead'}  `;
    const right = [span(`${led}${spanInWords(now - Date.parse(one.declaredAt))} ago `, 'dim')];
    return joinLines(left, right, cols);
  });
  const hint = lines.length > 0 && title === 'OPEN' ? '   /list picks one' : '';
  return [
    [span(` ${title}`, 'title', { bold: true }), span(hint, 'dim')],
    ...(lines.length > 0 ? lines : [textLine(`   ${none}`, 'dim')]),
  ];
}

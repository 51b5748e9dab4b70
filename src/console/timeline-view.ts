/** The timeline under its title; without an incident the idle room. Pure. */
import { isHeard } from '../../panels/timeline.ts';
import type { Model } from '../../panels/model.ts';
import type { FixedPanel } from '../../panels/panel.ts';
import { isOn } from '../incident/incident.ts';
import { counted } from '../incident/words.ts';
import { type Line, type Tone, cut, glyphs, span } from '../terminal/text.ts';
import { idleLines } from './idle-room.ts';
import { ruled } from './panel-view.ts';
import type { Mode, Rect } from './layout.ts';
import type { Ui } from './state.ts';

export function timelineLines(timeline: FixedPanel, model: Model, place: Rect, mode: Mode, ui: Ui): readonly Line[] {
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
  const kept = mode === 'columns' || mode === 'wide' || cols < NARROW ? [] : counts(model);
  const right = [span(' '), ...kept, ...typists(model, cols), ...liveWords(model, ui), span(` ${edge}`, tone)];
  if (model.incident === null)
    return [ruled(title('ROOM', ''), right, cols, model.ascii, tone), ...idleLines(model, cols, Math.max(0, rows - 1))];
  const body = rows < 2 ? [] : timeline.render(model, { cols, rows: rows - 1 });
  const { incident } = model;
  // A narrow header has no room for the title.
  const head =
    cols < NARROW ? title(incident.title ?? incident.id, lookWords(ui)) : title('TIMELINE', timelineWords(model, ui));
  return [ruled(head, right, cols, model.ascii, tone), ...body];
}

function timelineWords(model: Model, ui: Ui): string {
  const zone = ui.zone === 'utc' ? 'UTC' : 'local time';
  const head = model.incident?.head ?? 0;
  return `${counted(head, 'entry', 'entries')}, ${zone}${lookWords(ui)}`;
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
  return [
    ...part(calling.length, `${glyphs(ascii).crit} ${counted(calling.length, 'alert')}`, 'crit'),
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
  if (model.past !== undefined) return [span('the past', 'key', { bold: true })];
  if (ui.scroll !== null) return [span('scrolled up, End: live', 'info', { bold: true })];
  if (isHeard(model)) return [span('live', 'ok')];
  return [span(model.link.state === 'live' ? 'not live' : model.link.state, 'stale')];
}

/** Below this width an incident is shown by severity, title and age only. */
const NARROW = 60;

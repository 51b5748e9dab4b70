/** The timeline in its place, under a title that says how it is looked at. Pure. */
import type { Model } from '../../panels/model.ts';
import type { Panel } from '../../panels/panel.ts';
import { cut, glyphs, span, type Line, type Tone } from '../terminal/text.ts';
import { ruled } from './box.ts';
import { idleLines } from './idle.ts';
import type { Mode, Rect } from './layout.ts';
import type { Ui } from './state.ts';

/** The timeline under its title, which says whether it is live. */
export function timelineLines(
  timeline: Panel,
  model: Model,
  { cols, rows }: Rect,
  mode: Mode,
  ui: Ui,
): readonly Line[] {
  const focused = ui.focus === 'timeline';
  if (mode === 'tiny') return timeline.render(model, { cols, rows });
  const tone: Tone = focused ? 'key' : 'border';
  const edge = glyphs(model.ascii).horizontal.repeat(2);
  const title = (name: string, about: string): Line => [
    span(edge, tone),
    span(' '),
    span(name, 'title', { bold: true }),
    span(about === '' ? '' : ` ${about}`, 'dim'),
  ];
  const right = [span(' '), ...typists(model, cols), ...liveWords(model, ui), span(` ${edge}`, tone)];
  if (model.incident === null)
    return [
      ruled(title('ROOM', ''), right, cols, model.ascii, tone),
      ...idleLines(model, cols).slice(0, Math.max(0, rows - 1)),
    ];
  const body = timeline.render(model, { cols, rows: Math.max(0, rows - 1) });
  return [ruled(title('TIMELINE', timelineWords(model, ui)), right, cols, model.ascii, tone), ...body];
}

function timelineWords(model: Model, ui: Ui): string {
  const zone = ui.zone === 'utc' ? 'UTC' : 'local time';
  const level = ui.level === 'normal' ? '' : ui.level === 'key' ? ', key entries only' : ', with system entries';
  const filter = ui.filter === '' ? '' : `, only ${ui.filter}`;
  const head = model.incident?.head ?? 0;
  return `${head} ${head === 1 ? 'entry' : 'entries'}, ${zone}${level}${filter}`;
}

/** `dan is typing`, in the title: where nothing has to move for it. */
function typists({ people, incident, me }: Model, cols: number): Line {
  const writing = people.filter((one) => one.typing && one.name !== me && one.incident === (incident?.id ?? null));
  const [first, ...others] = writing;
  if (first === undefined || cols < 60) return [];
  const who = others.length === 0 ? `${cut(first.name, 16)} is` : `${writing.length} people are`;
  return [span(`${who} typing`, 'dim'), span('  ')];
}

/** `live`, unless one reads further up or the hub is away. */
function liveWords(model: Model, ui: Ui): Line {
  if (ui.scroll !== null) return [span('scrolled up, End: live', 'info', { bold: true })];
  return model.link.state === 'live' ? [span('live', 'ok')] : [span(model.link.state, 'stale')];
}

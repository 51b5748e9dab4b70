/** The incident on one time axis, as SVG: severity, status, alerts, changes, decisions, updates, entries. Pure. */
import { isOn } from '../incident/incident.ts';
import { clockTime, spanInWords } from '../incident/time.ts';
import type { TurningPoint } from '../incident/turning-points.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import { escaped } from './escape.ts';
import { scaleOf, type TimeScale } from './scale.ts';
import { silencesOf, LANES, type ReportEntry, type Lane, type IncidentReport, type StateChange } from './timeline.ts';

export const WIDTH = 960;
export const LEFT = 84;
const BAND = 24;
const LANE = 30;
const TOP = 2 * BAND + 8;
/** Marks closer together than this become one. */
const MERGE = 9;
/** The dashed line of what was recorded after all that is on the axis. */
const LATE_WIDTH = 20;
/** Longest title of a mark, characters. */
const TITLE = 300;

const middleOf = (lane: number): number => TOP + lane * LANE + LANE / 2;

/** What the shapes on the axis mean. */
export const LEGEND =
  '▲ alert begins, △ ends (the bar between) · ◆ change · ■ decision · ● public update · ❘ entry · ○ with a dashed line: recorded later than it happened · hatched: nothing was written for 15 minutes or longer · ≈ a long time, drawn short. A number counts marks that fall together.';

/** `points`: what metrics did, in a lane of their own below the others. */
export function axisSvg(report: IncidentReport, points: readonly TurningPoint[] = []): string {
  const entries = report.entries.filter(({ event }) => event.level !== 'system');
  const scale = scaleOf([...new Set(entries.map(({ at }) => at))], LEFT, WIDTH - 12);
  const lanes = points.length === 0 ? LANES : [...LANES, 'metrics'];
  const foot = TOP + lanes.length * LANE;
  const height = foot + 38;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="group" aria-label="the incident on a time axis, in UTC">`,
    '<defs><pattern id="gap" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line y2="7" class="hatch"/></pattern></defs>',
    ...gapRects(report, scale, foot),
    label('severity', BAND / 2),
    ...bands(report.severities, scale, 0, (word) => word.slice(0, 5).toLowerCase()),
    label('status', BAND * 1.5 + 4),
    ...bands(report.statuses, scale, BAND + 4, (word) => (QUIET.has(word) ? 'over' : 'runs')),
    ...lanes.flatMap((lane, i) => [
      label(lane, middleOf(i)),
      `<line class="rule" x1="${LEFT}" x2="${WIDTH}" y1="${middleOf(i)}" y2="${middleOf(i)}"/>`,
    ]),
    ...alertBars(entries, scale),
    ...LANES.flatMap((lane) => marks(lane, entries, scale)),
    ...points.map((point) => metricMark(point, scale)),
    ...ticks(scale, TOP, foot),
    '</svg>',
  ].join('\n');
}

const QUIET: ReadonlySet<string> = new Set(['resolved', 'closed', 'cancelled', 'merged']);

export const px = (x: number): string => String(Math.round(x * 10) / 10);
export const label = (text: string, y: number): string =>
  `<text x="0" y="${y + 4}" class="lane">${escaped(text)}</text>`;

/** A band of words, each from its moment on. */
function bands(
  turns: readonly StateChange[],
  scale: TimeScale,
  y: number,
  classOf: (word: string) => string,
): readonly string[] {
  let from = scale.from;
  return turns.flatMap(({ at, word }, i) => {
    // What was dated back may lie before the turn before it.
    from = Math.max(from, at);
    const to = Math.max(from, turns[i + 1]?.at ?? scale.to);
    const [x, width] = [scale.x(from), scale.x(to) - scale.x(from)];
    if (width < 1) return [];
    const shown = width > word.length * 7.5 ? word : width > 46 ? word.split(' ')[0] : '';
    return [
      `<g class="band ${classOf(word)}"><title>${escaped(`${word} from ${clockTime(from, 'utc')}`)}</title>`,
      `<rect x="${px(x)}" y="${y}" width="${px(width)}" height="${BAND}"/>`,
      shown === '' ? '</g>' : `<text x="${px(x + 5)}" y="${y + 16}">${escaped(shown ?? '')}</text></g>`,
    ];
  });
}

const gapRects = (report: IncidentReport, scale: TimeScale, foot: number): readonly string[] =>
  silencesOf(report).map(({ from, to }) => {
    const [x, width] = [scale.x(from), scale.x(to) - scale.x(from)];
    const words = spanInWords(to - from);
    const text = `<text class="small" text-anchor="middle" x="${px(x + width / 2)}" y="${foot - 3}">${words}</text>`;
    return `<g class="gap"><title>nothing was written for ${words}</title><rect x="${px(x)}" y="${TOP}" width="${px(width)}" height="${foot - TOP}" fill="url(#gap)"/>${width > 44 ? text : ''}</g>`;
  });

/** From where each alert began to where it ended. */
function alertBars(entries: readonly ReportEntry[], scale: TimeScale): readonly string[] {
  const since = new Map<string, number>();
  const bars: string[] = [];
  const y = middleOf(LANES.indexOf('alerts'));
  const bar = (from: number, to: number): unknown =>
    bars.push(`<line class="bar" x1="${px(scale.x(from))}" x2="${px(scale.x(to))}" y1="${y}" y2="${y}"/>`);
  for (const { event, at } of entries) {
    if (event.kind !== 'alert_changed') continue;
    const { alert, to } = event.data;
    const began = since.get(alert);
    if (isOn(to)) since.set(alert, began ?? at);
    else if (began !== undefined && since.delete(alert)) bar(began, at);
  }
  for (const began of since.values()) bar(began, scale.to);
  return bars;
}

/** Of a mark and the number of those that it stands for. */
const widthOf = (count: number): number => (count === 1 ? MERGE : 10 + 7 * String(count).length);

/** The marks of a lane, those that fall together as one; each leads to its entry. */
function marks(lane: Lane, all: readonly ReportEntry[], scale: TimeScale): readonly string[] {
  const y = middleOf(LANES.indexOf(lane));
  const groups: ReportEntry[][] = [];
  for (const entry of all) {
    if (entry.lane !== lane) continue;
    const group = groups.at(-1);
    if (group?.[0] && scale.x(entry.at) - scale.x(group[0].at) < widthOf(group.length)) group.push(entry);
    else groups.push([entry]);
  }
  return groups.map((group) => {
    const [first] = group;
    if (first === undefined) return '';
    const late = group.find(({ lateMs }) => lateMs > 0);
    const x = scale.x(first.at);
    const said = group.map(({ at, event, text }) => `${clockTime(at, 'utc')} ${event.by.name}: ${text}`).join('\n');
    const title = said.length > TITLE ? `${said.slice(0, TITLE)}…` : said;
    const recordedAt = Date.parse(late?.event.recorded ?? '');
    const recorded = recordedAt <= scale.to ? scale.x(recordedAt) : x + LATE_WIDTH;
    const line =
      late === undefined ? '' : `<path class="late" d="M${px(x)} ${y + 9}H${px(Math.max(recorded, x + 8))}"/>`;
    const shape = SHAPES[late !== undefined && lane === 'entries' ? 'late' : lane];
    const isHollow = group.every(({ event }) => INCIDENT.mark(event) === 'ok') || late !== undefined;
    const place = x + widthOf(group.length) > WIDTH ? `x="${WIDTH}" text-anchor="end"` : `x="${px(x + 6)}"`;
    const count = group.length === 1 ? '' : `<text class="small" ${place} y="${y - 5}">${group.length}</text>`;
    return `<a href="#e${first.event.seq}"><title>${escaped(title)}</title><path class="mark${isHollow ? ' hollow' : ''}" d="M${px(x)} ${px(y)}${shape}"/>${line}${count}</a>`;
  });
}

function metricMark({ at, target, text }: TurningPoint, scale: TimeScale): string {
  const title = escaped(`${clockTime(at, 'utc')} ${target}: ${text}`);
  const d = `M${px(scale.x(at))} ${middleOf(LANES.length)}m0 -6l6 6l-6 6l-6 -6z`;
  return `<a href="#metrics"><title>${title}</title><path class="mark hollow" d="${d}"/></a>`;
}

/** Paths of the shapes, from their middle. */
const SHAPES: Readonly<Record<Lane | 'late', string>> = {
  alerts: 'm0 -7l7 13h-14z',
  changes: 'm0 -8l7 8l-7 8l-7 -8z',
  decisions: 'm-6 -6h12v12h-12z',
  updates: 'm-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z',
  entries: 'm-1.5 -8h3v16h-3z',
  late: 'm-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z',
};

/** Round times below a picture, from `top` to `foot`. */
export function ticks({ ticks, breaks, x }: TimeScale, top: number, foot: number): readonly string[] {
  let day = '';
  return [
    `<line class="rule" x1="${LEFT}" x2="${WIDTH}" y1="${foot}" y2="${foot}"/>`,
    ...ticks.map((at) => {
      const own = new Date(at).toISOString().slice(0, 10);
      const place = `x="${px(x(at))}"${x(at) > WIDTH - 60 ? ' text-anchor="end"' : ''}`;
      const date = own === day ? '' : `<text class="small" ${place} y="${foot + 32}">${(day = own)}</text>`;
      const rule = `<line class="rule" x1="${px(x(at))}" x2="${px(x(at))}" y1="${top}" y2="${foot + 5}"/>`;
      return `${rule}<text ${place} y="${foot + 18}">${clockTime(at, 'utc', false)}</text>${date}`;
    }),
    ...breaks.map(({ from, to }) => {
      const middle = px((x(from) + x(to)) / 2);
      return `<text class="break" text-anchor="middle" x="${middle}" y="${foot + 5}"><title>${spanInWords(to - from)} drawn short</title>≈</text>`;
    }),
  ];
}

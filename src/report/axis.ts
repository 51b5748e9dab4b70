/** The incident on one time axis, as SVG: severity, status, alerts, changes, decisions, updates, entries. Pure. */
import { isOn } from '../incident/incident.ts';
import { clockTime, spanInWords } from '../incident/time.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import { escaped } from './escape.ts';
import { scaleOf, type Scale } from './scale.ts';
import { gapsOf, LANES, type Entry, type Lane, type Report, type Turn } from './timeline.ts';

const WIDTH = 960;
const LEFT = 84;
const BAND = 24;
const LANE = 30;
const TOP = 2 * BAND + 8;
const FOOT = TOP + LANES.length * LANE;
const HEIGHT = FOOT + 38;
/** Marks closer together than this become one. */
const MERGE = 9;
/** The dashed line of what was recorded after all that is on the axis. */
const LATE_WIDTH = 20;
/** Longest title of a mark, characters. */
const TITLE = 300;

const middleOf = (lane: Lane): number => TOP + LANES.indexOf(lane) * LANE + LANE / 2;

/** What the shapes on the axis mean. */
export const LEGEND =
  '▲ alert begins, △ ends (the bar between) · ◆ change · ■ decision · ● public update · ❘ entry · ○ with a dashed line: recorded later than it happened · hatched: nothing was written for 15 minutes or longer · ≈ a long time, drawn short. A number counts marks that fall together.';

export function axisSvg(report: Report): string {
  const entries = report.entries.filter(({ event }) => event.level !== 'system');
  const scale = scaleOf([...new Set(entries.map(({ at }) => at))], LEFT, WIDTH - 12);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="group" aria-label="the incident on a time axis, in UTC">`,
    '<defs><pattern id="gap" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line y2="7" class="hatch"/></pattern></defs>',
    ...gapRects(report, scale),
    label('severity', BAND / 2),
    ...bands(report.severities, scale, 0, (word) => word.slice(0, 5).toLowerCase()),
    label('status', BAND * 1.5 + 4),
    ...bands(report.statuses, scale, BAND + 4, (word) => (QUIET.has(word) ? 'over' : 'runs')),
    ...LANES.flatMap((lane) => [
      label(lane, middleOf(lane)),
      `<line class="rule" x1="${LEFT}" x2="${WIDTH}" y1="${middleOf(lane)}" y2="${middleOf(lane)}"/>`,
    ]),
    ...alertBars(entries, scale),
    ...LANES.flatMap((lane) => marks(lane, entries, scale)),
    ...ticks(scale),
    '</svg>',
  ].join('\n');
}

const QUIET: ReadonlySet<string> = new Set(['resolved', 'closed', 'cancelled', 'merged']);

const px = (x: number): string => String(Math.round(x * 10) / 10);
const label = (text: string, y: number): string => `<text x="0" y="${y + 4}" class="lane">${text}</text>`;

/** A band of words, each from its moment on. */
function bands(turns: readonly Turn[], scale: Scale, y: number, classOf: (word: string) => string): readonly string[] {
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

const gapRects = (report: Report, scale: Scale): readonly string[] =>
  gapsOf(report).map(({ from, to }) => {
    const [x, width] = [scale.x(from), scale.x(to) - scale.x(from)];
    const words = spanInWords(to - from);
    const text = `<text class="small" text-anchor="middle" x="${px(x + width / 2)}" y="${FOOT - 3}">${words}</text>`;
    return `<g class="gap"><title>nothing was written for ${words}</title><rect x="${px(x)}" y="${TOP}" width="${px(width)}" height="${LANES.length * LANE}" fill="url(#gap)"/>${width > 44 ? text : ''}</g>`;
  });

/** From where each alert began to where it ended. */
function alertBars(entries: readonly Entry[], scale: Scale): readonly string[] {
  const since = new Map<string, number>();
  const bars: string[] = [];
  const y = middleOf('alerts');
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

/** The marks of a lane, those that fall together as one; each leads to its entry. */
function marks(lane: Lane, all: readonly Entry[], scale: Scale): readonly string[] {
  const y = middleOf(lane);
  const groups: Entry[][] = [];
  for (const entry of all) {
    if (entry.lane !== lane) continue;
    const group = groups.at(-1);
    if (group?.[0] && scale.x(entry.at) - scale.x(group[0].at) < MERGE) group.push(entry);
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
    const isHollow = group.every(({ event }) => INCIDENT.mark(event) === 'ok') || late !== undefined;
    const count = group.length === 1 ? '' : `<text class="small" x="${px(x + 6)}" y="${y - 5}">${group.length}</text>`;
    return `<a href="#e${first.event.seq}"><title>${escaped(title)}</title><path class="mark${isHollow ? ' hollow' : ''}" d="${shape(lane, late !== undefined, x, y)}"/>${line}${count}</a>`;
  });
}

function shape(lane: Lane, isLate: boolean, x: number, y: number): string {
  const at = `M${px(x)} ${px(y)}`;
  switch (lane) {
    case 'alerts':
      return `${at}m0 -7l7 13h-14z`;
    case 'changes':
      return `${at}m0 -8l7 8l-7 8l-7 -8z`;
    case 'decisions':
      return `${at}m-6 -6h12v12h-12z`;
    case 'updates':
      return `${at}m-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z`;
    default:
      return isLate ? `${at}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z` : `${at}m-1.5 -8h3v16h-3z`;
  }
}

function ticks({ ticks, breaks, x }: Scale): readonly string[] {
  let day = '';
  return [
    `<line class="rule" x1="${LEFT}" x2="${WIDTH}" y1="${FOOT}" y2="${FOOT}"/>`,
    ...ticks.map((at) => {
      const own = new Date(at).toISOString().slice(0, 10);
      const place = `x="${px(x(at))}"${x(at) > WIDTH - 60 ? ' text-anchor="end"' : ''}`;
      const date = own === day ? '' : `<text class="small" ${place} y="${FOOT + 32}">${(day = own)}</text>`;
      const rule = `<line class="rule" x1="${px(x(at))}" x2="${px(x(at))}" y1="${TOP}" y2="${FOOT + 5}"/>`;
      return `${rule}<text ${place} y="${FOOT + 18}">${clockTime(at, 'utc', false)}</text>${date}`;
    }),
    ...breaks.map(({ from, to }) => {
      const middle = px((x(from) + x(to)) / 2);
      return `<text class="break" text-anchor="middle" x="${middle}" y="${FOOT + 5}"><title>${spanInWords(to - from)} drawn short</title>≈</text>`;
    }),
  ];
}

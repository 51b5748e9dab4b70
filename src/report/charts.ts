/** The metrics that say most, as charts on the incident's time axis: SVG without colour. Pure. */
import { isOn } from '../incident/incident.ts';
import { clockTime } from '../incident/time.ts';
import { turningPoints, type Course, type TurningPoint } from '../incident/turning-points.ts';
import { label, LEFT, px, ticks, WIDTH } from './axis.ts';
import { escaped } from './escape.ts';
import { scaleOf, type TimeScale } from './scale.ts';
import type { IncidentReport } from './timeline.ts';

const HEIGHT = 96;
/** Where the curve is drawn, below its title. */
const [TOP, BOTTOM] = [22, HEIGHT - 6];
const CHARTS_MAX = 8;
/** Without a value for this many times the usual time, the curve has a gap. */
const GAP = 3.5;

/** What the signs in the charts mean. */
export const CHART_LEGEND =
  '◇ turning point, with its number · ▲ alert of this target begins, △ ends · dashed: the limit · a gap: nothing was read.';

export interface Charts {
  readonly svgs: readonly string[];
  /** Numbered from 1, as in the charts. */
  readonly points: readonly TurningPoint[];
}

/** The courses with turning points, those that say most first; without any, the first few. */
export function incidentCharts(courses: readonly Course[], report: IncidentReport): Charts {
  if (courses.length === 0) return { svgs: [], points: [] };
  const points = turningPoints(courses);
  const weightOf = ({ target, metric }: Course): number =>
    points.reduce((sum, one) => sum + (one.target === target && one.metric === metric ? one.weight : 0), 0);
  const drawn = courses.filter(({ words }) => words === undefined);
  const telling = drawn.filter((course) => weightOf(course) > 0).toSorted((a, b) => weightOf(b) - weightOf(a));
  const chosen = (telling.length > 0 ? telling : drawn).slice(0, telling.length > 0 ? CHARTS_MAX : 3);
  const scale = scaleOf(timesOf(courses, report), LEFT, WIDTH - 12);
  return { svgs: chosen.map((course) => chartSvg(course, points, report, scale)), points };
}

/** All of the readings and of the alerts. */
function timesOf(courses: readonly Course[], { entries }: IncidentReport): readonly number[] {
  const read = courses.flatMap(({ points }) => points.map(({ at }) => at));
  const [from, to] = [Math.min(...read.map((at) => at)), Math.max(...read.map((at) => at))];
  return [...new Set([...read, ...entries.map(({ at }) => at).filter((at) => at >= from && at <= to)])].sort(
    (a, b) => a - b,
  );
}

function chartSvg(course: Course, all: readonly TurningPoint[], report: IncidentReport, scale: TimeScale): string {
  const { target, metric, as, points, warn, crit } = course;
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const limit = crit ?? warn;
  const top = course.max ?? Math.max(...values, ...(limit === undefined ? [] : [limit * 1.05]), Number.MIN_VALUE);
  const low = Math.min(0, ...values);
  const y = (value: number): number => BOTTOM - ((Math.min(value, top) - low) / (top - low)) * (BOTTOM - TOP);
  const range = `${as(Math.min(...values))} to ${as(Math.max(...values))}`;
  const title = `${target}: ${metric}, ${range}`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 38}" width="${WIDTH}" height="${HEIGHT + 38}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title><text x="${LEFT}" y="12">${escaped(`${target} · ${metric}`)}</text>`,
    label(as(top), TOP + 4),
    label(as(low), BOTTOM - 4),
    ...(limit === undefined || limit > top ? [] : limitLine(y(limit), `limit ${as(limit)}`)),
    `<path class="curve" d="${curve(points, scale, y)}"/>`,
    ...alertMarks(target, report, scale),
    ...all.flatMap((point, i) =>
      point.target === target && point.metric === metric ? [turn(point, i + 1, scale, y, points)] : [],
    ),
    ...ticks(scale, TOP, BOTTOM),
    '</svg>',
  ].join('\n');
}

const limitLine = (y: number, words: string): readonly string[] => [
  `<line class="limit" x1="${LEFT}" x2="${WIDTH - 12}" y1="${px(y)}" y2="${px(y)}"/>`,
  `<text class="small" text-anchor="end" x="${WIDTH - 12}" y="${px(y - 3)}">${escaped(words)}</text>`,
];

function curve(points: Course['points'], scale: TimeScale, y: (value: number) => number): string {
  const steps = points.slice(1).map(({ at }, i) => at - (points[i]?.at ?? at));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  let before: number | null = null;
  let path = '';
  for (const { at, value } of points) {
    if (value === null) {
      before = null;
      continue;
    }
    const isJoined: boolean = before !== null && at - before <= usual * GAP;
    path += `${isJoined ? 'L' : 'M'}${px(scale.x(at))} ${px(y(value))}${isJoined ? '' : 'h.1'}`;
    before = at;
  }
  return path;
}

/** Where alerts of this target began and ended. */
const alertMarks = (target: string, { entries }: IncidentReport, scale: TimeScale): readonly string[] =>
  entries.flatMap(({ event, at, text }) => {
    if (event.kind !== 'alert_changed' || event.data.labels?.['target'] !== target) return [];
    const x = px(scale.x(at));
    const sign = isOn(event.data.to) ? 'mark' : 'mark hollow';
    return `<a href="#e${event.seq}"><title>${escaped(`${clockTime(at, 'utc')} ${text}`)}</title><line class="rule" x1="${x}" x2="${x}" y1="${TOP}" y2="${BOTTOM}"/><path class="${sign}" d="M${x} ${TOP - 8}m0 -6l6 11h-12z"/></a>`;
  });

function turn(
  point: TurningPoint,
  n: number,
  scale: TimeScale,
  y: (value: number) => number,
  points: Course['points'],
): string {
  const value = points.find(({ at }) => at === point.at)?.value ?? 0;
  const [x, top] = [scale.x(point.at), y(value)];
  return `<g><title>${escaped(`${clockTime(point.at, 'utc')} ${point.text}`)}</title><path class="mark hollow" d="M${px(x)} ${px(top)}m0 -5l5 5l-5 5l-5 -5z"/><text class="number" text-anchor="${n % 2 === 0 ? 'start' : 'end'}" x="${px(x + (n % 2 === 0 ? 7 : -7))}" y="${px(Math.max(TOP + 8, top + 4))}">${n}</text></g>`;
}

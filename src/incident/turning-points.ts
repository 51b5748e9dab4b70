/** Where a metric passed a limit or clearly changed its course: few moments, those that explain the rest. Pure. */
import { MINUTE } from './time.ts';

/** A metric of a target over time. */
export interface Course {
  readonly target: string;
  /** In words: `connection slots`. */
  readonly metric: string;
  readonly as: (value: number) => string;
  /** Bad above these or, with `below`, under them. */
  readonly warn?: number | undefined;
  readonly crit?: number | undefined;
  readonly below?: true | undefined;
  /** Words for bad and good, where the numbers say nothing: `no answer`, `answers again`. */
  readonly words?: readonly [bad: string, good: string];
  /** Highest value of the axis, where there is a natural one. */
  readonly max?: number | undefined;
  /** Oldest first; null: it was not read. */
  readonly points: readonly { readonly at: number; readonly value: number | null }[];
}
export interface TurningPoint {
  /** ms since 1970. */
  readonly at: number;
  readonly target: string;
  readonly metric: string;
  /** `memory 94%, over 90%`, `open connections 1,204 > 87`. */
  readonly text: string;
  /** The values before and after. */
  readonly from: string;
  readonly to: string;
  /** The more, the more it says. */
  readonly weight: number;
}

interface Point {
  readonly at: number;
  readonly value: number;
}

/** A value that lasts shorter is no change. */
const HELD_MS = 30_000;
/** A metric that is well for a shorter time between two bad times was bad throughout. */
const WELL_MS = 3 * MINUTE;
/** The times before and after a moment that are compared. */
const SIDE_MS = 3 * MINUTE;
const SIDE_POINTS = 4;
/** How many times the scatter a change must be, and how much of a limit. */
const [SCATTER, OF_LIMIT] = [4, 0.1];
/** A change to half, or to double. */
const FACTOR = 2;
const COURSES_EACH = 2;

/** At most `most`, those that say most, in the order of time. */
export function turningPoints(courses: readonly Course[], most = 12): readonly TurningPoint[] {
  const found = courses.flatMap((course) => {
    const points = course.points.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
    const passed = passages(course, points);
    const changed = courseChanges(course, points).filter(({ at }) =>
      passed.every((one) => Math.abs(one.at - at) > SIDE_MS),
    );
    return [...passed, ...changed];
  });
  const heaviest = found.sort((a, b) => b.weight - a.weight || a.at - b.at).slice(0, most);
  return heaviest.sort((a, b) => a.at - b.at);
}

interface Run {
  readonly level: 0 | 1 | 2;
  readonly points: readonly Point[];
}

const isPast = ({ below }: Course, value: number, limit: number | undefined): boolean =>
  limit !== undefined && (below ? value < limit : value > limit);
const levelOf = (course: Course, value: number): Run['level'] =>
  isPast(course, value, course.crit) ? 2 : isPast(course, value, course.warn) ? 1 : 0;

/** Where it became bad, and where it became well again. */
function passages(course: Course, points: readonly Point[]): readonly TurningPoint[] {
  const parted = joined(points.map((point) => ({ level: levelOf(course, point.value), points: [point] })));
  let level = parted[0]?.level ?? 0;
  const runs = joined(
    parted.map((run) => {
      const lastsMs = (run.points.at(-1)?.at ?? 0) - (run.points[0]?.at ?? 0);
      const isShort = lastsMs < (run.level === 0 ? WELL_MS : HELD_MS) && run.points.at(-1) !== points.at(-1);
      if (!isShort) level = run.level;
      return { ...run, level };
    }),
  );
  return runs.slice(1).map((run, i) => passage(course, runs[i] ?? run, run));
}

/** Neighbours of the same level as one. */
function joined(runs: readonly Run[]): readonly Run[] {
  const all: { level: Run['level']; points: Point[] }[] = [];
  for (const { level, points } of runs) {
    const last = all.at(-1);
    if (last?.level === level) for (const point of points) last.points.push(point);
    else all.push({ level, points: [...points] });
  }
  return all;
}

function passage(course: Course, before: Run, run: Run): TurningPoint {
  const { target, metric, as, below, crit, warn, words } = course;
  const isWorse = run.level > before.level;
  const level = Math.max(run.level, before.level);
  const limit = as((level === 2 ? crit : warn) ?? 0);
  const values = run.points.map(({ value }) => value);
  const first = run.points[0] ?? { at: 0, value: 0 };
  // How bad it became; how well it was at once.
  const shown = !isWorse ? first.value : below ? Math.min(...values) : Math.max(...values);
  const [side, other] = below ? ['under', 'over'] : ['over', 'under'];
  const said = isWorse ? `${metric} ${as(shown)}, ${side} ${limit}` : `${metric} ${as(shown)}, ${other} ${limit} again`;
  return {
    at: first.at,
    target,
    metric,
    text: words === undefined ? said : words[isWorse ? 0 : 1],
    from: as(before.points.at(-1)?.value ?? 0),
    to: as(shown),
    weight: level + 1 - (isWorse ? 0 : 0.5),
  };
}

/** Where it went to another level and stayed there. */
function courseChanges(course: Course, points: readonly Point[]): readonly TurningPoint[] {
  const limit = course.warn ?? course.crit;
  const least = limit === undefined ? 0 : Math.abs(limit) * OF_LIMIT;
  const found = points.flatMap(({ at }, i) => {
    const before = within(points, i - 1, -1, at - SIDE_MS);
    const after = within(points, i, 1, at + SIDE_MS);
    if (before.length < SIDE_POINTS || after.length < SIDE_POINTS) return [];
    const [from, to] = [median(before), median(after)];
    const change = Math.abs(to - from);
    const scatter = Math.max(deviation(before, from), deviation(after, to));
    const [low, high] = [Math.min(Math.abs(from), Math.abs(to)), Math.max(Math.abs(from), Math.abs(to))];
    const isClear = high >= FACTOR * low && change >= least && change > SCATTER * scatter;
    if (!isClear || course.as(from) === course.as(to)) return [];
    return [{ at, from, to, clearness: change / (scatter + high / 20), ratio: high / Math.max(low, high / 16) }];
  });
  // Of neighbours the clearest.
  const chosen: typeof found = [];
  for (const one of found.toSorted((a, b) => b.clearness - a.clearness))
    if (chosen.length < COURSES_EACH && chosen.every(({ at }) => Math.abs(at - one.at) > 2 * SIDE_MS)) chosen.push(one);
  return chosen.map(({ at: near, from, to, ratio }) => {
    const { target, metric, as } = course;
    const weight = 1 + Math.log2(ratio) / 8;
    const isAfter = ({ value }: Point): boolean => Math.abs(value - to) < Math.abs(value - from);
    // The first that is no single outlier.
    const first = points.findIndex(
      (point, i) => point.at > near - SIDE_MS && isAfter(point) && isAfter(points[i + 1] ?? point),
    );
    const at = points[first]?.at ?? near;
    return { at, target, metric, text: `${metric} ${as(from)} > ${as(to)}`, from: as(from), to: as(to), weight };
  });
}

/** The values from index `i` on, forwards or backwards, until `end`. */
function within(points: readonly Point[], i: number, step: 1 | -1, end: number): readonly number[] {
  const values: number[] = [];
  for (let at = i; at >= 0 && at < points.length; at += step) {
    const point = points[at];
    if (point === undefined || (step === 1 ? point.at > end : point.at < end)) break;
    values.push(point.value);
  }
  return values;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The median distance from `middle`. */
const deviation = (values: readonly number[], middle: number): number =>
  median(values.map((value) => Math.abs(value - middle)));

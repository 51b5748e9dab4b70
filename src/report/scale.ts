/** Where moments stand on an axis; long times without anything are drawn short. Pure. */
import { DAY, MINUTE } from '../incident/time.ts';

/** A time that is drawn shorter than the rest. */
export interface AxisBreak {
  readonly from: number;
  readonly to: number;
}
export interface TimeScale {
  readonly from: number;
  readonly to: number;
  readonly breaks: readonly AxisBreak[];
  x(at: number): number;
  /** Round times in between, and the first one after each break, far enough apart for their words. */
  readonly ticks: readonly number[];
}

const BREAK_WIDTH = 40;
/** Only a time that is long, and a good part of what would be drawn, is drawn short. */
const BREAK_MS = 30 * MINUTE;
const BREAK_SHARE = 0.25;
const BREAKS_MAX = 8;
const TICK_WIDTH = 70;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE);

/** `times`: of everything on the axis, sorted, at least one; drawn from `left` to `right`. */
export function scaleOf(times: readonly number[], left: number, right: number): TimeScale {
  const from = times[0] ?? 0;
  const to = Math.max(times.at(-1) ?? 0, from + MINUTE);
  const breaks = breaksIn(times, to - from);
  const hidden = breaks.reduce((sum, each) => sum + each.to - each.from, 0);
  const perMs = (right - left - breaks.length * BREAK_WIDTH) / Math.max(1, to - from - hidden);
  const x = (at: number): number => {
    const moment = Math.min(Math.max(at, from), to);
    let px = left + (moment - from) * perMs;
    for (const each of breaks) {
      const inside = Math.min(Math.max(moment - each.from, 0), each.to - each.from);
      px += inside * (BREAK_WIDTH / (each.to - each.from) - perMs);
    }
    return px;
  };
  return { from, to, breaks, x, ticks: ticksOf(from, to, breaks, x, perMs) };
}

function breaksIn(times: readonly number[], whole: number): readonly AxisBreak[] {
  const gaps = times.slice(1).map((to, i) => ({ from: times[i] ?? to, to }));
  let drawn = whole;
  return gaps
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .filter(({ from, to }) => {
      const isBreak = to - from >= BREAK_MS && to - from > drawn * BREAK_SHARE;
      if (isBreak) drawn -= to - from;
      return isBreak;
    })
    .slice(0, BREAKS_MAX)
    .sort((a, b) => a.from - b.from);
}

function ticksOf(
  from: number,
  to: number,
  breaks: readonly AxisBreak[],
  x: (at: number) => number,
  perMs: number,
): readonly number[] {
  const fits = (step: number): boolean => step * perMs >= TICK_WIDTH;
  const days = Math.max(1, Math.ceil(TICK_WIDTH / (perMs * DAY)));
  const step = STEPS.find(fits) ?? days * DAY;
  const starts = [from, ...breaks.map((each) => each.to)];
  const ends = [...breaks.map((each) => each.from), to];
  const ticks: number[] = [];
  for (const [i, start] of starts.entries()) {
    const end = ends[i] ?? to;
    // The first one keeps its place; round ones give way.
    const round = Array.from({ length: Math.floor(end / step) - Math.ceil(start / step) + 1 }, (_, n) => n);
    for (const at of [start, ...round.map((n) => (Math.ceil(start / step) + n) * step)]) {
      const last = ticks.at(-1);
      if (last === undefined || x(at) - x(last) >= TICK_WIDTH) ticks.push(at);
    }
  }
  return ticks;
}

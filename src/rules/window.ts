/** Increases and differences over a window: counted, or extrapolated as Prometheus does. */
import { known, type EvaluationContext, type Series } from './series.ts';

interface Increase {
  readonly increase: number;
  /** The time counted over, at least the window. */
  readonly ms: number;
  /** The samples cover less than the window: there may have been more. */
  readonly atLeast: boolean;
}

/** With less coverage a difference is unknown. */
const LEAST_COVERAGE = 0.5;

/**
 * The increase since the newest sample at or before the window's start (else the first inside). Never extrapolated:
 * whole events stay whole numbers. Null: stale, or fewer than two samples.
 */
export function countedIncrease(series: Series, windowMs: number, moment: EvaluationContext): Increase | null {
  const last = known(series, moment);
  const first = baseline(series, windowMs, moment);
  if (last < 1 || first >= last) return null;
  const ms = series.time(last) - series.time(first);
  return { increase: rise(series, first, last), ms: Math.max(ms, windowMs), atLeast: ms < windowMs };
}

/** A gauge's difference, by the same samples; null when they cover too little. */
export function difference(series: Series, windowMs: number, moment: EvaluationContext): number | null {
  const last = known(series, moment);
  const first = baseline(series, windowMs, moment);
  if (last < 1 || first >= last || series.time(last) - series.time(first) < windowMs * LEAST_COVERAGE) return null;
  return series.value(last) - series.value(first);
}

function baseline(series: Series, windowMs: number, { now, since }: EvaluationContext): number {
  const before = series.indexAt(now - windowMs);
  return before >= 0 && series.time(before) >= since
    ? before
    : series.indexAt(Math.max(now - windowMs, since - 1e-6)) + 1;
}

/** A drop or a new instance of the target counts from zero. */
function rise(series: Series, first: number, last: number): number {
  let sum = 0;
  for (let i = first + 1; i <= last; i++) {
    const value = series.value(i);
    const before = series.value(i - 1);
    const reset = value < before || series.instanceAt(i) !== series.instanceAt(i - 1);
    sum += reset ? value : value - before;
  }
  return sum;
}

/** A window with both ends closed, as in Prometheus 2. Null: no samples. */
export function windowOf(
  series: Series,
  rangeMs: number,
  offsetMs: number,
  { now, since }: EvaluationContext,
): { readonly first: number; readonly last: number } | null {
  const end = now - offsetMs;
  const last = series.indexAt(end);
  const at = series.indexAt(end - rangeMs);
  let first = at >= 0 && series.time(at) === end - rangeMs ? at : at + 1;
  while (first <= last && series.time(first) < since) first += 1;
  return first <= last ? { first, last } : null;
}

/** Prometheus' extrapolatedRate; null with fewer than two samples. */
export function extrapolated(
  series: Series,
  rangeMs: number,
  offsetMs: number,
  moment: EvaluationContext,
  mode: 'rate' | 'increase' | 'delta',
): number | null {
  const window = windowOf(series, rangeMs, offsetMs, moment);
  if (window === null || window.last === window.first) return null;
  const { first, last } = window;
  const counter = mode !== 'delta';
  const rangeEnd = moment.now - offsetMs;
  const change = counter ? lasting(series, first, last) : series.value(last) - series.value(first);
  let toStart = (series.time(first) - (rangeEnd - rangeMs)) / 1000;
  const toEnd = (rangeEnd - series.time(last)) / 1000;
  const sampled = (series.time(last) - series.time(first)) / 1000;
  const between = sampled / (last - first);
  if (counter && change > 0 && series.value(first) >= 0) {
    toStart = Math.min(toStart, sampled * (series.value(first) / change));
  }
  const threshold = between * 1.1;
  const interval = sampled + (toStart < threshold ? toStart : between / 2) + (toEnd < threshold ? toEnd : between / 2);
  const factor = interval / sampled / (mode === 'rate' ? rangeMs / 1000 : 1);
  return change * factor;
}

/** In this order, so that rounding is Prometheus'. */
function lasting(series: Series, first: number, last: number): number {
  let result = series.value(last) - series.value(first);
  for (let i = first + 1; i <= last; i++) {
    const before = series.value(i - 1);
    if (series.value(i) < before || series.instanceAt(i) !== series.instanceAt(i - 1)) result += before;
  }
  return result;
}

/** The regression line: slope per second, value at `atMs`. */
export function line(
  series: Series,
  first: number,
  last: number,
  atMs: number,
): { readonly slope: number; readonly intercept: number } {
  let n = 0;
  let [sumX, sumY, sumXY, sumX2] = [0, 0, 0, 0];
  let constant = true;
  for (let i = first; i <= last; i++) {
    const x = (series.time(i) - atMs) / 1000;
    const y = series.value(i);
    constant &&= y === series.value(first);
    n += 1;
    sumX += x;
    sumY += y;
    sumXY += x * y;
    sumX2 += x * x;
  }
  if (constant) return { slope: 0, intercept: series.value(first) };
  const slope = (sumXY - (sumX * sumY) / n) / (sumX2 - (sumX * sumX) / n);
  return { slope, intercept: sumY / n - (slope * sumX) / n };
}

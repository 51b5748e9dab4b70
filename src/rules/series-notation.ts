/** The series notation of rule tests: `up{job="a"}` and `0+10x5 _ stale 3`. */
import { parsePromql } from './parser.ts';
import type { Labels } from './labels.ts';

/** Null is a gap (`_`); `stale` ends the series. */
export type Point = number | null | 'stale';

const MAX_POINTS = 200_000;

const ITEM =
  /^(?:(_)(?:x(\d{1,9}))?|(stale)|([+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan))(?:([+-](?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan))?x(\d{1,9}))?)$/i;

/** The points, or a sentence on what is wrong. */
export function parsePoints(text: string): Point[] | string {
  const points: Point[] = [];
  for (const item of text.trim().split(/\s+/)) {
    if (item === '') continue;
    const parts = ITEM.exec(item);
    if (parts === null) return `${JSON.stringify(item)} is none of 1, 0+10x5, 7x3, _, _x4, stale`;
    const [, gap, gaps, stale, start, step, times] = parts;
    const count = Number(gaps ?? times ?? 0);
    if (points.length + count > MAX_POINTS) return `a series may have at most ${MAX_POINTS} values`;
    if (stale !== undefined) points.push('stale');
    else if (gap !== undefined) for (let i = 0; i < (gaps === undefined ? 1 : count); i++) points.push(null);
    else
      for (let i = 0, value = toNumber(start ?? ''); i <= count; i++, value += toNumber(step ?? '0'))
        points.push(value);
  }
  return points;
}

function toNumber(text: string): number {
  const bare = text.replace(/^[+-]/, '').toLowerCase();
  const size = bare === 'inf' ? Infinity : bare === 'nan' ? NaN : Number(bare);
  return text.startsWith('-') ? -size : size;
}

/** Parses `name{label="value"}`; else a sentence on what is wrong. */
export function parseSeriesName(text: string): { name: string; labels: Labels } | string {
  const { value, faults } = parsePromql(text.trim());
  if (value === null) return faults[0]?.message ?? 'this is no series';
  const plain = value.kind === 'selector' && value.rangeMs === null && value.offsetMs === 0;
  if (!plain || value.matchers.some(({ op }) => op !== '=')) return 'a series is written name{label="value"}';
  const labels = Object.fromEntries(value.matchers.map(({ name, value }) => [name, value]));
  const { __name__: other, ...rest } = labels;
  return { name: value.name === '' ? (other ?? '') : value.name, labels: rest };
}

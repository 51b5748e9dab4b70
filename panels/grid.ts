/** Lays metrics out as cells in columns, and bars and sparklines as rows: the body of a system's panel. */
import { bar, sparkline } from '../src/terminal/chart.ts';
import { cutLine, padLine, span, width, type Line, type Span } from '../src/terminal/text.ts';
import { mark, toneOf } from './health-style.ts';
import { judge, judgeAll, type MetricSpec, type Poll } from './metric.ts';

export interface Cell {
  readonly label: string;
  readonly value: string;
  readonly health: 'ok' | 'warn' | 'crit';
}

/** The cells of those metrics this target has. What was not read is `--`, never a zero. */
export function cells(metrics: readonly MetricSpec[], poll: Poll): readonly Cell[] {
  return judgeAll(metrics, poll).flatMap(({ spec, value, health }) =>
    spec.hidden || value === 'absent'
      ? []
      : [{ label: spec.label, value: value === null ? '--' : spec.as(value), health }],
  );
}

const GAP = 2;
const WIDE_FROM = 130;

/** Cells in as many columns as fit, row by row; each carries the shape of its state before its label. */
export function grid(all: readonly Cell[], cols: number, ascii: boolean): readonly Line[] {
  if (all.length === 0 || cols < 1) return [];
  const widest = Math.max(...all.map(({ label, value }) => 2 + width(label) + 1 + width(value)));
  // Far apart, metrics of one row no longer look like a row.
  const across = Math.max(1, Math.min(cols < WIDE_FROM ? 4 : 6, Math.floor((cols + GAP) / (widest + GAP))));
  const each = Math.floor((cols + GAP) / across);
  const lines: Line[] = [];
  for (let i = 0; i < all.length; i += across) {
    const row = all.slice(i, i + across).map((cell) => padLine(drawn(cell, ascii), each - GAP));
    lines.push(
      cutLine(
        row.flatMap((part, at) => (at === 0 ? part : [span(' '.repeat(GAP)), ...part])),
        cols,
      ),
    );
  }
  return lines;
}

function drawn({ label, value, health }: Cell, ascii: boolean): Line {
  const bad = health !== 'ok';
  return [
    ...(bad ? [mark(health, ascii), span(' ')] : [span('  ')]),
    span(label, 'dim'),
    span(' '),
    bad ? span(value, toneOf(health), { bold: true }) : span(value),
  ];
}

const LABEL = 6;
const labelled = (label: string, sign: Span = span(' ')): Line =>
  padLine([sign, span(' '), span(label, 'dim')], LABEL + 2);

/** `■ conn  ██████████░░ 88/100`: a share of a whole, marked when `spec` finds it bad. */
export function barRow(
  spec: MetricSpec,
  poll: Poll,
  share: number | null,
  words: string,
  cols: number,
  ascii: boolean,
): Line {
  const { health } = judge(spec, poll);
  const tone = health === 'ok' ? 'info' : toneOf(health);
  const room = Math.min(40, cols - LABEL - 2 - width(words) - 1);
  const drawing = room >= 4 ? [span(bar(share, room, ascii), tone), span(' ')] : [];
  const sign = health === 'ok' ? span(' ') : mark(health, ascii);
  const said = health === 'ok' ? span(words) : span(words, tone, { bold: true });
  return cutLine([...labelled(spec.label, sign), ...drawing, said], cols);
}

/** `  tx/s  ▁▁▂▃▅█ 212`. Null when there is nothing to draw. */
export function sparkRow(
  label: string,
  values: readonly (number | null)[],
  words: string,
  cols: number,
  ascii: boolean,
  max?: number,
): Line | null {
  const room = Math.min(60, cols - LABEL - 2 - width(words) - 1);
  if (room < 4) return null;
  const drawing = sparkline(values, room, { ascii, ...(max === undefined ? {} : { max }) });
  if (drawing === '') return null;
  return cutLine([...labelled(label), span(drawing, 'info'), span(' '), span(words)], cols);
}

/** How many values a sparkline of a panel this wide can show. */
export const sparkPoints = (cols: number): number => Math.max(1, Math.min(60, cols - LABEL - 2));

/** A row that may not exist, as rows. */
export const optional = (line: Line | null): readonly Line[] => (line === null ? [] : [line]);

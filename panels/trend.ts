/** The past of a target: a sparkline, or charts with what happened marked on their time axis. */
import type { Event } from '../src/incident/event.ts';
import { age, clockTime } from '../src/incident/time.ts';
import { type Marker, lineChart, sparkline } from '../src/terminal/chart.ts';
import { type Line, type Size, cutLine, glyphs, joinLines, lineWidth, span } from '../src/terminal/text.ts';
import { indented, sideBySide } from './lines.ts';
import { samplesOf } from './measure.ts';
import { type MemoSlot, Memory } from './memo.ts';
import type { Poll } from './metric.ts';
import type { Model } from './model.ts';
import type { Format } from './numbers.ts';
import { LABEL, labelled } from './table.ts';

export interface Trend {
  readonly label: string;
  /** The label in full, over a chart. */
  readonly says: string;
  readonly metric: string;
  readonly as: Format;
  /** Highest value of the axis, where there is a natural one. */
  readonly max?: number;
  /** The metric is a counter: its change per second is drawn. */
  readonly perSecond?: true;
}

const spanOf = (model: Model): number => model.chart?.spanMs ?? 15 * 60_000;

/** Some counters of PostgreSQL change only every 10 s: a shorter window shows spikes. */
const WINDOW_MS = 10_000;

/** The change per second of a counter over a window before each value; a smaller value is a restart from zero. */
function changes(values: readonly (number | null)[], stepMs: number): readonly (number | null)[] {
  const reach = Math.max(1, Math.round(WINDOW_MS / stepMs));
  return values.map((value, i) => {
    if (value === null) return null;
    let from = Math.max(0, i - reach);
    while (from < i && (values[from] ?? null) === null) from++;
    const before = values[from] ?? null;
    if (before === null || from === i) return null;
    return ((value < before ? value : value - before) * 1000) / ((i - from) * stepMs);
  });
}

/** The values of the span, oldest first. */
function past(trend: Trend, { target, mono }: Poll, spanMs: number): readonly (number | null)[] {
  const reach = trend.perSecond ? WINDOW_MS : 0;
  const values = target.history(trend.metric, Math.ceil((spanMs + reach) / target.intervalMs), mono);
  const drawn = trend.perSecond ? changes(values, target.intervalMs) : values;
  return drawn.slice(-Math.ceil(spanMs / target.intervalMs));
}

interface Mark extends Omit<Marker, 'index'> {
  /** ms since 1970. */
  readonly at: number;
}

/** How an event is marked on a time axis; null when it is not. */
function markOf(event: Event, ascii: boolean): Omit<Mark, 'at'> | null {
  const signs = glyphs(ascii);
  switch (event.kind) {
    case 'alert_changed': {
      const { rule, to } = event.data;
      if (to === 'firing') return { glyph: signs.crit, label: rule, tone: 'crit' };
      if (to === 'no_data') return { glyph: signs.noData, label: rule, tone: 'stale' };
      return to === 'resolved' ? { glyph: signs.ok, label: rule, tone: 'ok' } : null;
    }
    case 'declared':
      return { glyph: signs.warn, label: event.data.severity, tone: 'warn' };
    case 'severity_set':
      return { glyph: signs.warn, label: event.data.to, tone: 'warn' };
    case 'status_set':
      return { glyph: signs.bullet, label: event.data.to, tone: 'info' };
    case 'change_marked':
      return { glyph: signs.up, label: event.data.what, tone: 'key' };
    default:
      return null;
  }
}

/** The marked events within the span, in the order of the record. */
const marksOf = (model: Model): readonly Mark[] =>
  model.events.flatMap((event) => {
    const mark = markOf(event, model.ascii);
    if (mark === null) return [];
    const at = Date.parse(event.at);
    return at < model.now - spanOf(model) || at > model.now ? [] : [{ ...mark, at }];
  });

/** What the markers of a chart stand for: `↑ 03:32 4f2c1a  ■ 03:34 http_5xx`; the newest where room is short. */
function markerRow(model: Model, cols: number): Line {
  let line: Line = [];
  for (const { glyph, label, tone, at } of marksOf(model).toReversed()) {
    const time = clockTime(at, model.zone, false);
    const longer = [span(glyph, tone), span(` ${time} `, 'dim'), span(label), span('  '), ...line];
    if (lineWidth(longer) > cols) break;
    line = longer;
  }
  return line;
}

/** A chart is drawn at most once a second, because it reads hours of values. */
const CHARTS: MemoSlot<Memory<Poll, readonly Line[]>> = () => new Memory();

/** One chart with its heading, exactly `rows` rows. */
function chart(trend: Trend, poll: Poll, model: Model, size: Size): readonly Line[] {
  if (model.memo === undefined) return drawnChart(trend, poll, model, size);
  const { incident, events, zone, ascii, now } = model;
  const drawn = [trend.metric, trend.says, size.cols, size.rows, spanOf(model), zone, ascii, Math.floor(now / 1000)];
  const record = [incident?.id, events[0]?.seq, events.at(-1)?.seq];
  const key = [...drawn, ...record].join(' ');
  return model.memo.in(CHARTS).get(poll, key, () => drawnChart(trend, poll, model, size));
}

function drawnChart(trend: Trend, poll: Poll, model: Model, { cols, rows }: Size): readonly Line[] {
  const spanMs = spanOf(model);
  const from = model.now - spanMs;
  const values = past(trend, poll, spanMs);
  const last = values.at(-1) ?? null;
  const now = last === null || poll.old ? '' : `now ${trend.as(last)}`;
  const head = joinLines([span(trend.says, 'title'), span(`  last ${age(spanMs)}`, 'dim')], [span(now)], cols);
  const options = {
    ascii: model.ascii,
    format: trend.as,
    max: trend.max,
    tone: poll.old ? 'dim' : 'info',
    ends: [clockTime(from, model.zone, false), 'now'],
    markers: marksOf(model).map(({ at, ...mark }) => ({
      ...mark,
      index: Math.min(values.length - 1, Math.floor(((at - from) / spanMs) * values.length)),
    })),
  } as const;
  return [head, ...lineChart(values, { cols, rows: rows - 1 }, options)];
}

export const hasTrend = ({ metric }: Trend, { reading }: Poll): boolean => samplesOf(reading, metric).length > 0;

/** From this height on a row is left for what the markers stand for. */
const LEGEND_FROM = 7;

/** A chart for each trend, side by side, and what their markers stand for; `none` where a target has no values. */
export function trendCharts(
  all: readonly { readonly trend: Trend; readonly poll: Poll | null; readonly none: string }[],
  model: Model,
  { cols, rows }: Size,
  gap: number,
): readonly Line[] {
  const each = Math.floor((cols - 2 - gap * (all.length - 1)) / all.length);
  const marks = rows < LEGEND_FROM ? [] : markerRow(model, cols - 2);
  const legend = marks.length === 0 ? [] : [marks];
  const size = { cols: each, rows: rows - legend.length };
  const blocks = all.map(({ trend, poll, none }) =>
    poll === null || !hasTrend(trend, poll) ? [[span(none, 'dim')]] : chart(trend, poll, model, size),
  );
  return [...sideBySide(blocks, each, gap), ...legend].map((line) => [span('  '), ...line]);
}

/** `  tx/s  ▁▁▂▃▅█`. A target that has the metric keeps the row, so that silence does not move what is below. */
export function sparkRows(trend: Trend, poll: Poll, cols: number, ascii: boolean): readonly Line[] {
  if (!hasTrend(trend, poll)) return [];
  const points = Math.max(1, Math.min(60, cols - LABEL));
  const values = poll.target.history(trend.metric, points, poll.mono);
  const drawing = sparkline(values, Math.min(60, cols - LABEL - 1), { ascii, max: trend.max });
  if (drawing === '' || cols < LABEL + 5) return [indented(`${trend.label}  no value in this time`, cols, 'dim')];
  return [cutLine([...labelled(trend.label), span(drawing, 'info')], cols)];
}

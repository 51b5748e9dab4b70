/** The past of a target as a line chart: one metric over the span looked at, and on its time axis what happened then. */
import type { Event } from '../src/incident/event.ts';
import { age, clockTime } from '../src/incident/time.ts';
import { lineChart, type Marker } from '../src/terminal/chart.ts';
import { plot } from '../src/terminal/plot.ts';
import { cutLine, glyphs, joinLines, lineWidth, span, type Line, type Size } from '../src/terminal/text.ts';
import type { Poll } from './metric.ts';
import { type Slot, Memory } from './memo.ts';
import type { Model } from './model.ts';

/** What a chart of a panel shows. */
export interface Trend {
  readonly label: string;
  /** The label in full, over a chart. */
  readonly says: string;
  readonly metric: string;
  readonly as: (value: number) => string;
  /** Highest value of the axis, where it has a natural one. */
  readonly max?: number;
  /** The metric is a counter: what is drawn is its change per second. */
  readonly perSecond?: true;
}

const USUAL_MS = 15 * 60_000;

export const spanOf = (model: Model): number => model.chart?.spanMs ?? USUAL_MS;

/** PostgreSQL flushes its counters at most once a second, and some only every 10 s: a shorter window shows spikes. */
const WINDOW_MS = 10_000;

/** The change per second of a counter over a window before each value; a smaller value is a fresh start from zero. */
export function trendChanges(values: readonly (number | null)[], stepMs: number): readonly (number | null)[] {
  const reach = Math.max(1, Math.round(WINDOW_MS / stepMs));
  return values.map((value, i) => {
    if (value === null) return null;
    let from = Math.max(0, i - reach);
    while (from < i && (values[from] ?? null) === null) from++;
    const before = values[from];
    if (from === i || before === null || before === undefined) return null;
    return ((value < before ? value : value - before) * 1000) / ((i - from) * stepMs);
  });
}

/** The values of the span, oldest first. */
function past(trend: Trend, { target, mono }: Poll, spanMs: number): readonly (number | null)[] {
  const reach = trend.perSecond ? WINDOW_MS : 0;
  const points = Math.ceil((spanMs + reach) / target.intervalMs);
  const values = target.history(trend.metric, points, mono);
  const drawn = trend.perSecond ? trendChanges(values, target.intervalMs) : values;
  return drawn.slice(-Math.ceil(spanMs / target.intervalMs));
}

/** How an event is marked on a time axis; null when it is not. */
function markOf(event: Event, ascii: boolean): Omit<Marker, 'index'> | null {
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

interface Marked extends Omit<Marker, 'index'> {
  /** ms since 1970. */
  readonly at: number;
}

/** The events that are marked within the span, in the order of the record. */
const marksOf = ({ events, ascii, now }: Model, spanMs: number): readonly Marked[] =>
  events.flatMap((event) => {
    const mark = markOf(event, ascii);
    const at = mark === null ? 0 : Date.parse(event.at);
    return mark === null || at < now - spanMs || at > now ? [] : [{ ...mark, at }];
  });

/** What the markers of a chart stand for, in one row: `↑ 03:32 4f2c1a  ■ 03:34 http_5xx`; the newest where room is short. */
export function markerRow(model: Model, cols: number): Line {
  let line: Line = [];
  for (const { glyph, label, tone, at } of marksOf(model, spanOf(model)).toReversed()) {
    const time = clockTime(at, model.zone, false);
    const part: Line = [span(glyph, tone), span(` ${time} `, 'dim'), span(label), span('  ')];
    if (lineWidth([...part, ...line]) > cols) break;
    line = [...part, ...line];
  }
  return line;
}

/** What happened within the span, at its place among `count` values. */
function markers(model: Model, spanMs: number, count: number): readonly Marker[] {
  const from = model.now - spanMs;
  return marksOf(model, spanMs).map(({ at, ...mark }) => ({
    ...mark,
    index: Math.min(count - 1, Math.floor(((at - from) / spanMs) * count)),
  }));
}

/** Charts are drawn once a second: hours of values are looked through for one. */
const CHARTS: Slot<Memory<Poll, readonly Line[]>> = { blank: () => new Memory() };

/** One chart with its heading, exactly `rows` rows. */
export function trendRows(trend: Trend, poll: Poll, model: Model, size: Size): readonly Line[] {
  const draw = (): readonly Line[] => drawnRows(trend, poll, model, size);
  if (model.memo === undefined) return draw();
  const { incident, events, zone, ascii, now } = model;
  const looked = [trend.metric, trend.says, size.cols, size.rows, spanOf(model), zone, ascii];
  const record = [incident?.id, events[0]?.seq, events.at(-1)?.seq];
  return model.memo.in(CHARTS).get(poll, [...looked, ...record, Math.floor(now / 1000)].join(' '), draw);
}

function drawnRows(trend: Trend, poll: Poll, model: Model, { cols, rows }: Size): readonly Line[] {
  const spanMs = spanOf(model);
  const values = past(trend, poll, spanMs);
  const last = values.at(-1) ?? null;
  const now = last === null || poll.old ? '' : `now ${trend.as(last)}`;
  const head = joinLines([span(trend.says, 'title'), span(`  last ${age(spanMs)}`, 'dim')], [span(now)], cols);
  const chart = lineChart(
    values,
    { cols, rows: rows - 1 },
    {
      ascii: model.ascii,
      format: trend.as,
      max: trend.max,
      tone: poll.old ? 'dim' : 'info',
      stretch: true,
      draw: model.ascii ? undefined : plot,
      ends: [clockTime(model.now - spanMs, model.zone, false), 'now'],
      markers: markers(model, spanMs, values.length),
    },
  );
  return [head, ...chart].map((line) => cutLine(line, cols));
}

/** One target: as one row, as a block, or, zoomed, with charts and tables of everything that is known of it. */
import { age } from '../src/incident/time.ts';
import { sparkline } from '../src/terminal/chart.ts';
import {
  cutLine,
  joinLines,
  lineWidth,
  padLine,
  span,
  width,
  wrapText,
  type Line,
  type Size,
} from '../src/terminal/text.ts';
import { badge, mark, toneOf } from './health-style.ts';
import { samplesOf } from './measure.ts';
import type { Poll } from './metric.ts';
import { type Section, optionalColumn, sparkPoints, sparkRow } from './table.ts';
import type { TargetKind } from './target-kind.ts';
import { ageOf, type Model } from './model.ts';
import { took } from './numbers.ts';
import { isAbsent, missingWords, healthInWords, type TargetHealth } from './target-health.ts';
import { markerRow, trendRows, type Trend } from './trend.ts';

/** The line with all its colours dimmed, for values that may be out of date. */
const fade = (line: Line): Line =>
  line.map(({ text, inverse }) => (inverse ? span(text, 'dim', { inverse }) : span(text, 'dim')));

/** From here on a row has room for the past. */
const TREND_FROM = 60;
const TREND = 14;

/** `✓ orders-db  88/100` or `■ orders-db  refused: nothing listens there`: all of a target in one row. */
export function compact(system: TargetKind, state: TargetHealth, names: number, cols: number, model: Model): Line {
  const { ascii, mono } = model;
  const { target, health, poll, faded, live } = state;
  const name = padLine([span(target.name, 'title')], Math.max(1, names));
  const left: Line = [mark(health, ascii), span(' '), ...name, span('  ')];
  const brief = poll === null ? '' : system.brief(poll);
  const tone = faded ? 'dim' : 'plain';
  const { metric } = system.trends[0];
  const past = live && cols >= TREND_FROM ? sparkline(target.history(metric, TREND, mono), TREND, { ascii }) : '';
  const right: Line = live
    ? [span(past, faded ? 'dim' : 'info'), span(past === '' ? '' : ' '), ...padLeft(answered(state, mono), 6)]
    : [];
  if (health === 'ok') return joinLines([...left, span(brief, tone)], right, cols);
  const said = span(healthInWords(state), toneOf(health));
  const values = brief === '' ? [] : [span('  '), span(poll?.old ? `${brief} (old)` : brief, tone)];
  const words = live ? [...left, said] : [...left, said, ...values];
  return lineWidth(words) + lineWidth(right) < cols ? joinLines(words, right, cols) : cutLine(words, cols);
}

const padLeft = (line: Line, cols: number): Line => [span(' '.repeat(Math.max(0, cols - lineWidth(line)))), ...line];

/** How long the last answer took, or, when it is late, how old it is. */
function answered({ target, poll, faded }: TargetHealth, mono: number): Line {
  if (poll === null) return [];
  if (faded) return [span(`${age(ageOf(target, mono) ?? 0)} ago`, 'stale')];
  return [span(took(poll.reading.durationMs / 1000))];
}

/** Dim words about why there is nothing to show, where that is not a problem. */
export const hint = (words: string, cols: number): readonly Line[] =>
  wrapText(words, Math.max(1, cols)).map((row) => cutLine([span(row, 'dim')], cols));

/** From this size on a block is zoomed: it has charts. */
export const ZOOM = { cols: 50, rows: 16 };

/** A target with room: its head, one row of facts or reasons, then its body. Never more than `size.rows` lines. */
export function block(system: TargetKind, state: TargetHealth, size: Size, model: Model): readonly Line[] {
  const { target, health, live } = state;
  const { cols, rows } = size;
  const { ascii } = model;
  if (isAbsent(state)) return hint(state.reason, cols).slice(0, rows);
  const isZoomed = rows >= ZOOM.rows && cols >= ZOOM.cols;
  const body = bodyOf(system, state, cols, ascii, isZoomed);
  if (rows < 4) return [compact(system, state, width(target.name), cols, model), ...body].slice(0, rows);
  const word = badge(health, ascii, health === 'stale' ? state.word : '');
  const head = joinLines([word, span('  '), span(target.name, 'title')], live ? answered(state, model.mono) : [], cols);
  const top = [head, ...reasonRows(system, state, size, isZoomed), ...body];
  if (isZoomed) return zoomed(system, state, top, size, model);
  return filledUp(top, sectionsOf(system, state, cols, ascii), rows);
}

/** Sections as far as they say something: a heading and a table's head alone are noise. */
function filledUp(top: readonly Line[], sections: readonly Section[], rows: number): readonly Line[] {
  const lines = [...top];
  for (const section of sections)
    if (rows - lines.length >= Math.min(section.urgent ? 2 : 3, section.lines.length + 1))
      lines.push(...headed(section));
  return lines.slice(0, rows);
}

/** Rows a chart needs to say something, and may have at most while others wait below it. */
const CHART = { least: 8, share: 0.4 };
const URGENT_LEAST = 5;
/** From this height on a chart gives a row to what its markers stand for. */
const LEGEND_FROM = 7;

/** What is urgent above the charts, everything else below; what does not fit is counted. */
function zoomed(
  system: TargetKind,
  state: TargetHealth,
  top: readonly Line[],
  { cols, rows }: Size,
  model: Model,
): readonly Line[] {
  const most = Math.max(CHART.least + 2, Math.floor(rows * CHART.share));
  const urgent = sectionsOf(system, state, cols, model.ascii)
    .filter((each) => each.urgent)
    .map((section) => atMost(section, Math.max(URGENT_LEAST, Math.min(most, rows - top.length - CHART.least - 3))));
  const above = [...top, ...urgent.flatMap(spaced)];
  const below = columnsOf(system, state, cols, model.ascii);
  const room = rows - above.length;
  const height = Math.min(most, Math.max(CHART.least, room - below.length));
  const { poll } = state;
  // Where one can page, charts that do not fit stand further down.
  const isRoom = room > CHART.least || model.paged !== undefined;
  const charts = poll === null || !isRoom ? [] : chartsOf(system, poll, { cols, rows: height }, model);
  return paged([...above, ...charts, ...below], rows, cols, model.paged);
}

/** The rows from where one has paged to, below the head; the last one counts what is still to come. */
function paged(lines: readonly Line[], rows: number, cols: number, wanted?: number): readonly Line[] {
  const from = Math.max(0, Math.min(wanted ?? 0, lines.length - rows));
  const shown = [...lines.slice(0, 1), ...lines.slice(1 + from)];
  const over = shown.length - rows + 1;
  if (over <= 1) return shown;
  const keys = wanted === undefined ? '' : ': PgDn, PgUp to the top';
  return [...shown.slice(0, rows - 1), cutLine([span(`  +${over} more rows${keys}`, 'dim')], cols)];
}

/** At most `most` rows of a section, so that a long one leaves room for the rest of the panel. */
function atMost(section: Section, most: number): Section {
  const { lines } = section;
  const over = lines.length - most + 1;
  return over <= 1 ? section : { ...section, lines: [...lines.slice(0, most - 1), [span(`  +${over} more`, 'dim')]] };
}

/** From this width on what is not urgent stands in two columns, each section in the shorter one. */
const TWO_FROM = 110;

function columnsOf(system: TargetKind, state: TargetHealth, cols: number, ascii: boolean): readonly Line[] {
  const half = cols < TWO_FROM ? cols : Math.floor((cols - 2) / 2);
  const sections = sectionsOf(system, state, half, ascii).filter((each) => !each.urgent);
  if (half === cols) return sections.flatMap(spaced);
  const [left, right]: [Line[], Line[]] = [[], []];
  for (const section of sections) (right.length < left.length ? right : left).push(...spaced(section));
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [
    ...padLine(left[i] ?? [], half),
    span('  '),
    ...(right[i] ?? []),
  ]);
}

/** Two charts beside each other where there is room for two, and below them what their markers stand for. */
function chartsOf({ trends }: TargetKind, poll: Poll, { cols, rows }: Size, model: Model): readonly Line[] {
  const [first, second] = trends.filter((trend) => hasTrend(trend, poll));
  if (first === undefined) return [];
  const { legend, height } = legendOf(model, cols, rows - 1);
  const indent = (line: Line): Line => [span('  '), ...line];
  if (second === undefined || cols < 2 * ZOOM.cols) {
    const chart = trendRows(first, poll, model, { cols: cols - 2, rows: height });
    return [[], ...chart.map(indent), ...legend];
  }
  const half = Math.floor((cols - 6) / 2);
  const [left, right] = [first, second].map((trend) => trendRows(trend, poll, model, { cols: half, rows: height }));
  const both = (left ?? []).map((line, i) => [...indent(padLine(line, half)), span('    '), ...(right?.[i] ?? [])]);
  return [[], ...both, ...legend];
}

/** A row of charts that are not too low for it. */
function legendOf(
  model: Model,
  cols: number,
  rows: number,
): { readonly legend: readonly Line[]; readonly height: number } {
  const marks = markerRow(model, cols - 2);
  if (marks.length === 0 || rows < LEGEND_FROM) return { legend: [], height: rows };
  return { legend: [[span('  '), ...marks]], height: rows - 1 };
}

const hasTrend = ({ metric }: Trend, { reading }: Poll): boolean => samplesOf(reading, metric).length > 0;

/** A chart for each of several targets, side by side; their names over them. */
export function chartRow(
  system: TargetKind,
  states: readonly TargetHealth[],
  { cols, rows }: Size,
  model: Model,
): readonly Line[] {
  const each = Math.floor((cols - 2) / states.length) - CHART_GAP;
  const { legend, height } = legendOf(model, cols, rows);
  const [trend] = system.trends;
  const charts = states.map(({ target, poll }) =>
    poll === null || !hasTrend(trend, poll)
      ? [[span(`${target.name}: no data`, 'dim')]]
      : trendRows({ ...trend, says: `${target.name} · ${trend.says}` }, poll, model, { cols: each, rows: height }),
  );
  const beside = Array.from({ length: height }, (_, row) =>
    charts.flatMap((chart): Line => [span(' '.repeat(CHART_GAP)), ...padLine(chart[row] ?? [], each)]),
  );
  return [...beside, ...legend];
}
const CHART_GAP = 2;

const headed = ({ title, lines }: Section): readonly Line[] =>
  lines.length === 0 ? [] : [[span('  '), span(title, 'dim')], ...lines];
const spaced = ({ title, lines }: Section): readonly Line[] =>
  lines.length === 0 ? [] : [[], [span('  '), span(title, 'title')], ...lines];

function sectionsOf(
  system: TargetKind,
  { poll, faded }: TargetHealth,
  cols: number,
  ascii: boolean,
): readonly Section[] {
  if (poll === null) return [];
  const sections = system.sections(poll, cols, ascii);
  return faded ? sections.map((each) => ({ ...each, lines: each.lines.map(fade) })) : sections;
}

/** One row while the target answers, so that nothing below moves; as many as the words need when it does not. */
function reasonRows(system: TargetKind, state: TargetHealth, { cols, rows }: Size, isZoomed: boolean): readonly Line[] {
  const { health, poll, live } = state;
  const words = poll === null ? '' : system.about(poll);
  const advice = isZoomed ? (poll?.reading.facts['advice'] ?? '') : '';
  const about = [words, advice]
    .filter((text) => text !== '')
    .map((text) => cutLine([span('  '), span(text, 'dim')], cols));
  if (health === 'ok') return about.length === 0 ? [[]] : about;
  const retry = state.target.reading?.facts['retry'];
  const reason = live || retry === undefined ? state.reason : `${state.reason}; ${retry}`;
  const tone = toneOf(health);
  // Figures may be bad while others could not be read at all: one must not hide the other.
  const unread = live && health !== 'partial' && rows >= 6 ? missingWords(poll?.reading.facts ?? {}) : '';
  const missing = unread === '' ? [] : [cutLine([span('  '), span(`PARTIAL: ${unread}`, toneOf('partial'))], cols)];
  const said =
    live && health !== 'partial' && !isZoomed
      ? [cutLine([span('  '), span(reason, tone)], cols)]
      : wrapText(reason, Math.max(1, cols - 2))
          .slice(0, 3)
          .map((row) => cutLine([span('  '), span(row, tone)], cols));
  return [...said, ...missing, ...(isZoomed ? about : [])];
}

function bodyOf(
  system: TargetKind,
  state: TargetHealth,
  cols: number,
  ascii: boolean,
  isZoomed: boolean,
): readonly Line[] {
  const { poll, faded } = state;
  if (poll === null) return [];
  const body = system.body(poll, cols, ascii);
  const at = isZoomed ? null : system.trendAfter;
  const lines =
    at === null ? body : [...body.slice(0, at), ...optionalColumn(past(system, poll, cols, ascii)), ...body.slice(at)];
  if (!faded) return lines;
  const dim = lines.map(fade);
  // The head of a stale target says its age already.
  if (!poll.old || dim.length === 0 || state.health === 'stale') return dim;
  const ago = `(old) last read ${age(Math.max(0, poll.now - poll.reading.at))} ago`;
  return [cutLine([span('  '), span(ago, 'stale')], cols), ...dim];
}

/** A target that has the metric keeps the row, so that silence does not move what is below. */
function past({ trends: [trend] }: TargetKind, poll: Poll, cols: number, ascii: boolean): Line | null {
  if (!hasTrend(trend, poll)) return null;
  const values = poll.target.history(trend.metric, sparkPoints(cols), poll.mono);
  const row = sparkRow(trend.label, values, '', cols, ascii, trend.max);
  return row ?? cutLine([span(`  ${trend.label}  no value in this time`, 'dim')], cols);
}

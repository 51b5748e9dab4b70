/** One target: as one row, as a block, or zoomed, with charts and tables of everything that is known. */
import { age } from '../src/incident/time.ts';
import { sparkline } from '../src/terminal/chart.ts';
import { type Line, type Size, cutLine, joinLines, lineWidth, padLine, span, width } from '../src/terminal/text.ts';
import { badge, mark, toneOf } from './health-style.ts';
import { indented, limited, present, sideBySide, textRow, textRows } from './lines.ts';
import { type Model, ageOf } from './model.ts';
import { took } from './numbers.ts';
import type { Section } from './table.ts';
import { type TargetHealth, healthInWords, missingWords } from './target-health.ts';
import { trendCharts, hasTrend, sparkRows } from './trend.ts';

/** The line dimmed, for values that may be out of date. */
const fade = (line: Line): Line =>
  line.map(({ text, inverse }) => span(text, 'dim', inverse ? { inverse } : undefined));

/** From this width on a row has room for a sparkline. */
const TREND_FROM = 60;
const TREND_COLS = 14;

/** `✓ orders-db  88/100` or `■ orders-db  refused: nothing listens there`; the name takes `names` cells. */
export function compact(state: TargetHealth, names: number, model: Model, cols: number): Line {
  const { kind, target, health, poll, faded, live } = state;
  const { ascii, mono } = model;
  const name = padLine([span(target.name, 'title')], Math.max(1, names));
  const left: Line = [mark(health, ascii), span(' '), ...name, span('  ')];
  const brief = poll === null ? '' : kind.brief(poll);
  const tone = faded ? 'dim' : 'plain';
  const trend = live && cols >= TREND_FROM ? target.history(kind.trends[0].metric, TREND_COLS, mono) : [];
  const past = sparkline(trend, TREND_COLS, { ascii });
  const time = answered(state, mono);
  const pad = ' '.repeat(Math.max(0, 6 - lineWidth(time)));
  const right: Line = live ? [span(past, faded ? 'dim' : 'info'), span(past === '' ? pad : ` ${pad}`), ...time] : [];
  if (health === 'ok') return joinLines([...left, span(brief, tone)], right, cols);
  const said: Line = [...left, span(healthInWords(state), toneOf(health))];
  const values = live || brief === '' ? [] : [span('  '), span(poll?.old ? `${brief} (old)` : brief, tone)];
  const words = [...said, ...values];
  return lineWidth(words) + lineWidth(right) < cols ? joinLines(words, right, cols) : cutLine(words, cols);
}

/** How long the last answer took or, when it is late, how old it is. */
function answered({ target, poll, faded }: TargetHealth, mono: number): Line {
  if (poll === null) return [];
  return [faded ? span(`${age(ageOf(target, mono) ?? 0)} ago`, 'stale') : span(took(poll.reading.durationMs / 1000))];
}

/** From this size on a block is zoomed: it has charts. */
export const ZOOM = { cols: 50, rows: 16 };

/** A target with room for its head, a row of facts or reasons, and its body: at most `size.rows` lines. */
export function block(state: TargetHealth, model: Model, size: Size): readonly Line[] {
  const { target, health, live, reason } = state;
  const { cols, rows } = size;
  if (health === 'none') return textRows(reason, cols).slice(0, rows);
  const isZoomed = rows >= ZOOM.rows && cols >= ZOOM.cols;
  const body = bodyOf(state, model, cols, isZoomed);
  if (rows < 4) return [compact(state, width(target.name), model, cols), ...body].slice(0, rows);
  const word = badge(health, model.ascii, health === 'stale' ? state.word : '');
  const head = joinLines([word, span('  '), span(target.name, 'title')], live ? answered(state, model.mono) : [], cols);
  const lines = [head, ...reasonRows(state, size, isZoomed), ...body];
  if (isZoomed) return zoomed(state, lines, model, size);
  for (const { title, lines: table, urgent } of sectionsOf(state, model, cols))
    // A heading and the head of a table alone say nothing.
    if (table.length > 0 && rows - lines.length >= Math.min(urgent ? 2 : 3, table.length + 1))
      lines.push(indented(title, cols, 'dim'), ...table);
  return lines.slice(0, rows);
}

/** Rows a chart needs. */
const CHART_ROWS = 8;
const URGENT_ROWS = 5;
/** From this width on what is not urgent stands in two columns. */
const TWO_FROM = 110;

/** What is urgent above the charts, everything else below; the last row counts what does not fit. */
function zoomed(state: TargetHealth, top: readonly Line[], model: Model, { cols, rows }: Size): readonly Line[] {
  const most = Math.max(CHART_ROWS + 2, Math.floor(rows * 0.4));
  const urgentRows = Math.max(URGENT_ROWS, Math.min(most, rows - top.length - CHART_ROWS - 3));
  const urgent = sectionsOf(state, model, cols)
    .filter((section) => section.urgent)
    .flatMap(({ title, lines }) =>
      spaced(
        title,
        limited(lines, urgentRows, (hidden) => more(hidden, cols)),
      ),
    );
  const above = [...top, ...urgent];
  const below = notUrgent(state, model, cols);
  const room = rows - above.length;
  // Where one can page, charts that do not fit stand further down.
  const isRoom = room > CHART_ROWS || model.paged !== undefined;
  const height = Math.min(most, Math.max(CHART_ROWS, room - below.length));
  const lines = [...above, ...(isRoom ? chartsOf(state, model, { cols, rows: height }) : []), ...below];
  // The head stays; the rows below it are paged.
  const from = Math.max(0, Math.min(model.paged ?? 0, lines.length - rows));
  const keys = model.paged === undefined ? '' : ': PgDn, PgUp to the top';
  return limited([...lines.slice(0, 1), ...lines.slice(1 + from)], rows, (hidden) =>
    more(hidden, cols, ` rows${keys}`),
  );
}

const more = (hidden: readonly Line[], cols: number, words = ''): Line =>
  indented(`+${hidden.length} more${words}`, cols, 'dim');

/** The sections that are not urgent; in two columns each stands in the shorter one. */
function notUrgent(state: TargetHealth, model: Model, cols: number): readonly Line[] {
  const each = cols < TWO_FROM ? cols : Math.floor((cols - 2) / 2);
  const blocks = sectionsOf(state, model, each)
    .filter(({ urgent }) => !urgent)
    .map(({ title, lines }) => spaced(title, lines));
  if (each === cols) return blocks.flat();
  const [left, right]: [Line[], Line[]] = [[], []];
  for (const lines of blocks) (right.length < left.length ? right : left).push(...lines);
  return sideBySide([left, right], each, 2);
}

/** Two charts where there is room for two. */
function chartsOf({ kind, poll }: TargetHealth, model: Model, { cols, rows }: Size): readonly Line[] {
  const drawn = kind.trends.filter((trend) => poll !== null && hasTrend(trend, poll));
  if (drawn.length === 0) return [];
  const shown = drawn.slice(0, cols < 2 * ZOOM.cols ? 1 : 2).map((trend) => ({ trend, poll, none: '' }));
  return [[], ...trendCharts(shown, model, { cols, rows: rows - 1 }, 4)];
}

const spaced = (title: string, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [[], [span('  '), span(title, 'title')], ...lines];

function sectionsOf({ kind, poll, faded }: TargetHealth, { ascii }: Model, cols: number): readonly Section[] {
  const sections = poll === null ? [] : kind.sections(poll, cols, ascii);
  return faded ? sections.map((each) => ({ ...each, lines: each.lines.map(fade) })) : sections;
}

/** One row while the target answers, so that nothing below moves; as many as the words need when it does not. */
function reasonRows(state: TargetHealth, { cols, rows }: Size, isZoomed: boolean): readonly Line[] {
  const { kind, target, health, poll, live, reason } = state;
  const facts = poll?.reading.facts ?? {};
  const about = present([poll === null ? '' : kind.about(poll), isZoomed ? facts['advice'] : '']).map((words) =>
    indented(words, cols, 'dim'),
  );
  if (health === 'ok') return about.length === 0 ? [[]] : about;
  const retry = live ? undefined : target.reading?.facts['retry'];
  const words = retry === undefined ? reason : `${reason}; ${retry}`;
  const isShort = live && health !== 'partial' && !isZoomed;
  const tone = toneOf(health);
  const said = isShort ? [textRow(words, cols - 2, tone)] : textRows(words, cols - 2, tone).slice(0, 3);
  // Some values may be bad while others could not be read: both are said.
  const unread = live && health !== 'partial' && rows >= 6 ? missingWords(facts) : '';
  return [
    ...said.map((row) => cutLine([span('  '), ...row], cols)),
    ...(unread === '' ? [] : [indented(`PARTIAL: ${unread}`, cols, toneOf('partial'))]),
    ...(isZoomed ? about : []),
  ];
}

function bodyOf({ kind, poll, faded, health }: TargetHealth, model: Model, cols: number, isZoomed: boolean): Line[] {
  if (poll === null) return [];
  const lines = [...kind.body(poll, cols, model.ascii)];
  if (!isZoomed && kind.trendAfter !== null)
    lines.splice(kind.trendAfter, 0, ...sparkRows(kind.trends[0], poll, cols, model.ascii));
  if (!faded) return lines;
  const dim = lines.map(fade);
  // The head of a stale target says its age already.
  if (!poll.old || dim.length === 0 || health === 'stale') return dim;
  const ago = `(old) last read ${age(poll.now - poll.reading.at)} ago`;
  return [indented(ago, cols, 'stale'), ...dim];
}

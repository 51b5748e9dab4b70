/** The panels of systems: several targets of one kind, one line or one block each, in the order of the configuration. */
import { sparkline } from '../src/terminal/chart.ts';
import { cutLine, lineWidth, span, width, wrapText, type Line, type Size, type Span } from '../src/terminal/text.ts';
import { block, chartRow, compact, hint, ZOOM } from './block.ts';
import { badge, mark, toneOf, worst } from './health-style.ts';
import type { TargetKind } from './target-kind.ts';
import type { LinkState, Model } from './model.ts';
import type { Health, Panel } from './panel.ts';
import { isAbsent, targetHealth, healthInWords, type TargetHealth } from './target-health.ts';
import { table, type Column } from './table.ts';

const statesOf = (system: TargetKind, model: Model): readonly TargetHealth[] =>
  model.targets
    .filter(({ kind }) => kind === system.kind || system.alsoShows?.(kind) === true)
    .map((target) => targetHealth(system, target, model));

/** Room for the names of several targets, so that what follows them stands in one column. */
const namesOf = (states: readonly TargetHealth[], cols: number): number =>
  Math.min(Math.floor(cols * 0.4), Math.max(...states.map(({ target }) => width(target.name))));

/** Says that no target is configured; until a hub has answered, that is not known. */
function noTarget(system: TargetKind, state: LinkState, cols: number): readonly Line[] {
  const none = `no ${system.noun} target: add one under targets: in warroom.yaml`;
  return hint(state === 'live' ? none : `${system.noun} targets: not known until the hub answers`, cols);
}

/** The row for the targets that do not fit: how many, and the worst of them by name. */
function overflow(hidden: readonly TargetHealth[], cols: number, ascii: boolean): Line {
  const health = worst(hidden.map((state) => state.health));
  const named = hidden.filter((state) => state.health === health).map(({ target }) => target.name);
  const words = health === 'ok' ? `+${hidden.length} more, all ok` : `+${hidden.length} more: ${named.join(', ')}`;
  return cutLine([badge(health, ascii), span('  '), span(words, toneOf(health))], cols);
}

function render(system: TargetKind, model: Model, size: Size): readonly Line[] {
  const cols = Math.max(0, size.cols);
  const rows = Math.max(0, size.rows);
  if (cols === 0 || rows === 0) return [];
  const states = statesOf(system, model);
  if (states.length === 0) return noTarget(system, model.link.state, cols).slice(0, rows);
  if (states.length === 1) return block(system, states[0]!, { cols, rows }, model);
  return several(system, states, { cols, rows }, model);
}

/** Several targets: blocks where all have room for one, else one line each and, below, what did not fit into these. */
function several(
  system: TargetKind,
  states: readonly TargetHealth[],
  { cols, rows }: Size,
  model: Model,
): readonly Line[] {
  const { ascii } = model;
  const names = namesOf(states, cols);
  const line = (state: TargetHealth): Line => compact(system, state, names, cols, model);
  if (states.length > rows)
    return [...states.slice(0, rows - 1).map(line), overflow(states.slice(rows - 1), cols, ascii)];
  const each = Math.floor(rows / states.length);
  const charts = each < ZOOM.rows ? chartRows(states.length, { cols, rows }) : 0;
  if (charts > 0) {
    const short = Math.floor((rows - charts - 1) / states.length);
    const blocks = states.flatMap((state) => filled(block(system, state, { cols, rows: short }, model), short));
    return [...blocks, [], ...chartRow(system, states, { cols, rows: charts }, model)];
  }
  if (each >= BLOCK_ROWS)
    return states.flatMap((state) => filled(block(system, state, { cols, rows: each }, model), each));
  if (cols >= LIST_FROM && states.length < rows) return list(system, states, cols, model);
  const reasons = states
    .filter((state) => state.health !== 'ok' && !state.live && !isAbsent(state))
    .flatMap((state) =>
      wrapText(`${state.target.name}: ${healthInWords(state)}`, cols).map((row): Line => [
        span(row, toneOf(state.health)),
      ]),
    )
    .map((row) => cutLine(row, cols));
  const spare = rows - states.length - 1;
  const cutOff = states.some((state) => line(state).some(({ text }) => text.endsWith('…')));
  return [...states.map(line), ...(cutOff && spare > 0 && reasons.length > 0 ? [[], ...reasons.slice(0, spare)] : [])];
}

/** From here on several targets are a table, with a column for each of what matters of them. */
const LIST_FROM = 90;
const PAST = 14;

/** `■  /pay  503  812ms  ▁▁▂▃▅█  answered 503; retry after 30`. */
function list(
  system: TargetKind,
  states: readonly TargetHealth[],
  cols: number,
  { ascii, mono }: Model,
): readonly Line[] {
  const [trend] = system.trends;
  const past = ({ target, live }: TargetHealth): string =>
    live
      ? sparkline(target.history(trend.metric, PAST, mono), PAST, {
          ascii,
          ...(trend.max !== undefined && { max: trend.max }),
        })
      : '';
  const columns: readonly Column<TargetHealth>[] = [
    { title: '', of: ({ health }) => mark(health, ascii) },
    { title: system.noun, of: ({ target }) => span(target.name, 'title') },
    ...system.columns.map(({ title, of }): Column<TargetHealth> => ({
      title,
      right: true,
      of: ({ poll, faded }) => span(poll === null ? '' : of(poll), faded ? 'dim' : 'plain'),
    })),
    { title: trend.label, of: (state) => span(past(state), state.faded ? 'dim' : 'info') },
    { title: '', of: (state) => span(state.health === 'ok' ? '' : healthInWords(state), toneOf(state.health)) },
  ];
  return table(columns, states, cols, states.length);
}

/** Rows for charts below the blocks of several targets; 0 where there is no room for one of each. */
function chartRows(targets: number, { cols, rows }: Size): number {
  if (rows < ZOOM.rows || cols / targets < CHART_COLS) return 0;
  const spare = rows - targets * (BLOCK_ROWS + 1) - 1;
  return spare < CHART_ROWS ? 0 : Math.min(spare, Math.max(CHART_ROWS, Math.floor(rows * 0.4)));
}
const CHART_ROWS = 7;
const CHART_COLS = 44;

/** A block of fewer rows says too little to be worth its head. */
const BLOCK_ROWS = 5;

/** Exactly `rows` lines, so that a change in one block does not move the next. */
const filled = (lines: readonly Line[], rows: number): readonly Line[] =>
  Array.from({ length: rows }, (_, i) => lines[i] ?? []);

function wants(system: TargetKind, model: Model, cols: number): number {
  const states = statesOf(system, model);
  if (states.length === 0) return Math.min(3, noTarget(system, 'live', cols).length);
  if (states.length > 1) return Math.min(8, states.length);
  return Math.min(8, Math.max(3, block(system, states[0]!, { cols, rows: 8 }, model).length));
}

/** `PG ▲ WARN 88/100`, `HTTP ■ CRIT 3/14`, `HOST ~ STALE 9s`. */
function summary(system: TargetKind, model: Model, cols: number): Line {
  const states = statesOf(system, model);
  const health = worst(states.map((state) => state.health));
  const name = span(`${system.short} `, 'title');
  const bad = states.filter((state) => state.health === health);
  const first = bad[0];
  if (first === undefined || health === 'none') return cutLine([name, span('-', 'dim')], cols);
  const more =
    states.length > 1
      ? many(health, bad.length, states.filter((state) => !isAbsent(state)).length)
      : single(system, first);
  const tail: Span[] = more === '' ? [] : [span(' '), span(more, health === 'ok' ? 'plain' : toneOf(health))];
  const sign = mark(health, model.ascii);
  const word = health === 'ok' ? sign : badge(health, model.ascii);
  // Whole words or none: a number that was cut is a wrong number.
  const forms: readonly Line[] = [
    [name, word, ...tail],
    [name, sign, ...tail],
    [name, word],
    [name, sign],
  ];
  return forms.find((line) => lineWidth(line) <= cols) ?? cutLine([span(system.letter, 'title'), sign], cols);
}

const many = (health: Health, bad: number, all: number): string =>
  health === 'ok' && bad === all ? `${all} ok` : `${bad}/${all}`;

function single(system: TargetKind, { health, word, poll }: TargetHealth): string {
  if (health === 'stale' || word !== '') return word;
  return poll === null ? '' : system.brief(poll);
}

/** A panel of one kind of target. */
export function targetPanel(system: TargetKind): Panel {
  const { id, title, letter, order, kind } = system;
  return {
    id,
    title,
    letter,
    order,
    needs: [kind],
    wants: (model, cols) => wants(system, model, cols),
    health: (model) => worst(statesOf(system, model).map((state) => state.health)),
    summary: (model, cols) => summary(system, model, cols),
    render: (model, size) => render(system, model, size),
  };
}

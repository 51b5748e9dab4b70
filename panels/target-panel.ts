/** The panel of a kind of target: several targets as one line or one block each, in the order of the configuration. */
import { sparkline } from '../src/terminal/chart.ts';
import { type Line, type Size, cutLine, lineWidth, span, width } from '../src/terminal/text.ts';
import { ZOOM, block, compact } from './block.ts';
import { badge, mark, toneOf, worst } from './health-style.ts';
import { textRows } from './lines.ts';
import { said } from './measure.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';
import { type Column, table } from './table.ts';
import { type TargetHealth, type TargetKind, healthInWords, targetHealth } from './target-health.ts';
import { trendCharts } from './trend.ts';

const statesOf = (kind: TargetKind, model: Model): readonly TargetHealth[] =>
  model.targets
    .filter((target) => target.kind === kind.kind || kind.alsoShows?.(target.kind) === true)
    .map((target) => targetHealth(kind, target, model));

const healthOf = (states: readonly TargetHealth[]) => worst(states.map(({ health }) => health));

function noTarget(noun: string, isKnown: boolean, cols: number, past?: Model['past']): readonly Line[] {
  if (past !== undefined && !past.isKept) return textRows(past.kept, cols);
  const none = `no ${noun} target: add one under targets: in warroom.yaml`;
  return textRows(isKnown ? none : `${noun} targets: not known until the hub answers`, cols);
}

/** A block of fewer rows says too little to be worth its head. */
const BLOCK_ROWS = 5;
/** From this width on several targets are a table. */
const LIST_FROM = 90;

/** Blocks where there is room for one each, else one line each and below it what does not fit into these. */
function several(kind: TargetKind, states: readonly TargetHealth[], model: Model, size: Size): readonly Line[] {
  const { cols, rows } = size;
  const names = Math.min(Math.floor(cols * 0.4), Math.max(...states.map(({ target }) => width(target.name))));
  const lines = states.map((state) => compact(state, names, model, cols));
  if (states.length > rows) return [...lines.slice(0, rows - 1), overflow(states.slice(rows - 1), model, cols)];
  const each = Math.floor(rows / states.length);
  const chartRows = each < ZOOM.rows ? chartRowsOf(states.length, size) : 0;
  if (chartRows > 0) {
    const all = states.map(({ target, poll }) => {
      const [trend] = kind.trends;
      return { trend: { ...trend, says: `${target.name} · ${trend.says}` }, poll, none: `${target.name}: no data` };
    });
    const short = Math.floor((rows - chartRows - 1) / states.length);
    return [...blocks(states, model, cols, short), [], ...trendCharts(all, model, { cols, rows: chartRows }, 2)];
  }
  if (each >= BLOCK_ROWS) return blocks(states, model, cols, each);
  if (cols >= LIST_FROM && states.length < rows) return list(kind, states, model, cols);
  const reasons = states
    .filter(({ health, live }) => health !== 'ok' && health !== 'none' && !live)
    .flatMap((state) => textRows(`${state.target.name}: ${healthInWords(state)}`, cols, toneOf(state.health)));
  const spare = rows - states.length - 1;
  const isCut = lines.some((line) => line.some(({ text }) => text.endsWith('…')));
  const shown = isCut && spare > 0 && reasons.length > 0 ? [[], ...reasons.slice(0, spare)] : [];
  return [...lines, ...shown];
}

/** `■ CRIT  +3 more: cache`: how many targets do not fit, and the worst of them by name. */
function overflow(hidden: readonly TargetHealth[], { ascii }: Model, cols: number): Line {
  const health = healthOf(hidden);
  const named = hidden.filter((state) => state.health === health).map(({ target }) => target.name);
  const words = `+${hidden.length} more${health === 'ok' ? ', all ok' : `: ${named.join(', ')}`}`;
  return cutLine([badge(health, ascii), span('  '), span(words, toneOf(health))], cols);
}

/** Blocks of exactly `rows` lines, so that a change in one does not move the next. */
const blocks = (states: readonly TargetHealth[], model: Model, cols: number, rows: number): readonly Line[] =>
  states.flatMap((state) => {
    const lines = block(state, model, { cols, rows });
    return Array.from({ length: rows }, (_, i) => lines[i] ?? []);
  });

/** Rows for charts below the blocks of several targets; 0 where there is no room for one of each. */
function chartRowsOf(targets: number, { cols, rows }: Size): number {
  if (rows < ZOOM.rows || cols / targets < 44) return 0;
  const spare = rows - targets * (BLOCK_ROWS + 1) - 1;
  return spare < 7 ? 0 : Math.min(spare, Math.max(7, Math.floor(rows * 0.4)));
}

const PAST_COLS = 14;

/** `■  /pay  503  812ms  ▁▁▂▃▅█  answered 503; retry after 30`. */
function list(kind: TargetKind, states: readonly TargetHealth[], { ascii, mono }: Model, cols: number) {
  const [trend] = kind.trends;
  const past = ({ live, target }: TargetHealth): string =>
    live ? sparkline(target.history(trend.metric, PAST_COLS, mono), PAST_COLS, { ascii, max: trend.max }) : '';
  const columns: readonly Column<TargetHealth>[] = [
    { title: '', of: ({ health }) => mark(health, ascii) },
    { title: kind.noun, of: ({ target }) => span(target.name, 'title') },
    ...Object.entries(kind.columns).map(([title, of]): Column<TargetHealth> => {
      const words = (poll: TargetHealth['poll']): string =>
        poll === null ? '' : typeof of === 'string' ? said(poll, of) : of(poll);
      return { title, right: true, of: ({ poll, faded }) => span(words(poll), faded ? 'dim' : 'plain') };
    }),
    { title: trend.label, of: (state) => span(past(state), state.faded ? 'dim' : 'info') },
    { title: '', of: (state) => span(state.health === 'ok' ? '' : healthInWords(state), toneOf(state.health)) },
  ];
  return table(columns, states, cols, states.length);
}

function summaryWords(states: readonly TargetHealth[], worst: TargetHealth['health']): string {
  const [only, second] = states;
  if (only !== undefined && second === undefined) {
    const { kind, health, word, poll } = only;
    return health === 'stale' || word !== '' || poll === null ? word : kind.brief(poll);
  }
  const bad = states.filter(({ health }) => health === worst).length;
  const all = states.filter(({ health }) => health !== 'none').length;
  return worst === 'ok' && bad === all ? `${all} ok` : `${bad}/${all}`;
}

export interface TargetPanel extends Panel {
  readonly shows: TargetKind;
}

export const targetPanel = (kind: TargetKind): TargetPanel => ({
  shows: kind,
  id: kind.id,
  title: kind.title,
  letter: kind.letter,
  needs: [kind.kind],
  health: (model) => healthOf(statesOf(kind, model)),

  wants(model, cols) {
    const states = statesOf(kind, model);
    const [first, second] = states;
    if (first === undefined) return Math.min(3, noTarget(kind.noun, true, cols).length);
    if (second !== undefined) return Math.min(8, states.length);
    return Math.max(3, block(first, model, { cols, rows: 8 }).length);
  },

  /** `PG ▲ WARN 88/100`, `HTTP ■ CRIT 3/14`, `HOST ~ STALE 9s`. */
  summary(model, cols) {
    const states = statesOf(kind, model);
    const health = healthOf(states);
    const name = span(`${kind.short} `, 'title');
    if (health === 'none') return cutLine([name, span('-', 'dim')], cols);
    const words = summaryWords(states, health);
    const tail = words === '' ? [] : [span(` ${words}`, health === 'ok' ? 'plain' : toneOf(health))];
    const sign = mark(health, model.ascii);
    const word = health === 'ok' ? sign : badge(health, model.ascii);
    // Whole words or none: a number that is cut is a wrong number.
    const forms: readonly Line[] = [
      [name, word, ...tail],
      [name, sign, ...tail],
      [name, word],
      [name, sign],
    ];
    return forms.find((line) => lineWidth(line) <= cols) ?? cutLine([span(kind.letter, 'title'), sign], cols);
  },

  render(model, size) {
    const { cols, rows } = size;
    const states = statesOf(kind, model);
    const [first, second] = states;
    if (first === undefined) return noTarget(kind.noun, model.link.state === 'live', cols, model.past).slice(0, rows);
    return second === undefined ? block(first, model, size) : several(kind, states, model, size);
  },
});

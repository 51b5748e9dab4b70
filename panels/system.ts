/** The panels of systems: several targets of one kind, one line or one block each, in the order of the configuration. */
import { sparkline } from '../src/terminal/chart.ts';
import { cutLine, joinLines, lineWidth, padLine, span, width, wrapText } from '../src/terminal/text.ts';
import type { Line, Size, Span } from '../src/terminal/text.ts';
import { badge, mark, toneOf, worst } from './condition.ts';
import { valueIn } from './figure.ts';
import type { Look } from './figure.ts';
import type { Model } from './model.ts';
import { span as age, took } from './numbers.ts';
import type { Health, Panel } from './panel.ts';
import { isAbsent, standingOf, standingWords } from './standing.ts';
import type { Judging, Standing } from './standing.ts';

/** What differs between the panels of systems. */
export interface System extends Judging {
  readonly id: string;
  readonly title: string;
  readonly letter: string;
  readonly order: number;
  /** The kind of target it shows. */
  readonly kind: string;
  /** What one is called: `no Redis target`. */
  readonly noun: string;
  /** The name in the strip: `PG`. */
  readonly short: string;
  /** The metric whose past is drawn beside a target that has one line only. */
  readonly trend: string;
  /** Version and role, dim. */
  about(look: Look): string;
  /** The rows below the head of a block, what matters most first. */
  body(look: Look, cols: number, ascii: boolean): readonly Line[];
}

const statesOf = (system: System, model: Model): readonly Standing[] =>
  model.targets.filter(({ kind }) => kind === system.kind).map((target) => standingOf(system, target, model.now));

/** The same line as something of the past: nothing in it stands out. */
export const fade = (line: Line): Line => line.map(({ text }) => span(text, 'dim'));

/** From here on a row has room for the past. */
const TREND_FROM = 60;
const TREND = 14;

/** `✓ orders-db  88/100` or `■ orders-db  refused: nothing listens there`: all of a target in one row. */
function compact(system: System, state: Standing, names: number, cols: number, ascii: boolean): Line {
  const { target, health, look, faded, live } = state;
  const name = padLine([span(target.name, 'title')], Math.max(1, names));
  const left: Line = [mark(health, ascii), span(' '), ...name, span('  ')];
  const brief = look === null ? '' : system.brief(look);
  const tone = faded ? 'dim' : 'plain';
  const past = live && cols >= TREND_FROM ? sparkline(target.history(system.trend, TREND), TREND, { ascii }) : '';
  const right: Line = live
    ? [span(past, faded ? 'dim' : 'info'), span(past === '' ? '' : ' '), ...padLeft(answered(state), 6)]
    : [];
  if (health === 'ok') return joinLines([...left, span(brief, tone)], right, cols);
  const said = span(standingWords(state), toneOf(health));
  const values = brief === '' ? [] : [span('  '), span(look?.old ? `${brief} (old)` : brief, tone)];
  const words = live ? [...left, said] : [...left, said, ...values];
  return lineWidth(words) + lineWidth(right) < cols ? joinLines(words, right, cols) : cutLine(words, cols);
}

const padLeft = (line: Line, cols: number): Line => [span(' '.repeat(Math.max(0, cols - lineWidth(line)))), ...line];

/** Room for the names of several targets, so that what follows them stands in one column. */
const namesOf = (states: readonly Standing[], cols: number): number =>
  Math.min(Math.floor(cols * 0.4), Math.max(...states.map(({ target }) => width(target.name))));

/** How long the last answer took, or, when it is late, how old it is. */
function answered({ target, look, faded }: Standing): Line {
  if (look === null) return [];
  if (faded) return [span(`${age(target.ageMs ?? 0)} ago`, 'stale')];
  return [span(took(look.reading.durationMs / 1000))];
}

/** A target with room: its head, one row of facts or reasons, then its body. Never more than `rows` lines. */
function block(system: System, state: Standing, size: Size, ascii: boolean): readonly Line[] {
  const { target, health, live } = state;
  const { cols, rows } = size;
  const body = bodyOf(system, state, cols, ascii);
  if (isAbsent(state)) return hint(state.reason, cols).slice(0, rows);
  if (rows < 4) return [compact(system, state, width(target.name), cols, ascii), ...body].slice(0, rows);
  const word = badge(health, ascii, health === 'stale' ? state.word : '');
  const head = joinLines([word, span('  '), span(target.name, 'title')], live ? answered(state) : [], cols);
  return [head, ...reasonRows(system, state, cols), ...body].slice(0, rows);
}

/** One row while the target answers, so that nothing below moves; as many as the words need when it does not. */
function reasonRows(system: System, { health, look, reason, live }: Standing, cols: number): readonly Line[] {
  const about = look === null ? '' : system.about(look);
  if (health === 'ok') return [cutLine([span('  '), span(about, 'dim')], cols)];
  const tone = toneOf(health);
  if (live && health !== 'partial') return [cutLine([span('  '), span(reason, tone)], cols)];
  return wrapText(reason, Math.max(1, cols - 2))
    .slice(0, 3)
    .map((row) => cutLine([span('  '), span(row, tone)], cols));
}

function bodyOf(system: System, state: Standing, cols: number, ascii: boolean): readonly Line[] {
  const { look, faded } = state;
  if (look === null) return [];
  const lines = system.body(look, cols, ascii);
  if (!faded) return lines;
  const dim = lines.map(fade);
  // A silent target has said so already.
  if (!look.old || dim.length === 0 || state.health === 'stale') return dim;
  const ago = `(old) last read ${age(Math.max(0, look.now - look.reading.at))} ago`;
  return [cutLine([span('  '), span(ago, 'stale')], cols), ...dim];
}

function noTarget(system: System, cols: number): readonly Line[] {
  return hint(`no ${system.noun} target: add one under targets: in warroom.yaml`, cols);
}

/** Why there is nothing to see, which is no trouble. */
const hint = (words: string, cols: number): readonly Line[] =>
  wrapText(words, Math.max(1, cols)).map((row) => cutLine([span(row, 'dim')], cols));

/** What does not fit is never left out silently: how many, and the worst of them by name. */
function overflow(hidden: readonly Standing[], cols: number, ascii: boolean): Line {
  const health = worst(hidden.map((state) => state.health));
  const named = hidden.filter((state) => state.health === health).map(({ target }) => target.name);
  const words = health === 'ok' ? `+${hidden.length} more, all ok` : `+${hidden.length} more: ${named.join(', ')}`;
  return cutLine([badge(health, ascii), span('  '), span(words, toneOf(health))], cols);
}

function render(system: System, model: Model, size: Size): readonly Line[] {
  const cols = Math.max(0, size.cols);
  const rows = Math.max(0, size.rows);
  if (cols === 0 || rows === 0) return [];
  const states = statesOf(system, model);
  if (states.length === 0) return noTarget(system, cols).slice(0, rows);
  if (states.length === 1) return block(system, states[0]!, { cols, rows }, model.ascii);
  return several(system, states, { cols, rows }, model.ascii);
}

/** Several targets: blocks where all have room for one, else one line each and, below, what did not fit into these. */
function several(system: System, states: readonly Standing[], { cols, rows }: Size, ascii: boolean): readonly Line[] {
  const names = namesOf(states, cols);
  const line = (state: Standing): Line => compact(system, state, names, cols, ascii);
  if (states.length > rows)
    return [...states.slice(0, rows - 1).map(line), overflow(states.slice(rows - 1), cols, ascii)];
  const each = Math.floor(rows / states.length);
  if (each >= BLOCK_ROWS)
    return states.flatMap((state) => filled(block(system, state, { cols, rows: each }, ascii), each));
  const reasons = states
    .filter((state) => state.health !== 'ok' && !state.live && !isAbsent(state))
    .flatMap((state) =>
      wrapText(`${state.target.name}: ${standingWords(state)}`, cols).map((row): Line => [
        span(row, toneOf(state.health)),
      ]),
    )
    .map((row) => cutLine(row, cols));
  const spare = rows - states.length - 1;
  const cutOff = states.some((state) => line(state).some(({ text }) => text.endsWith('…')));
  return [...states.map(line), ...(cutOff && spare > 0 && reasons.length > 0 ? [[], ...reasons.slice(0, spare)] : [])];
}

/** A block of fewer rows says too little to be worth its head. */
const BLOCK_ROWS = 5;

/** Blocks of the same height, so that one target's trouble does not move another. */
const filled = (lines: readonly Line[], rows: number): readonly Line[] =>
  Array.from({ length: rows }, (_, i) => lines[i] ?? []);

function wants(system: System, model: Model, cols: number): number {
  const states = statesOf(system, model);
  if (states.length === 0) return Math.min(3, noTarget(system, cols).length);
  if (states.length > 1) return Math.min(8, states.length);
  return Math.min(8, Math.max(3, block(system, states[0]!, { cols, rows: 8 }, model.ascii).length));
}

/** `PG ▲ WARN 88/100`, `HTTP ■ CRIT 3/14`, `HOST ~ STALE 9s`. */
function summary(system: System, model: Model, cols: number): Line {
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
  // Whole words or none: a figure that was cut is a wrong figure.
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

function single(system: System, { health, word, look }: Standing): string {
  if (health === 'stale' || word !== '') return word;
  return look === null ? '' : system.brief(look);
}

/** A panel of one kind of target. */
export function systemPanel(system: System): Panel {
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

/** The value of a metric as words; empty when it was not read. */
export function said(look: Look, metric: string, as: (value: number) => string): string {
  const value = valueIn(look.reading, metric);
  return value === null ? '' : as(value);
}

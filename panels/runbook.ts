/** A runbook: its text, and its steps with what became of them in the incident, who did it, and what is next. */
import { isDone, isRunOver, standingRun, type StepRun } from '../src/incident/runs.ts';
import { age, clockTime, runningClock } from '../src/incident/time.ts';
import { groupedNumber } from '../src/incident/words.ts';
import type { RunbookStep, RunbookView } from '../src/protocol/questions.ts';
import {
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  padLine,
  span,
  wrapText,
  type GlyphName,
  type Line,
  type Size,
  type Span,
  type Tone,
} from '../src/terminal/text.ts';
import type { Model } from './model.ts';

/** What a person can do with a runbook, in the order they are listed. */
export type RunbookItem =
  | { readonly kind: 'step'; readonly step: RunbookStep; readonly run: StepRun | undefined }
  | { readonly kind: 'escalation'; readonly escalation: RunbookView['escalations'][number] }
  | { readonly kind: 'link'; readonly name: string; readonly url: string; readonly missing: readonly string[] };

/** `links`: those of the runbook, filled in. */
export const runbookItems = (
  runbook: RunbookView,
  incident: Model['incident'],
  links: readonly Extract<RunbookItem, { kind: 'link' }>[],
): readonly RunbookItem[] => [
  ...runbook.steps.map((step): RunbookItem => {
    return { kind: 'step', step, run: incident === null ? undefined : standingRun(incident, runbook.name, step.name) };
  }),
  ...runbook.escalations.map((escalation): RunbookItem => ({ kind: 'escalation', escalation })),
  ...links,
];

/** The step that runs or waits, else the first that nobody has done or left out; the first item where all are done. */
export function nextItem(items: readonly RunbookItem[]): number {
  const running = items.findIndex((item) => item.kind === 'step' && item.run !== undefined && !isRunOver(item.run));
  if (running >= 0) return running;
  const at = items.findIndex(
    (item) =>
      item.kind === 'step' &&
      isToDo(item.step) &&
      (item.run === undefined || !(isDone(item.run) || item.run.state === 'skipped')),
  );
  return at >= 0 ? at : 0;
}

/** Whether it can be run or marked as done. */
export const isToDo = ({ kind, isExecutable }: RunbookStep): boolean =>
  isExecutable || kind === 'note' || kind === 'ask';

export const lineOf = (item: RunbookItem | undefined): number =>
  item === undefined || item.kind === 'link' ? 1 : item.kind === 'step' ? item.step.line : item.escalation.line;

type Looks = Pick<Model, 'now' | 'zone' | 'ascii' | 'me'>;

/** How a run in each state looks, and what is said of it. */
const STATES: Readonly<Record<StepRun['state'], readonly [sign: GlyphName, tone: Tone, words: string]>> = {
  requested: ['arrow', 'info', 'runs'],
  previewed: ['noData', 'warn', 'previewed: waits to be confirmed'],
  confirmed: ['noData', 'warn', 'waits for the IC'],
  approved: ['arrow', 'info', 'approved: begins'],
  started: ['arrow', 'info', 'runs'],
  stopping: ['arrow', 'warn', 'stops after this batch'],
  done: ['ok', 'ok', 'done'],
  refused: ['warn', 'warn', 'refused'],
  stopped: ['warn', 'warn', 'stopped'],
  failed: ['crit', 'crit', 'FAILED'],
  in_doubt: ['noData', 'crit', 'IN DOUBT'],
  skipped: ['gap', 'dim', 'left out'],
};

/** What is done but had no effect looks refused, and a dry run left out. */
function signOf(run: StepRun | undefined, ascii: boolean): Span {
  if (run === undefined) return span(' ');
  const without = run.verified?.ok === false ? 'refused' : isDone(run) ? 'done' : 'skipped';
  const [sign, tone] = STATES[run.state === 'done' ? without : run.state];
  return span(glyphs(ascii)[sign].slice(0, 1), tone, { bold: true });
}

/** `runs 2,400 of 3,000`, `FAILED: connection refused`, `used 93 %`. */
export function runInWords(run: StepRun): string {
  const { state, result, applied = 0, of, preview } = run;
  if (state === 'started' && of !== undefined) return `${groupedNumber(applied)} of ${groupedNumber(of)} changed`;
  if ((state === 'previewed' || state === 'confirmed') && preview !== undefined)
    return `${groupedNumber(preview.count)} ${preview.unit} on ${preview.node}; ${STATES[state][2]}`;
  if (state === 'done') return result ?? 'done';
  return result === undefined ? STATES[state][2] : `${STATES[state][2]}: ${result}`;
}

const NAME_COLS = 16;

/** `> 3 ✓ memory   used 93 %   ana 14:05`. */
function itemRow(item: RunbookItem, n: number, isMarked: boolean, { now, zone, ascii, me }: Looks, cols: number): Line {
  const mark = span(isMarked ? '>' : ' ', 'key', { bold: true });
  const bold = isMarked ? ({ bold: true } as const) : undefined;
  if (item.kind === 'escalation') {
    const { level, text } = item.escalation;
    return cutLine([mark, span(`   ${(level ?? 'call').padEnd(4)} `, 'warn'), span(text, 'plain', bold)], cols);
  }
  if (item.kind === 'link') {
    const { name, url, missing } = item;
    const lacks = missing.length === 0 ? '' : `   not known: ${missing.join(', ')}`;
    const words = [span(`${name}  `, 'title', bold), span(url, 'dim'), span(lacks, 'warn')];
    return cutLine([mark, span('   link ', 'info'), ...words], cols);
  }
  const { step, run } = item;
  const by = run === undefined ? '' : ` ${run.by === me ? 'you' : run.by} ${whenOf(run, now, zone)}`;
  const right: Line = [span(by, 'dim')];
  const changes = step.kind === 'mutate' ? [span('CHANGES ', 'warn', { bold: true })] : [];
  const [first = ''] = step.text.trim().split('\n', 1);
  const words = run === undefined ? span(first, 'dim') : span(runInWords(run), toneOf(run));
  const name = span(step.name, isToDo(step) ? 'title' : 'plain', bold);
  const head: Line = [
    mark,
    span(`${String(n).padStart(2)} `, 'dim'),
    signOf(run, ascii),
    span(' '),
    ...padLine([name], Math.max(NAME_COLS, lineWidth([name]))),
    span(' '),
  ];
  const left = [...head, ...changes, words];
  return lineWidth(head) + lineWidth(right) + 12 > cols ? cutLine(left, cols) : joinLines(left, right, cols);
}

const toneOf = (run: StepRun): Tone => {
  const [, tone] = STATES[run.state];
  return tone === 'ok' ? (run.verified?.ok === false ? 'warn' : 'plain') : tone;
};

const whenOf = (run: StepRun, now: number, zone: Looks['zone']): string => {
  const at = Date.parse(run.endedAt ?? run.at);
  return now - at < 24 * 3_600_000 ? clockTime(at, zone).slice(0, 5) : `${age(now - at)} ago`;
};

/** What is said of the marked item below it, in at most `rows` rows. */
function details(item: RunbookItem, model: Model, { cols, rows }: Size): readonly Line[] {
  const wrapped = (text: string, tone: Tone = 'dim'): readonly Line[] =>
    wrapText(text, Math.max(1, cols - INDENT.length)).map((row) => [span(INDENT), span(row, tone)]);
  if (item.kind !== 'step') {
    const words = item.kind === 'link' ? item.url : item.escalation.text;
    return wrapped(words, 'plain').slice(0, rows);
  }
  const { step, run } = item;
  const indented = (text: string, tone: Tone): Line => cutLine([span(INDENT), span(text, tone)], cols);
  const block = run === undefined || isRunOver(run) ? blockLines(step).map((row) => indented(row, 'dim')) : [];
  if (run === undefined) return block.slice(0, rows);
  const said = runDetails(run, model.now).flatMap(([text, tone]) => wrapped(text, tone).slice(0, 3));
  const room = Math.max(1, rows - said.length - block.length);
  const printed = printedBy(run, model, room);
  // The name of the file is of use only as a whole.
  const file = printed.file === undefined ? [] : wrapped(`… all of it on the hub: ${printed.file}`);
  const shown = printed.rows.slice(0, Math.max(0, room - file.length)).map((row) => indented(row, 'plain'));
  return [...said, ...shown, ...file, ...block].slice(0, rows);
}
const INDENT = '       ';

const blockLines = (step: RunbookStep): readonly string[] => {
  const rows = step.text.trim().split('\n');
  const more = rows.length > 3 ? [`… ${rows.length - 3} more lines`] : [];
  const why = isToDo(step) ? [] : [`${step.language ?? 'text'}: for people, not run from here; Ctrl-Y copies it`];
  return [...rows.slice(0, 3), ...more, ...why];
};

type Told = readonly [string, Tone];

function runDetails(run: StepRun, now: number): readonly Told[] {
  const { preview, state, by, approvedBy, confirmedBy, verified } = run;
  const told: Told[] = [];
  if (isRunOver(run)) {
    const ago = age(now - Date.parse(run.endedAt ?? run.at));
    told.push([`already run ${ago} ago by ${by}: ${runInWords(run)}`, 'info']);
  }
  if (state === 'previewed' && preview !== undefined) {
    const left = Date.parse(preview.expiresAt) - now;
    if (left <= 0) told.push(['counted too long ago: Enter runs it again', 'warn']);
    else told.push([`Enter confirms it, within ${runningClock(left)}`, 'key']);
  }
  if (state === 'confirmed') told.push([`${confirmedBy ?? by} confirmed it; the IC lets it run: Alt-Y`, 'key']);
  if (state === 'started')
    told.push([`approved by ${approvedBy ?? 'nobody'}; Enter or Alt-X stops it after this batch`, 'key']);
  if (preview !== undefined && !isRunOver(run)) {
    const { count, unit, node, samples, undo } = preview;
    const role = preview.role === null ? '' : ` (${preview.role})`;
    told.push([`would change ${groupedNumber(count)} ${unit} on ${node}${role}: ${samples.join(', ')}`, 'plain']);
    told.push(undo === null ? ['there is no way back', 'warn'] : [`undo: ${undo}`, 'dim']);
  }
  if (verified !== undefined)
    told.push([`${verified.ok ? 'it worked' : 'no effect seen'}: ${verified.text}`, verified.ok ? 'ok' : 'warn']);
  return told;
}

/** What it printed: the beginning, and the file that has all of it where that is more; while it runs the end. */
function printedBy(run: StepRun, { events, outputs }: Model, room: number) {
  const rowsOf = (text = ''): readonly string[] => text.split('\n').filter((row) => row.trimEnd() !== '');
  if (!isRunOver(run)) return { rows: rowsOf(outputs?.get(run.seq)).slice(-room) };
  const finished = events.findLast(({ kind, ref }) => kind === 'step_finished' && ref === run.seq);
  const kept = finished?.kind === 'step_finished' ? finished.data : undefined;
  const rows = rowsOf(kept?.output);
  const isWhole = rows.length <= room && (kept?.outputBytes ?? 0) <= (kept?.output?.length ?? 0);
  return { rows, file: isWhole ? undefined : kept?.file };
}

/** The items with the marked one, at index `at`, and what is known of it; at most `rows` lines. */
export function stepLines(
  items: readonly RunbookItem[],
  model: Model,
  at: number,
  { cols, rows }: Size,
): readonly Line[] {
  if (items.length === 0) return [cutLine([span('nothing to run or to tick off: read it', 'dim')], cols)];
  const marked = items[at];
  // The other steps stay in sight.
  const shown = marked === undefined ? [] : details(marked, model, { cols, rows: Math.floor(rows / 2) });
  const room = Math.max(1, rows - shown.length);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), items.length - room));
  return items.slice(from, from + room).flatMap((item, i) => {
    const n = from + i;
    const row = itemRow(item, n + 1, n === at, model, cols);
    return n === at ? [row, ...shown] : [row];
  });
}

interface TextLook extends Size {
  /** The first line that is shown, from 0; null: the line `line` is in view. */
  readonly scroll: number | null;
  readonly line: number;
}

/** The text with wrapped lines, scrolled. `top`: index of the first line that is shown. */
export function runbookText(runbook: RunbookView, { scroll, line, cols, rows }: TextLook) {
  const all = runbook.text.split('\n');
  const start = all.findIndex((row) => row.trim() !== '');
  // Rows are counted as they are wrapped: neither the end nor the marked line may lie below the last row.
  const above = (until: number, room: number): number => {
    let [at, left] = [until, room];
    while (at > start && (left -= wrapText(all[at - 1] ?? '', cols).length) >= 0) at--;
    return at;
  };
  const last = Math.max(start, above(all.length, rows));
  const top = Math.max(start, Math.min(scroll ?? above(line - 1, Math.floor(rows / 3)), last));
  let isCode = insideFence(all.slice(0, top));
  const lines: Line[] = [];
  for (let at = top; at < all.length && lines.length < rows; at++) {
    const row = all[at] ?? '';
    const isFence = FENCE.test(row);
    const isHere = at + 1 === line;
    const isHeading = !isFence && !isCode && /^#{1,6} /.test(row);
    const tone = isFence ? (isHere ? 'key' : 'border') : isCode ? 'info' : isHeading ? 'title' : 'plain';
    if (isFence) isCode = !isCode;
    const bold = isHeading || (isFence && isHere) ? ({ bold: true } as const) : undefined;
    for (const part of wrapText(row, cols)) lines.push([span(part, tone, bold)]);
  }
  return { top, lines: lines.slice(0, rows) };
}

const FENCE = /^\s*(?:[-*+]|\d+[.)])?\s*(?:```|~~~)/;
const insideFence = (rows: readonly string[]): boolean => rows.filter((row) => FENCE.test(row)).length % 2 === 1;

/** What the handbook wants done now, the most urgent first, with who may do it and the key that does it. */
import type { NextItem } from '../src/incident/next-item.ts';
import { isSerious } from '../src/incident/severity.ts';
import { age, runningClock, HOUR, MINUTE } from '../src/incident/time.ts';
import { ROLES } from '../src/incident/vocabulary.ts';
import { cutLine, glyphs, joinLines, lineWidth, span, type Line, type Size, type Tone } from '../src/terminal/text.ts';
import { limited, textRow } from './lines.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';

const CRITICAL: ReadonlySet<string> = new Set(['page', 'alarm', 'acknowledge', 'take_ic']);
const CHORES: ReadonlySet<string> = new Set(['runbook', 'triage', 'decide', 'close', 'postmortem']);
/** What is left for after the incident; late it is no alarm. */
const AFTERWARDS: ReadonlySet<string> = new Set(['action', 'postmortem']);

/** How loud an item is: an alarm and what is late first, then what somebody waits for, chores plain. */
export function toneOfNext({ what, late, severity = 'SEV-1' }: NextItem): Tone {
  const isGrave = isSerious(severity);
  if (late && AFTERWARDS.has(what)) return 'warn';
  if (late || (CRITICAL.has(what) && isGrave)) return 'crit';
  return CHORES.has(what) ? 'plain' : 'warn';
}

/** `■`, `▲` or a blank. */
export const signOf = (tone: Tone, ascii: boolean): string =>
  tone === 'crit' || tone === 'warn' ? glyphs(ascii)[tone] : ' ';

/** `02:14`, `47h`, `late 3m`; empty without a deadline. */
export function dueInWords({ dueAt, late }: Pick<NextItem, 'dueAt' | 'late'>, now: number): string {
  if (dueAt === null) return '';
  const left = Date.parse(dueAt) - now;
  if (late) return `late ${age(left > -MINUTE ? -left : Math.floor(-left / MINUTE) * MINUTE)}`;
  return left < HOUR ? runningClock(left) : age(left);
}

/** `COMMS/IC`, `ana`, `anyone`. */
export const whoMay = ({ by }: Pick<NextItem, 'by'>): string =>
  by.map((each) => (ROLES.map(String).includes(each) ? each.toUpperCase() : each)).join('/');

type Keyed = NonNullable<Model['next']>[number];

/** `■ 02:14 acknowledge            anyone Alt-A`, row by row; from `STEP_FROM` cells on with the step of the loop. */
export function nextRows(
  items: readonly Keyed[],
  { now, ascii }: Pick<Model, 'now' | 'ascii'>,
  cols: number,
): readonly Line[] {
  const dues = items.map((item) => dueInWords(item, now));
  // Where room is short no blanks stand for a deadline that an item does not have.
  const dueCols = cols < NARROW ? 0 : Math.max(...dues.map(({ length }) => length));
  return items.map((item, i) => {
    const tone = toneOfNext(item);
    const due = (dues[i] ?? '').padEnd(dueCols);
    const left: Line = [
      span(`${signOf(tone, ascii)} `, tone, { bold: true }),
      ...(cols < STEP_FROM ? [] : [span(item.step.padEnd(STEP_COLS), 'dim')]),
      span(due === '' ? '' : `${due} `, item.late ? tone : 'dim'),
      span(item.text, tone === 'plain' ? 'plain' : 'title'),
    ];
    const key = span(` ${(item.key ?? '').padStart(KEY_COLS)}`, 'key', { bold: true });
    const full = [span(whoMay(item), 'dim'), key];
    // The key stays where room is short: it does the thing.
    return joinLines(left, lineWidth(left) + lineWidth(full) + 1 <= cols ? full : [key], cols);
  });
}
const NARROW = 40;
const STEP_FROM = 60;
const STEP_COLS = 9;
const KEY_COLS = 5;

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const { next = [] } = model;
  if (next.length === 0) {
    const known = model.link.state === 'live';
    return [textRow(known ? 'nothing: what the handbook asks for is done' : 'not known now', cols)];
  }
  return limited(nextRows(next, model, cols), rows, (hidden) => textRow(`+${hidden.length} more: Alt-N`, cols, 'warn'));
}

export const nextPanel: Panel = {
  id: 'next',
  title: 'NEXT',
  letter: 'N',
  wants: (model, cols) => Math.min(10, render(model, { cols, rows: 100 }).length),
  health({ next = [] }) {
    const late = next.filter((item) => item.late).map(toneOfNext);
    return late.includes('crit') ? 'crit' : late.length > 0 ? 'warn' : 'none';
  },
  summary: ({ next = [] }, cols) => cutLine([span('NEXT ', 'title'), span(next[0]?.text ?? 'nothing')], cols),
  render,
};

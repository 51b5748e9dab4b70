/** What the handbook wants done now, the most urgent first, with who may do it and the key that does it. */
import type { NextItem } from '../src/incident/next.ts';
import { age, runningClock, HOUR } from '../src/incident/time.ts';
import { cutLine, joinLines, lineWidth, span, type Line, type Size, type Tone } from '../src/terminal/text.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';

const CRITICAL: ReadonlySet<string> = new Set(['page', 'alarm', 'acknowledge', 'take_ic']);
const CHORES: ReadonlySet<string> = new Set(['triage', 'decide', 'close', 'postmortem']);

/** How loud an item is: an alarm and what is late first, then what somebody waits for, chores plain. */
export function toneOfNext({ what, late }: Pick<NextItem, 'what' | 'late'>): Tone {
  if (late || CRITICAL.has(what)) return 'crit';
  return CHORES.has(what) ? 'plain' : 'warn';
}
const SIGN: Partial<Record<Tone, string>> = { crit: '■', warn: '▲' };
const ASCII_SIGN: Partial<Record<Tone, string>> = { crit: '!', warn: '^' };

/** `02:14`, `47h`, `late 3m`; empty without a deadline. */
export function dueInWords({ dueAt, late }: Pick<NextItem, 'dueAt' | 'late'>, now: number): string {
  if (dueAt === null) return '';
  const left = Date.parse(dueAt) - now;
  if (late) return `late ${age(-left)}`;
  return left < HOUR ? runningClock(left) : age(left);
}

/** `■ 02:14 acknowledge            anyone Alt-A` */
function row(item: NextItem & { readonly key: string | null }, { now, ascii }: Model, cols: number): Line {
  const tone = toneOfNext(item);
  const sign = (ascii ? ASCII_SIGN : SIGN)[tone] ?? ' ';
  const left: Line = [
    span(`${sign} `, tone, { bold: true }),
    span(dueInWords(item, now).padEnd(DUE_COLS), item.late ? 'crit' : 'dim'),
    span(item.text, tone === 'plain' ? 'plain' : 'title'),
  ];
  const who = span(item.by.join('/'), 'dim');
  const key = span(` ${(item.key ?? '').padStart(KEY_COLS)}`, 'key', { bold: true });
  const full = [who, key];
  // The key stays where room is short: it does the thing.
  return joinLines(left, lineWidth(left) + lineWidth(full) + 1 <= cols ? full : [key], cols);
}
const DUE_COLS = 9;
const KEY_COLS = 5;

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const { next = [] } = model;
  if (cols < 1 || rows < 1) return [];
  if (next.length === 0) {
    const known = model.link.state === 'live';
    return [cutLine([span(known ? 'nothing: what the handbook asks for is done' : 'not known now', 'dim')], cols)];
  }
  const lines = next.map((item) => row(item, model, cols));
  const hidden = lines.length - rows + 1;
  return hidden <= 1 && lines.length <= rows
    ? lines
    : [...lines.slice(0, rows - 1), cutLine([span(`+${hidden} more`, 'warn')], cols)];
}

export const nextPanel: Panel = {
  id: 'next',
  title: 'NEXT',
  letter: 'N',
  needs: [],
  order: 40,
  wants: (model, cols) => Math.min(10, render(model, { cols, rows: 100 }).length),
  health: ({ next = [] }) => (next.some(({ late }) => late) ? 'crit' : 'none'),
  summary: ({ next = [] }, cols) => cutLine([span('NEXT ', 'title'), span(next[0]?.text ?? 'nothing')], cols),
  render,
};

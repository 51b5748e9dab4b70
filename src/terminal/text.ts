/**
 * The only place where outside text is made safe to draw; and spans and lines of safe text, which are measured, cut,
 * padded and wrapped by cells. Pure.
 */
import { cellWidth } from './widths.ts';

declare const safe: unique symbol;
/** Text without control characters and without characters that reorder or hide other text. */
export type SafeText = string & { readonly [safe]: true };

/** Text that is safe, with one cell for each character. */
export const PLAIN = /^[\x20-\x7e\n]*$/;
// C0 and C1 controls, and characters that are invisible or reorder text.
const HIDDEN =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]/gu;
const CLUSTERED =
  /\p{M}|[\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]|[\u200d\u1100-\u11ff\ud7b0-\ud7ff\u{1f1e6}-\u{1f1ff}\u{e0020}-\u{e007f}]/u;
const FLAG_LETTER = 0x1f1e6;
const REPLACEMENT = '\ufffd';

let segmenter: Intl.Segmenter | undefined;

export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Terminals disagree on the width of composed emoji and of piled marks: a cluster whose width they agree on. */
function simpler(cluster: string): string {
  if (PLAIN.test(cluster)) return cluster;
  if (/^[\u{1f1e6}-\u{1f1ff}]{2}$/u.test(cluster)) {
    return `[${[...cluster].map((letter) => String.fromCharCode(letter.codePointAt(0)! - FLAG_LETTER + 65)).join('')}]`;
  }
  if (/^\p{Extended_Pictographic}/u.test(cluster)) {
    const [first, second] = [...cluster];
    // Anything but a known modifier after a pictograph is kept: `safeText` makes it visible.
    const joined = /^(?:\ufe0e|\ufe0f|\u200d|\u20e3|[\u{1f3fb}-\u{1f3ff}]|[\u{e0020}-\u{e007f}])$/u.test(second ?? '');
    return joined ? first! : cluster;
  }
  let marks = 0;
  return cluster
    .normalize('NFC')
    .replace(/[\ufe00-\ufe0f]/g, '')
    .replace(/[\p{Mn}\p{Me}]/gu, (mark) => (++marks > 2 ? '' : mark));
}

// Segmenting takes up to 10 µs a character, and the same entries are drawn in every frame.
const simplified = new Map<string, string>();
let remembered = 0;
const REMEMBER_CHARS = 500_000;

function simplify(text: string): string {
  const known = simplified.get(text);
  if (known !== undefined) return known;
  let out = '';
  for (const cluster of graphemes(text)) out += simpler(cluster);
  remembered += text.length;
  if (remembered > REMEMBER_CHARS) {
    simplified.clear();
    remembered = text.length;
  }
  simplified.set(text, out);
  return out;
}

/**
 * Makes outside text safe to draw. Control, bidi and invisible characters become U+FFFD, so that an attack stays visible;
 * composed emoji become their first emoji, flags `[DE]`, tabs two spaces. Line ends become `\n`. Idempotent.
 */
export function safeText(s: string): SafeText {
  if (PLAIN.test(s)) return s as SafeText;
  let text = s.toWellFormed().replace(/\r\n?/g, '\n').replaceAll('\t', '  ');
  if (CLUSTERED.test(text)) text = simplify(text);
  return text.replace(HIDDEN, REPLACEMENT) as SafeText;
}

/** Safe text on one line; a line end is shown as ` ⏎ `. */
export function oneLine(s: string): SafeText {
  const text = safeText(s);
  return (text.includes('\n') ? text.replaceAll('\n', ' ⏎ ') : text) as SafeText;
}

/** The signs of the screen: in Unicode, and for terminals started with `--ascii`. */
const SIGNS = {
  ok: ['✓', '+'],
  warn: ['▲', '!'],
  crit: ['■', '#'],
  stale: ['~', '~'],
  noData: ['?', '?'],
  partial: ['◆', '%'],
  horizontal: ['─', '-'],
  vertical: ['│', '|'],
  horizontal2: ['═', '='],
  vertical2: ['║', '#'],
  topLeft2: ['╔', '#'],
  topRight2: ['╗', '#'],
  bottomLeft2: ['╚', '#'],
  bottomRight2: ['╝', '#'],
  topLeft: ['┌', '+'],
  topRight: ['┐', '+'],
  bottomLeft: ['└', '+'],
  bottomRight: ['┘', '+'],
  barFull: ['█', '='],
  barEmpty: ['░', '.'],
  gap: ['·', ' '],
  dot: ['·', '-'],
  bullet: ['•', '*'],
  ellipsis: ['…', '>'],
  arrow: ['→', '->'],
  up: ['↑', '^'],
  down: ['↓', 'v'],
  radioOn: ['●', '(o)'],
  radioOff: ['○', '( )'],
  newline: ['⏎', '/'],
} as const;

export type GlyphName = keyof typeof SIGNS;
type Glyphs = Readonly<Record<GlyphName, SafeText>>;

const chosen = (at: 0 | 1): Glyphs =>
  Object.fromEntries(Object.entries(SIGNS).map(([name, signs]) => [name, signs[at]])) as Record<GlyphName, SafeText>;
const UNICODE = chosen(0);
const ASCII = chosen(1);

/** The ASCII or the Unicode sign for every name. */
export const glyphs = (ascii: boolean): Glyphs => (ascii ? ASCII : UNICODE);

type StateTone = 'ok' | 'warn' | 'crit' | 'stale' | 'info';
type PersonTone = 'own' | 'person1' | 'person2' | 'person3' | 'person4';
/** The meaning of a span, which the theme turns into a look. */
export type Tone = 'plain' | 'dim' | 'title' | 'border' | 'key' | StateTone | PersonTone;

export const ATTRS = ['bold', 'inverse', 'strike', 'underline'] as const;
export type Attrs = { readonly [name in (typeof ATTRS)[number]]?: true };
export interface Span extends Attrs {
  readonly text: SafeText;
  readonly tone: Tone;
}
/** One row of the screen or of a panel. */
export type Line = readonly Span[];
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** The only way to make a span: its text is made safe, on one line. */
export function span(text: string, tone: Tone = 'plain', attrs?: Attrs): Span {
  return { text: oneLine(text), tone, ...attrs };
}

// Indexed loops where every frame passes: an iterator allocates until its code is optimised, which an idle console never
// reaches.
function safeWidth(text: SafeText): number {
  if (PLAIN.test(text)) return text.length;
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at)!;
    if (point > 0xffff) at++;
    sum += cellWidth(point);
  }
  return sum;
}

/** Cells of a text drawn on one line. */
export const width = (text: string): number => safeWidth(oneLine(text));

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + safeWidth(text), 0);

/** The length, in UTF-16 units, of the longest beginning of at most `cols` cells; marks stay with their letter. */
function fitting(text: SafeText, cols: number, plain = PLAIN.test(text)): number {
  if (plain) return Math.min(text.length, Math.max(0, cols));
  let used = 0;
  let at = 0;
  for (const char of text) {
    const wide = cellWidth(char.codePointAt(0)!);
    if (used + wide > cols) break;
    used += wide;
    at += char.length;
  }
  return at;
}

/** Text of at most `cols` cells, ending in the ellipsis when it was cut and that fits. */
export function cut(text: string, cols: number, ellipsis = '…'): SafeText {
  const whole = oneLine(text);
  if (safeWidth(whole) <= cols) return whole;
  const mark = oneLine(ellipsis);
  const room = cols - safeWidth(mark);
  if (room < 0) return whole.slice(0, fitting(whole, cols)) as SafeText;
  return (whole.slice(0, fitting(whole, room)) + mark) as SafeText;
}

/** A line of at most `cols` cells, ending in an ellipsis when it was cut and that fits. */
export function cutLine(line: Line, cols: number): Line {
  if (lineWidth(line) <= cols) return line;
  const mark = cols > 0 ? '…' : '';
  const room = cols - mark.length;
  const out: Span[] = [];
  let used = 0;
  for (const part of line) {
    const wide = safeWidth(part.text);
    if (used + wide > room) {
      const text = (part.text.slice(0, fitting(part.text, room - used)) + mark) as SafeText;
      return text === '' ? out : [...out, { ...part, text }];
    }
    out.push(part);
    used += wide;
  }
  return out;
}

const blank = (cols: number): Span => ({ text: ' '.repeat(cols) as SafeText, tone: 'plain' });

/** A line of exactly `cols` cells: cut or filled with spaces. */
export function padLine(line: Line, cols: number): Line {
  const missing = cols - lineWidth(line);
  if (missing === 0) return line;
  if (missing > 0) return [...line, blank(missing)];
  // A wide character that did not fit leaves a cell over.
  const fitted = cutLine(line, cols);
  const over = cols - lineWidth(fitted);
  return over > 0 ? [...fitted, blank(over)] : fitted;
}

/** Both parts on one row of exactly `cols` cells; `left` is cut where it would touch `right`. */
export function joinLines(left: Line, right: Line, cols: number): Line {
  const tail = cutLine(right, cols);
  const taken = lineWidth(tail);
  const room = taken === 0 ? cols : Math.max(0, cols - taken - 1);
  return [...padLine(cutLine(left, room), cols - taken), ...tail];
}

/** Rows of at most `cols` cells, broken between words where possible; keeps line ends and indentation. */
export function wrapText(text: string, cols: number): SafeText[] {
  const limit = Math.max(1, cols);
  return safeText(text)
    .split('\n')
    .flatMap((row) => wrapRow(row as SafeText, limit));
}

function wrapRow(row: SafeText, cols: number): SafeText[] {
  const out: SafeText[] = [];
  let rest = row;
  const plain = PLAIN.test(row);
  for (;;) {
    const fits = fitting(rest, cols, plain);
    if (fits >= rest.length) break;
    // A character that is wider than the row still takes a row.
    const hard = Math.max(fits, String.fromCodePoint(rest.codePointAt(0)!).length);
    const space = rest[hard] === ' ' ? hard : rest.lastIndexOf(' ', hard - 1);
    const at = space > 0 && rest.slice(0, space).trim() !== '' ? space : hard;
    out.push(rest.slice(0, at).trimEnd() as SafeText);
    rest = rest.slice(at).replace(/^ +/, '') as SafeText;
  }
  if (rest !== '' || out.length === 0) out.push(rest);
  return out;
}

/**
 * The text kit. Outside text becomes safe text here and nowhere else: no byte a terminal would obey, nothing that
 * reorders or hides other text. Spans and lines of safe text are measured, cut, padded and wrapped by cells. Pure.
 */
import { cellWidth } from './widths.ts';

declare const safe: unique symbol;
/** Text that holds no control byte and nothing that reorders or hides other text. */
export type SafeText = string & { readonly [safe]: true };

/** Text that is safe as it is, one cell for each character. */
export const PLAIN = /^[\x20-\x7e\n]*$/;
// C0 and C1 controls, and everything that is invisible or reorders text: a terminal may obey them, a reader cannot see them.
const HIDDEN =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]/gu;
const CLUSTERED =
  /\p{M}|[\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]|[\u200d\u1100-\u11ff\ud7b0-\ud7ff\u{1f1e6}-\u{1f1ff}\u{e0020}-\u{e007f}]/u;
const FLAG_LETTER = 0x1f1e6;
const REPLACEMENT = '\ufffd';

let segmenter: Intl.Segmenter | undefined;

/** The grapheme clusters of a text: what a person sees as one character. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Terminals disagree on the width of composed emoji and of piled marks, so each cluster becomes one they agree on. */
function simpler(cluster: string): string {
  if (PLAIN.test(cluster)) return cluster;
  if (/^[\u{1f1e6}-\u{1f1ff}]{2}$/u.test(cluster)) {
    return `[${[...cluster].map((letter) => String.fromCharCode(letter.codePointAt(0)! - FLAG_LETTER + 65)).join('')}]`;
  }
  if (/^\p{Extended_Pictographic}/u.test(cluster)) {
    const [first, second] = [...cluster];
    // Anything but a known modifier after a pictograph is kept, and made visible below.
    const joined = /^(?:\ufe0e|\ufe0f|\u200d|\u20e3|[\u{1f3fb}-\u{1f3ff}]|[\u{e0020}-\u{e007f}])$/u.test(second ?? '');
    return joined ? first! : cluster;
  }
  let marks = 0;
  return cluster
    .normalize('NFC')
    .replace(/[\ufe00-\ufe0f]/g, '')
    .replace(/[\p{Mn}\p{Me}]/gu, (mark) => (++marks > 2 ? '' : mark));
}

// Segmenting takes up to 10 µs a character, and the same entries are drawn again in every frame.
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
 * Outside text made fit to draw. Controls, escapes, bidi and invisible characters are replaced by U+FFFD, never
 * deleted, so that an attack stays visible in the record; composed emoji become their first emoji, flags `[DE]`, a tab
 * two spaces. Newlines stay `\n`. Doing it twice changes nothing.
 */
export function safeText(s: string): SafeText {
  if (PLAIN.test(s)) return s as SafeText;
  let text = s.toWellFormed().replace(/\r\n?/g, '\n').replaceAll('\t', '  ');
  if (CLUSTERED.test(text)) text = simplify(text);
  return text.replace(HIDDEN, REPLACEMENT) as SafeText;
}

/** Safe text on one line: line ends are shown as ` ⏎ `. */
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
export type Glyphs = Readonly<Record<GlyphName, SafeText>>;

const chosen = (at: 0 | 1): Glyphs =>
  Object.fromEntries(Object.entries(SIGNS).map(([name, signs]) => [name, signs[at]])) as Record<GlyphName, SafeText>;
const UNICODE = chosen(0);
const ASCII = chosen(1);

/** The ASCII or the Unicode sign for every name. */
export const glyphs = (ascii: boolean): Glyphs => (ascii ? ASCII : UNICODE);

/** What a span means; the theme decides how that looks. */
export type Tone =
  | 'plain'
  | 'dim'
  | 'ok'
  | 'warn'
  | 'crit'
  | 'stale'
  | 'info'
  | 'own'
  | 'title'
  | 'border'
  | 'key'
  | 'person1'
  | 'person2'
  | 'person3'
  | 'person4';

/** What a span may look like beyond its tone. */
export interface Attrs {
  readonly bold?: true;
  readonly inverse?: true;
  readonly strike?: true;
  readonly underline?: true;
}
export interface Span extends Attrs {
  readonly text: SafeText;
  readonly tone: Tone;
}
/** One row of the screen, or of a panel: styled spans built from safe text; never a tag string. */
export type Line = readonly Span[];
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** The only way to make a span: its text is made safe and kept to one line. */
export function span(text: string, tone: Tone = 'plain', attrs?: Attrs): Span {
  return { text: oneLine(text), tone, ...attrs };
}

function safeWidth(text: SafeText): number {
  if (PLAIN.test(text)) return text.length;
  let sum = 0;
  for (const char of text) sum += cellWidth(char.codePointAt(0)!);
  return sum;
}

/** Cells a text takes when it is drawn on one line. */
export function width(text: string): number {
  return safeWidth(oneLine(text));
}

/** Cells a line takes. */
export function lineWidth(line: Line): number {
  let sum = 0;
  for (const part of line) sum += safeWidth(part.text);
  return sum;
}

/** The longest beginning of at most `cols` cells; marks stay with their letter. Returns its length in UTF-16 units. */
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

/** A text of at most `cols` cells; when it had to be cut it ends in the ellipsis, if that fits. */
export function cut(text: string, cols: number, ellipsis = '…'): SafeText {
  const whole = oneLine(text);
  if (safeWidth(whole) <= cols) return whole;
  const mark = oneLine(ellipsis);
  const room = cols - safeWidth(mark);
  if (room < 0) return whole.slice(0, fitting(whole, cols)) as SafeText;
  return (whole.slice(0, fitting(whole, room)) + mark) as SafeText;
}

/** A line of at most `cols` cells; when it had to be cut it ends in the ellipsis, in the tone of the span it cuts. */
export function cutLine(line: Line, cols: number, ellipsis = '…'): Line {
  if (lineWidth(line) <= cols) return line;
  const mark = oneLine(ellipsis);
  const markWidth = safeWidth(mark);
  const room = cols >= markWidth ? cols - markWidth : cols;
  const out: Span[] = [];
  let used = 0;
  for (const part of line) {
    const wide = safeWidth(part.text);
    if (used + wide <= room) {
      out.push(part);
      used += wide;
      continue;
    }
    const kept = part.text.slice(0, fitting(part.text, room - used));
    const text = (room < cols ? kept + mark : kept) as SafeText;
    if (text !== '') out.push({ ...part, text });
    break;
  }
  return out;
}

function blank(cols: number): Span {
  return { text: ' '.repeat(Math.max(0, cols)) as SafeText, tone: 'plain' };
}

/** A line of exactly `cols` cells: cut, or filled with spaces. */
export function padLine(line: Line, cols: number): Line {
  const missing = cols - lineWidth(line);
  if (missing === 0) return line;
  if (missing > 0) return [...line, blank(missing)];
  // A wide character that was cut in two leaves a cell over.
  const fitted = cutLine(line, cols);
  const over = cols - lineWidth(fitted);
  return over > 0 ? [...fitted, blank(over)] : fitted;
}

/** Both parts on one row of exactly `cols` cells, the right one at the right edge; the left one gives way. */
export function joinLines(left: Line, right: Line, cols: number): Line {
  const tail = cutLine(right, cols);
  const taken = lineWidth(tail);
  const room = taken === 0 ? cols : Math.max(0, cols - taken - 1);
  return [...padLine(cutLine(left, room), cols - taken), ...tail];
}

/** Rows of at most `cols` cells, broken between words where possible; line ends and indentation stay. */
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
    // A character wider than the row still takes a row of its own: the loop must advance.
    const hard = Math.max(fits, String.fromCodePoint(rest.codePointAt(0)!).length);
    const space = rest[hard] === ' ' ? hard : rest.lastIndexOf(' ', hard - 1);
    const at = space > 0 && rest.slice(0, space).trim() !== '' ? space : hard;
    out.push(rest.slice(0, at).trimEnd() as SafeText);
    rest = rest.slice(at).replace(/^ +/, '') as SafeText;
  }
  if (rest !== '' || out.length === 0) out.push(rest);
  return out;
}

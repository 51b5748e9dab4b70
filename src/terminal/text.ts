/** The text kit: spans and lines of safe text, measured, cut, padded and wrapped by cells. Pure; panels may use it. */
import { oneLine, PLAIN, safeText, type SafeText } from './safetext.ts';
import { cells } from './widths.ts';

export { glyphs, type GlyphName, type Glyphs } from './glyphs.ts';
export { graphemes, oneLine, safeText, type SafeText } from './safetext.ts';

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
interface Attrs {
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
  for (const char of text) sum += cells(char.codePointAt(0)!);
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
    const wide = cells(char.codePointAt(0)!);
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
  const fitted = cutLine(line, cols);
  const missing = cols - lineWidth(fitted);
  return missing > 0 ? [...fitted, blank(missing)] : fitted;
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

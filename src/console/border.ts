/** Borders and rules around lines. Pure. */
import {
  type Line,
  type Span,
  type Tone,
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  padLine,
  span,
} from '../terminal/text.ts';

interface Boxed {
  readonly title: Line;
  readonly right?: Line;
  readonly lines: readonly Line[];
  readonly cols: number;
  readonly rows: number;
  readonly ascii: boolean;
  readonly tone?: Tone;
}

/** `lines` in a border of exactly `cols` x `rows` cells, title and right-hand words in its upper edge. */
export function bordered({ title, right = [], lines, cols, rows, ascii, tone = 'border' }: Boxed): readonly Line[] {
  const sign = glyphs(ascii);
  const edge = (text: string): Span => span(text, tone);
  const inner = Math.max(0, cols - 4);
  const body = Array.from({ length: Math.max(0, rows - 2) }, (_, i): Line => [
    edge(`${sign.vertical} `),
    ...padLine(lines[i] ?? [], inner),
    edge(` ${sign.vertical}`),
  ]);
  const bottom: Line = [edge(sign.bottomLeft + sign.horizontal.repeat(Math.max(0, cols - 2)) + sign.bottomRight)];
  const corner = edge(sign.horizontal + sign.topRight);
  const top = ruled([edge(`${sign.topLeft}${sign.horizontal} `), ...title], [...right, corner], cols, ascii, tone);
  return rows < 2 ? [top] : [top, ...body, bottom];
}

/** `left ──── right`, of exactly `cols` cells. */
export function ruled(left: Line, right: Line, cols: number, ascii: boolean, tone: Tone = 'border'): Line {
  const sign = glyphs(ascii);
  const tail = lineWidth(right) === 0 ? [] : right;
  const room = cols - lineWidth(tail) - 1;
  const head = cutLine(left, Math.max(0, room - 1));
  const fill = cols - lineWidth(head) - lineWidth(tail) - 1;
  if (fill < 1) return joinLines(left, right, cols);
  return [...head, span(' ', tone), span(sign.horizontal.repeat(fill), tone), ...tail];
}

/** A rule over the whole width. */
export const rule = (cols: number, ascii: boolean): Line => [span(glyphs(ascii).horizontal.repeat(cols), 'border')];

/** Paints the lines of a region into the renderer's cells, clipped to the screen. */
import { FLAGS, OWN_COLOUR, WIDE_TAIL, type ScreenCell, type ScreenRow } from './blessed.ts';
import { ATTRS, glyphs, type GlyphName, type Line, type Span } from './text.ts';
import type { Theme } from './theme.ts';
import { cellWidth } from './widths.ts';

/** A rectangle of the screen and what it shows. */
export interface Region {
  /** Identifies the region over frames; unique within a frame. */
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
  readonly lines: readonly Line[];
}

/** Regions in the order of drawing, the later ones on top. */
export interface Frame {
  readonly regions: readonly Region[];
  /** The cell of the terminal's own cursor; null hides it. */
  readonly cursor: { readonly x: number; readonly y: number } | null;
}

type Brush = ReturnType<typeof makeBrush>;

const OWN = (OWN_COLOUR << 9) | OWN_COLOUR;

/** Turns spans into cells: their attributes in a theme, and ASCII signs where asked for. */
export function makeBrush(theme: Theme, ascii: boolean) {
  const known = new Map<string, number>();
  const signs = asciiSigns();
  return {
    attr(span: Span): number {
      const { tone, bold, inverse, strike, underline } = span;
      const isPlain = !bold && !inverse && !strike && !underline;
      const key = isPlain ? tone : `${tone},${bold},${inverse},${strike},${underline}`;
      let attr = known.get(key);
      if (attr === undefined) {
        const look = theme.look(span);
        const flags = ATTRS.reduce((sum, name) => sum | (look[name] ? FLAGS[name] : 0), 0);
        attr = (flags << 18) | ((look.fg ?? OWN_COLOUR) << 9) | OWN_COLOUR;
        known.set(key, attr);
      }
      return attr;
    },
    sign: (char: string): string => (ascii ? (signs.get(char) ?? char) : char),
  };
}

/** The ASCII form of the signs that take one cell. */
function asciiSigns(): Map<string, string> {
  const unicode = glyphs(false);
  const ascii = glyphs(true);
  const names = Object.keys(unicode) as GlyphName[];
  return new Map(names.filter((name) => unicode[name].length === 1).map((name) => [unicode[name], ascii[name][0]!]));
}

function put(row: ScreenRow, x: number, attr: number, ch: string): void {
  const cell: ScreenCell | undefined = row[x];
  if (cell === undefined || (cell[0] === attr && cell[1] === ch)) return;
  cell[0] = attr;
  cell[1] = ch;
  row.dirty = true;
}

/** Paints a line into the cells from `left` to before `right`, and blanks the rest. */
function paintLine(row: ScreenRow, left: number, right: number, line: Line, brush: Brush): void {
  let x = left;
  // The cell that combining marks join.
  let at = -1;
  for (let i = 0; i < line.length; i++) {
    const attr = brush.attr(line[i]!);
    const { text } = line[i]!;
    for (let from = 0, char = ''; from < text.length; from += char.length) {
      const point = text.codePointAt(from)!;
      char = point > 0xffff ? String.fromCodePoint(point) : text[from]!;
      const wide = cellWidth(point);
      if (wide === 0) {
        const before = at < 0 ? undefined : row[at];
        if (before !== undefined) put(row, at, attr, before[1] + char);
        continue;
      }
      if (x >= right) return;
      // Half of a wide character cannot be shown at the edges.
      const fits = x >= 0 && x + wide <= right && x + wide <= row.length;
      put(row, x, attr, fits ? brush.sign(char) : ' ');
      if (wide === 2 && x + 1 < right) put(row, x + 1, attr, fits ? WIDE_TAIL : ' ');
      at = x;
      x += wide;
    }
  }
  for (; x < right; x++) put(row, x, OWN, ' ');
}

/** Blanks the wide characters that the edges of a region cut in two. */
function mendEdges(row: ScreenRow, left: number, right: number): void {
  const before = row[left - 1];
  if (before !== undefined && before[1] !== '' && cellWidth(before[1].codePointAt(0)!) === 2)
    put(row, left - 1, before[0], ' ');
  const after = row[right];
  if (after?.[1] === WIDE_TAIL) put(row, right, after[0], ' ');
}

/**
 * Paints a region, skipping lines that the cells already show: `before` holds the lines it painted last in this place
 * (null: unknown). Rows in `repainted` were painted in this frame by a region below, and are painted again.
 */
export function paintRegion(
  rows: readonly ScreenRow[],
  region: Region,
  brush: Brush,
  before: readonly Line[] | null,
  repainted: Set<number>,
): void {
  for (let index = 0; index < region.rows; index++) {
    const y = region.y + index;
    const row = rows[y];
    if (row === undefined) continue;
    const right = Math.min(region.x + region.cols, row.length);
    if (right <= region.x) continue;
    const line = region.lines[index] ?? NO_SPANS;
    if (before !== null && !repainted.has(y) && isSame(before[index] ?? NO_SPANS, line)) continue;
    repainted.add(y);
    mendEdges(row, region.x, right);
    paintLine(row, region.x, right, line, brush);
  }
}

const NO_SPANS: Line = [];

const isSame = (a: Line, b: Line): boolean =>
  a === b || (a.length === b.length && a.every((part, at) => isSameSpan(part, b[at]!)));

const isSameSpan = (a: Span, b: Span): boolean =>
  a.text === b.text &&
  a.tone === b.tone &&
  a.bold === b.bold &&
  a.inverse === b.inverse &&
  a.strike === b.strike &&
  a.underline === b.underline;

/** Blanks every cell, before regions that moved are painted. */
export function blankAll(rows: readonly ScreenRow[]): void {
  for (const row of rows) for (let x = 0; x < row.length; x++) put(row, x, OWN, ' ');
}

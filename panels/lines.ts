/** Lines put together: words with separators, blocks side by side, lists cut to the rows there are. */
import { type Line, type Span, type Tone, cutLine, padLine, span, wrapText } from '../src/terminal/text.ts';

/** The parts that are not empty. */
export const present = (parts: readonly (string | undefined)[]): readonly string[] =>
  parts.filter((part) => part !== undefined && part !== '') as readonly string[];

export const joinWords = (parts: readonly (string | undefined)[], separator = ' '): string =>
  present(parts).join(separator);

/** The parts in one line, with `separator` between them. */
export const separated = (parts: readonly (Line | Span)[], separator: Span): Line =>
  parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part]).flat());

export const textRow = (text: string, cols: number, tone: Tone = 'dim'): Line => cutLine([span(text, tone)], cols);

export const textRows = (text: string, cols: number, tone: Tone = 'dim'): readonly Line[] =>
  wrapText(text, Math.max(1, cols)).map((row) => textRow(row, cols, tone));

/** A row of text inside a panel, indented by two cells. */
export const indented = (text: string, cols: number, tone: Tone = 'plain'): Line =>
  cutLine([span('  '), span(text, tone)], cols);

/** Blocks beside each other, each `cols` wide, `gap` cells apart. */
export const sideBySide = (blocks: readonly (readonly Line[])[], cols: number, gap: number): readonly Line[] =>
  Array.from({ length: Math.max(...blocks.map(({ length }) => length)) }, (_, row) =>
    separated(
      blocks.map((block) => padLine(block[row] ?? [], cols)),
      span(' '.repeat(gap)),
    ),
  );

/** At most `rows` of all; when some do not fit, the last row is what `more` makes of those. */
export const limited = <T>(all: readonly T[], rows: number, more: (hidden: readonly T[]) => T): readonly T[] =>
  all.length <= rows ? all : [...all.slice(0, rows - 1), more(all.slice(rows - 1))];

/** Drawn lines as text that a reviewer can read in a diff: the cells and, at one size a panel, the tone of each cell. */
import { lineWidth, width, type Line, type Size, type Tone } from '../../src/terminal/text.ts';

/** One letter for each tone; `plain` is a dot, bold and inverse are the capital letter. */
const LETTERS: Readonly<Record<Tone, string>> = {
  plain: '.',
  dim: 'd',
  ok: 'o',
  warn: 'w',
  crit: 'c',
  stale: 's',
  info: 'i',
  own: 'm',
  title: 't',
  border: 'b',
  key: 'k',
  person1: '1',
  person2: '2',
  person3: '3',
  person4: '4',
};

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

function tonesOf(line: Line): string {
  return line
    .map((part) => {
      const letter = part.strike ? '-' : LETTERS[part.tone];
      const seen = part.bold || part.inverse ? letter.toUpperCase() : letter;
      return [...part.text].map((char) => (char === ' ' && !part.inverse ? ' ' : seen.repeat(width(char)))).join('');
    })
    .join('')
    .trimEnd();
}

/** The cells under a heading, and with `toned` their tones. */
export function drawn(heading: string, lines: readonly Line[], { cols, rows }: Size, toned: boolean): string {
  const edge = `+${'-'.repeat(cols)}+`;
  const cells = lines.map((line) => `|${textOf(line)}${' '.repeat(Math.max(0, cols - lineWidth(line)))}|`);
  return [
    `== ${heading} (${cols}x${rows})`,
    edge,
    ...cells,
    edge,
    ...(toned ? lines.map((line) => `:${tonesOf(line)}`) : []),
    '',
  ].join('\n');
}

/** What is wrong with these lines, as sentences; empty when nothing is. */
export function faults(lines: readonly Line[], { cols, rows }: Size): readonly string[] {
  const found: string[] = [];
  if (lines.length > rows) found.push(`${lines.length} lines in ${rows} rows`);
  for (const [i, line] of lines.entries()) {
    const text = textOf(line);
    if (lineWidth(line) > cols) found.push(`line ${i} has ${lineWidth(line)} cells of ${cols}: ${text}`);
    if (/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/.test(text))
      found.push(`line ${i} holds a control: ${JSON.stringify(text)}`);
    if (/NaN|undefined|Infinity|\[object/.test(text)) found.push(`line ${i} says ${text}`);
  }
  return found;
}

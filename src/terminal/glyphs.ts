/** Every sign the product draws by itself, in Unicode and in ASCII. No emoji: their width differs between terminals. */
import type { SafeText } from './safetext.ts';

const UNICODE = {
  ok: '✓',
  warn: '▲',
  crit: '■',
  stale: '~',
  noData: '?',
  partial: '◆',
  horizontal: '─',
  vertical: '│',
  topLeft: '┌',
  topRight: '┐',
  bottomLeft: '└',
  bottomRight: '┘',
  teeLeft: '├',
  teeRight: '┤',
  teeDown: '┬',
  teeUp: '┴',
  cross: '┼',
  barFull: '█',
  barEmpty: '░',
  gap: '·',
  dot: '·',
  bullet: '•',
  ellipsis: '…',
  arrow: '→',
  up: '↑',
  down: '↓',
  prompt: '>',
  radioOn: '●',
  radioOff: '○',
  checkOn: '[x]',
  checkOff: '[ ]',
  newline: '⏎',
} as const;

/** The names of the signs. */
export type GlyphName = keyof typeof UNICODE;

const ASCII: Record<GlyphName, string> = {
  ok: '+',
  warn: '!',
  crit: '#',
  stale: '~',
  noData: '?',
  partial: '%',
  horizontal: '-',
  vertical: '|',
  topLeft: '+',
  topRight: '+',
  bottomLeft: '+',
  bottomRight: '+',
  teeLeft: '+',
  teeRight: '+',
  teeDown: '+',
  teeUp: '+',
  cross: '+',
  barFull: '=',
  barEmpty: '.',
  gap: ' ',
  dot: '-',
  bullet: '*',
  ellipsis: '>',
  arrow: '->',
  up: '^',
  down: 'v',
  prompt: '>',
  radioOn: '(o)',
  radioOff: '( )',
  checkOn: '[x]',
  checkOff: '[ ]',
  newline: '/',
};

/** A sign for every name; the caller chooses once per frame, by the `--ascii` option. */
export type Glyphs = Readonly<Record<GlyphName, SafeText>>;

/** The signs of the ASCII set or of the Unicode set. */
export function glyphs(ascii: boolean): Glyphs {
  // Both tables are written here and hold no control characters.
  return (ascii ? ASCII : UNICODE) as Record<GlyphName, string> as Glyphs;
}

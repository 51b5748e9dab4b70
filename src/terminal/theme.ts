/** What each tone looks like: five themes, in 256, 16 or no colours. No background is ever painted except by inverse. */
import type { Line, Span, Tone } from './text.ts';

/** The themes a person may choose. */
export const THEMES = ['auto', 'dark', 'light', 'high-contrast', 'mono'] as const;
export type ThemeName = (typeof THEMES)[number];
/** How many colours the terminal has. */
export type Depth = 0 | 16 | 256;

/** How text is drawn: a foreground colour by its index, null for the terminal's own, and attributes. */
export interface Look {
  readonly fg: number | null;
  readonly bold: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
}
export interface Theme {
  readonly name: ThemeName;
  readonly depth: Depth;
  look(span: Omit<Span, 'text'>): Look;
}

type Palette = Readonly<Record<Tone, number | null>>;

// No colour of a person is a colour of a state. test/terminal/theme.test.ts checks the contrast against black and white
// and the distances for colour-blind eyes.
const AUTO: Palette = {
  plain: null,
  dim: 243,
  ok: 30,
  warn: 130,
  crit: 161,
  stale: 133,
  info: 31,
  own: null,
  title: null,
  border: 243,
  key: null,
  person1: 97,
  person2: 31,
  person3: 100,
  person4: 29,
};
const DARK: Palette = {
  ...AUTO,
  dim: 246,
  ok: 79,
  warn: 214,
  crit: 203,
  stale: 183,
  info: 75,
  border: 243,
  person1: 141,
  person2: 75,
  person3: 144,
  person4: 114,
};
const LIGHT: Palette = {
  ...AUTO,
  dim: 241,
  ok: 23,
  warn: 94,
  crit: 125,
  stale: 90,
  info: 25,
  person1: 54,
  person2: 25,
  person3: 58,
  person4: 22,
};
// For a black background; on a light one `mono` has the contrast of the terminal itself.
const HIGH_CONTRAST: Palette = {
  plain: 231,
  dim: 252,
  ok: 123,
  warn: 229,
  crit: 217,
  stale: 225,
  info: 159,
  own: 231,
  title: 231,
  border: 252,
  key: 231,
  person1: 225,
  person2: 159,
  person3: 187,
  person4: 194,
};
const NONE = Object.fromEntries(Object.keys(AUTO).map((tone) => [tone, null])) as Palette;
const SIXTEEN: Palette = {
  ...NONE,
  ok: 6,
  warn: 3,
  crit: 1,
  stale: 5,
  info: 6,
  person1: 5,
  person2: 6,
  person3: 5,
  person4: 2,
};

/** The 256-colour index of each tone, null for the terminal's own foreground. */
export const PALETTES: Readonly<Record<ThemeName, Palette>> = {
  auto: AUTO,
  dark: DARK,
  light: LIGHT,
  'high-contrast': HIGH_CONTRAST,
  mono: NONE,
};

const BOLD: ReadonlySet<Tone> = new Set(['crit', 'warn', 'title', 'key', 'own']);

/** A theme at a colour depth; with no colours every theme is `mono`, where attributes carry what colours did. */
export function makeTheme(name: ThemeName, depth: Depth): Theme {
  const mono = name === 'mono' || depth === 0;
  const palette = mono ? NONE : depth === 16 ? SIXTEEN : PALETTES[name];
  return {
    name,
    depth: mono ? 0 : depth,
    look: ({ tone, bold, inverse, strike, underline }) => ({
      fg: palette[tone],
      bold: bold === true || BOLD.has(tone),
      // Two inversions would cancel out: an inverse critical span stays inverse.
      inverse: inverse === true || (mono && tone === 'crit'),
      underline: underline === true || (mono && tone === 'info'),
      strike: strike === true,
    }),
  };
}

/** How many colours to use, by NO_COLOR (any value but the empty one) and TERM. */
export function depthOf(env: Readonly<Record<string, string | undefined>>): Depth {
  if ((env['NO_COLOR'] ?? '') !== '') return 0;
  const term = env['TERM'] ?? '';
  if (term === 'dumb' || term.startsWith('vt')) return 0;
  // These terminals have the palette of 16; everything else in use today has 256, whatever its terminfo says.
  return term === 'linux' || term === 'ansi' || term === 'cygwin' ? 16 : 256;
}

/** The SGR sequence of a look, empty when nothing but the terminal's own is asked for. */
export function sgr(look: Look): string {
  const codes: string[] = [];
  if (look.bold) codes.push('1');
  if (look.underline) codes.push('4');
  if (look.inverse) codes.push('7');
  if (look.strike) codes.push('9');
  if (look.fg !== null)
    codes.push(look.fg < 8 ? String(30 + look.fg) : look.fg < 16 ? String(82 + look.fg) : `38;5;${look.fg}`);
  return codes.length === 0 ? '' : `\x1b[${codes.join(';')}m`;
}

/** A line as text with its colours, for output that is no screen: the plain mode and the command line. */
export function ansiText(line: Line, theme: Theme): string {
  return line
    .map((part) => {
      const start = theme.depth === 0 ? '' : sgr(theme.look(part));
      return start === '' ? part.text : `${start}${part.text}\x1b[m`;
    })
    .join('');
}

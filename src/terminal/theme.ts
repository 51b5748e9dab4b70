/** What each tone looks like: five themes, in 256, 16 or no colours. Only inverse paints a background. */
import type { Attrs, Line, Span, Tone } from './text.ts';

export const THEMES = ['auto', 'dark', 'light', 'high-contrast', 'mono'] as const;
export type ThemeName = (typeof THEMES)[number];
/** How many colours the terminal has. */
export type Depth = 0 | 16 | 256;

/** A foreground colour by its index (null: the terminal's own) and attributes. */
export type Look = { readonly fg: number | null } & Readonly<Record<keyof Attrs, boolean>>;
export interface Theme {
  readonly name: ThemeName;
  readonly depth: Depth;
  look(span: Omit<Span, 'text'>): Look;
}

type Palette = Readonly<Record<Tone, number | null>>;

/**
 * The colour of each tone (null: the terminal's own) in the palettes auto, dark, light, high-contrast (made for a black
 * background) and 16 colours. No person has the colour of a state; test/terminal/theme.test.ts checks contrasts and the
 * distances for colour-blind eyes.
 */
const COLOURS: Readonly<Record<Tone, readonly (number | null)[]>> = {
  plain: [null, null, null, 231, null],
  dim: [243, 246, 241, 252, null],
  ok: [30, 79, 23, 123, 6],
  warn: [130, 214, 94, 229, 3],
  crit: [161, 203, 125, 217, 1],
  stale: [133, 183, 90, 225, 5],
  info: [31, 75, 25, 159, 6],
  own: [null, null, null, 231, null],
  title: [null, null, null, 231, null],
  border: [243, 243, 243, 252, null],
  key: [null, null, null, 231, null],
  person1: [97, 141, 54, 225, 5],
  person2: [31, 75, 25, 159, 6],
  person3: [100, 144, 58, 187, 5],
  person4: [29, 114, 22, 194, 2],
};
const column = (at: number): Palette =>
  Object.fromEntries(Object.entries(COLOURS).map(([tone, colours]) => [tone, colours[at] ?? null])) as Palette;
const SIXTEEN = column(4);

/** The 256-colour index of each tone, null for the terminal's own foreground. */
export const PALETTES: Readonly<Record<ThemeName, Palette>> = {
  auto: column(0),
  dark: column(1),
  light: column(2),
  'high-contrast': column(3),
  mono: column(5),
};

const BOLD: ReadonlySet<Tone> = new Set(['crit', 'warn', 'title', 'key', 'own']);

/** A theme at a colour depth. Without colours every theme is `mono`, where attributes tell the tones apart. */
export function makeTheme(name: ThemeName, depth: Depth): Theme {
  const mono = name === 'mono' || depth === 0;
  const palette = mono ? PALETTES.mono : depth === 16 ? SIXTEEN : PALETTES[name];
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
  // Every other terminal in use today has 256 colours, whatever its terminfo says.
  return term === 'linux' || term === 'ansi' || term === 'cygwin' ? 16 : 256;
}

/** The SGR sequence of a look; empty for plain text in the terminal's own colour. */
export function sgr(look: Look): string {
  const { bold, underline, inverse, strike, fg } = look;
  const colour = fg === null ? '' : fg < 8 ? 30 + fg : fg < 16 ? 82 + fg : `38;5;${fg}`;
  const codes = [bold && 1, underline && 4, inverse && 7, strike && 9, colour].filter(Boolean);
  return codes.length === 0 ? '' : `\x1b[${codes.join(';')}m`;
}

/** A line as text with SGR colours, for the plain mode and the command line. */
export function ansiText(line: Line, theme: Theme): string {
  return line
    .map((part) => {
      const start = theme.depth === 0 ? '' : sgr(theme.look(part));
      return start === '' ? part.text : `${start}${part.text}\x1b[m`;
    })
    .join('');
}

/** The states of health: shape, word and colour of each, so that none depends on colour alone. */
import { type GlyphName, type Span, type Tone, glyphs, span } from '../src/terminal/text.ts';
import { joinWords } from './lines.ts';
import { type Health, HEALTHS } from './panel.ts';

export const HEALTH_STYLE: Readonly<
  Record<Health, { readonly glyph: GlyphName; readonly word: string; readonly tone: Tone }>
> = {
  crit: { glyph: 'crit', word: 'CRIT', tone: 'crit' },
  warn: { glyph: 'warn', word: 'WARN', tone: 'warn' },
  stale: { glyph: 'stale', word: 'STALE', tone: 'stale' },
  'no-data': { glyph: 'noData', word: 'NO DATA', tone: 'stale' },
  partial: { glyph: 'partial', word: 'PARTIAL', tone: 'warn' },
  ok: { glyph: 'ok', word: 'ok', tone: 'ok' },
  none: { glyph: 'dot', word: 'absent', tone: 'dim' },
};

/** The worst of several; `none` when there are none. */
export const worst = (states: readonly Health[]): Health => HEALTHS.find((health) => states.includes(health)) ?? 'none';

export const toneOf = (health: Health): Tone => HEALTH_STYLE[health].tone;

function signed(health: Health, ascii: boolean, words: readonly string[]): Span {
  const { glyph, tone } = HEALTH_STYLE[health];
  return span(joinWords([glyphs(ascii)[glyph], ...words]), tone, health === 'crit' ? { bold: true } : undefined);
}

/** The shape alone: `■`. */
export const mark = (health: Health, ascii: boolean): Span => signed(health, ascii, []);

/** Shape, word and `more`: `■ CRIT`, `~ STALE 9s`. */
export const badge = (health: Health, ascii: boolean, more = ''): Span =>
  signed(health, ascii, [HEALTH_STYLE[health].word, more]);

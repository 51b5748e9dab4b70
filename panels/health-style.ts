/** The states of health: shape, word and colour of each, so that none depends on colour alone. */
import { glyphs, span, type GlyphName, type Span, type Tone } from '../src/terminal/text.ts';
import type { Health } from './panel.ts';

/** From bad to good, as in `Health`. */
const HEALTHS: readonly Health[] = ['crit', 'warn', 'stale', 'no-data', 'partial', 'ok', 'none'];

/** What a health looks like. `none` is nothing to look at: it stands only where something has to. */
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

/** The worst of several; `none` of nothing. */
export function worst(states: readonly Health[]): Health {
  return HEALTHS.find((health) => states.includes(health)) ?? 'none';
}

export const toneOf = (health: Health): Tone => HEALTH_STYLE[health].tone;

/** The shape alone: `■`. */
export function mark(health: Health, ascii: boolean): Span {
  const { glyph, tone } = HEALTH_STYLE[health];
  return health === 'crit' ? span(glyphs(ascii)[glyph], tone, { bold: true }) : span(glyphs(ascii)[glyph], tone);
}

/** Shape and word: `■ CRIT`, `✓ ok`, `~ STALE 9s`. `more` follows the word. */
export function badge(health: Health, ascii: boolean, more = ''): Span {
  const { glyph, word, tone } = HEALTH_STYLE[health];
  const text = `${glyphs(ascii)[glyph]} ${word}${more === '' ? '' : ` ${more}`}`;
  return health === 'crit' ? span(text, tone, { bold: true }) : span(text, tone);
}

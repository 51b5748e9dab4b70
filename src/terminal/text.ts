/**
 * The text kit: safe text, spans and lines. The one place where outside text becomes something that may be drawn.
 * Pure; panels may use it.
 */

declare const safe: unique symbol;
/** Text that holds no control byte and nothing that reorders or hides other text. */
export type SafeText = string & { readonly [safe]: true };

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

export interface Span {
  readonly text: SafeText;
  readonly tone: Tone;
  readonly bold?: true;
  readonly inverse?: true;
  readonly strike?: true;
  readonly underline?: true;
}
/** One row of the screen, or of a panel: styled spans built from safe text; never a tag string. */
export type Line = readonly Span[];
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/**
 * The one place where outside text becomes something that may be drawn: no byte a terminal would obey, nothing that
 * reorders or hides other text. Pure.
 */

declare const safe: unique symbol;
/** Text that holds no control byte and nothing that reorders or hides other text. */
export type SafeText = string & { readonly [safe]: true };

/** Text that is safe as it is, one cell for each character. */
export const PLAIN = /^[\x20-\x7e\n]*$/;
// C0 and C1 controls, and everything that is invisible or reorders text: a terminal may obey them, a reader cannot see them.
const HIDDEN =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]/gu;
const CLUSTERED =
  /\p{M}|[\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]|[\u200d\u1100-\u11ff\ud7b0-\ud7ff\u{1f1e6}-\u{1f1ff}\u{e0020}-\u{e007f}]/u;
const FLAG_LETTER = 0x1f1e6;
const REPLACEMENT = '\ufffd';

let segmenter: Intl.Segmenter | undefined;

/** The grapheme clusters of a text: what a person sees as one character. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Terminals disagree on the width of composed emoji and of piled marks, so each cluster becomes one they agree on. */
function simpler(cluster: string): string {
  if (PLAIN.test(cluster)) return cluster;
  if (/^[\u{1f1e6}-\u{1f1ff}]{2}$/u.test(cluster)) {
    return `[${[...cluster].map((letter) => String.fromCharCode(letter.codePointAt(0)! - FLAG_LETTER + 65)).join('')}]`;
  }
  if (/^\p{Extended_Pictographic}/u.test(cluster)) {
    const [first, second] = [...cluster];
    // A picture with anything but the known modifiers behind it keeps it, to be made visible below.
    const joined = /^(?:\ufe0e|\ufe0f|\u200d|\u20e3|[\u{1f3fb}-\u{1f3ff}]|[\u{e0020}-\u{e007f}])$/u.test(second ?? '');
    return joined ? first! : cluster;
  }
  let marks = 0;
  return cluster
    .normalize('NFC')
    .replace(/[\ufe00-\ufe0f]/g, '')
    .replace(/[\p{Mn}\p{Me}]/gu, (mark) => (++marks > 2 ? '' : mark));
}

// Segmenting takes up to 10 µs a character, and the same entries are drawn again in every frame.
const simplified = new Map<string, string>();
let remembered = 0;
const REMEMBER_CHARS = 500_000;

function simplify(text: string): string {
  const known = simplified.get(text);
  if (known !== undefined) return known;
  let out = '';
  for (const cluster of graphemes(text)) out += simpler(cluster);
  remembered += text.length;
  if (remembered > REMEMBER_CHARS) {
    simplified.clear();
    remembered = text.length;
  }
  simplified.set(text, out);
  return out;
}

/**
 * Outside text made fit to draw. Controls, escapes, bidi and invisible characters are replaced by U+FFFD, never
 * deleted, so that an attack stays visible in the record; composed emoji become their first emoji, flags `[DE]`, a tab
 * two spaces. Newlines stay `\n`. Doing it twice changes nothing.
 */
export function safeText(s: string): SafeText {
  if (PLAIN.test(s)) return s as SafeText;
  let text = s.toWellFormed().replace(/\r\n?/g, '\n').replaceAll('\t', '  ');
  if (CLUSTERED.test(text)) text = simplify(text);
  return text.replace(HIDDEN, REPLACEMENT) as SafeText;
}

/** Safe text on one line: line ends are shown as ` ⏎ `. */
export function oneLine(s: string): SafeText {
  const text = safeText(s);
  return (text.includes('\n') ? text.replaceAll('\n', ' ⏎ ') : text) as SafeText;
}

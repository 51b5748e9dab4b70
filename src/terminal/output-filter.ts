/**
 * The last check before the terminal: only sequences that our renderer sends may pass. Text is made safe before it is
 * drawn, so the filter normally changes nothing; without it one mistake there would let an entry write to somebody's
 * clipboard.
 */

// Cursor and erase, colours, modes by number, save and restore. Titles and clipboard go by their own writers.
const ALLOWED =
  /^\x1b(?:\[(?:\d{1,3}(?:;\d{1,3})?)?H|\[\d{0,3}C|\[[0-2]?[JK]|\[[\d;]{0,24}m|\[\?(?:1|12|25|1000|1004|1006|1049|2004)[hl]|[78=>])/;
const SUSPECT = /[\x00-\x1f\x7f-\x9f]/;

/** Bytes that may not occur in a frame. */
export class ForbiddenBytes extends Error {
  /** The bytes from the first one that may not pass, as JSON. */
  readonly found: string;
  constructor(found: string) {
    super(`bytes that do not belong to a frame: ${found}`);
    this.name = 'ForeignBytes';
    this.found = found;
  }
}

/**
 * The output as it may be sent. Other control bytes throw `ForbiddenBytes` when `strict` (tests), and are replaced by
 * U+FFFD otherwise: a frame with a mark in it is better than none. Blink, which is never used, becomes strike: blessed
 * has no strike, so the bit of blink stands for it.
 */
export function filterOutput(output: string, strict: boolean): string {
  let out = '';
  let rest = output;
  for (;;) {
    const at = rest.search(SUSPECT);
    if (at < 0) return out + rest;
    out += rest.slice(0, at);
    rest = rest.slice(at);
    const sequence = ALLOWED.exec(rest)?.[0];
    if (sequence === undefined) {
      if (strict) throw new ForbiddenBytes(JSON.stringify(rest.slice(0, 24)));
      out += '\ufffd';
      rest = rest.slice(1);
      continue;
    }
    out += sequence.endsWith('m') ? sequence.replace(/^(\x1b\[(?:1;)?(?:4;)?)5(?=[;m])/, '$19') : sequence;
    rest = rest.slice(sequence.length);
  }
}

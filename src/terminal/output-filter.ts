/**
 * The last check before the terminal: only sequences that the renderer sends may pass. Text is made safe before it is
 * drawn; this is the second defence, so that one mistake there cannot let an entry write to a clipboard.
 */

// Cursor and erase, colours, modes by number, save and restore. Titles and the clipboard do not pass through here.
const ALLOWED =
  /\x1b(?:\[(?:\d{1,3}(?:;\d{1,3})?)?H|\[\d{0,3}C|\[[0-2]?[JK]|\[[\d;]{0,24}m|\[\?(?:1|12|25|1000|1004|1006|1049|2004)[hl]|[78=>])/;
/** An allowed sequence (the first group), or a control character that may not pass. */
const CONTROL = new RegExp(`(${ALLOWED.source})|[\\x00-\\x1f\\x7f-\\x9f]`, 'g');

/** A frame with bytes that may not pass; `found`: the bytes from the first one, as JSON. */
export class ForbiddenBytes extends Error {
  readonly found: string;
  constructor(found: string) {
    super(`bytes that do not belong to a frame: ${found}`);
    this.name = 'ForbiddenBytes';
    this.found = found;
  }
}

/**
 * The output with other control bytes replaced by U+FFFD, or, when `strict` (tests), refused with `ForbiddenBytes`. Blink
 * becomes strike, which blessed does not have.
 */
export function filterOutput(output: string, strict: boolean): string {
  return output.replace(CONTROL, (_, sequence: string | undefined, at: number) => {
    if (sequence !== undefined) return sequence.replace(/^(\x1b\[(?:1;)?(?:4;)?)5(?=(?:;[\d;]*)?m$)/, '$19');
    if (strict) throw new ForbiddenBytes(JSON.stringify(output.slice(at, at + 24)));
    return '\ufffd';
  });
}

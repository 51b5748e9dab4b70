/** Reads a stream line by line. */

/** Characters kept of a line; no message may be longer. */
const LONGEST = 1_000_000;

/**
 * The lines of `input`, which end with LF or CRLF only, so that a script can count on one answer for each line. Drops a
 * byte order mark; invalid UTF-8 becomes U+FFFD.
 */
export async function* linesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = '';
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      yield whole(line + text.slice(start, end));
      line = '';
      start = end + 1;
    }
    if (line.length < LONGEST) line += text.slice(start);
  }
  line += decoder.decode();
  if (line !== '') yield whole(line);
}

const whole = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

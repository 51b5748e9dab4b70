import { expect, test } from 'vitest';
import { linesOf } from '../../src/terminal/line-reader.ts';

const read = async (...chunks: readonly (string | Uint8Array)[]): Promise<readonly string[]> => {
  const lines: string[] = [];
  async function* input(): AsyncGenerator<string | Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  for await (const line of linesOf(input())) lines.push(line);
  return lines;
};

test.for<[string, readonly (string | Uint8Array)[], readonly string[]]>([
  ['nothing', [], []],
  ['line feeds, with and without carriage return, the last without', ['a\nb\r\n\nc'], ['a', 'b', '', 'c']],
  ['a line feed at the end begins no other line', ['a\n'], ['a']],
  ['what only looks like the end of a line', ['10%\r90%\n', 'a\u2028b\u0085c\n'], ['10%\r90%', 'a\u2028b\u0085c']],
  ['lines over several chunks, CRLF cut in two', ['a', 'b\r', '\nc', '\n'], ['ab', 'c']],
  ['a character cut in two', [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1), '\n'], ['é']],
  ['a mark of the byte order', ['\ufeffa\n\ufeffb\n'], ['a', '\ufeffb']],
  ['no UTF-8', [Buffer.from([0x61, 0xff, 0x0a, 0xe2, 0x82])], ['a\ufffd', '\ufffd']],
])('%s', async ([, chunks, lines]) => {
  expect(await read(...chunks)).toEqual(lines);
});

test('of a line without end no more is kept than anybody takes', async () => {
  const [line = '', next] = await read(...Array.from({ length: 100 }, () => 'x'.repeat(100_000)), '\nnext\n');
  expect(line.length).toBeLessThan(2_000_000);
  expect(line.length).toBeGreaterThan(16_000);
  expect(next).toBe('next');
});

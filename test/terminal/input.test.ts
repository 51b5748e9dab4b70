import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { bracketsPastes, createDecoder, PASTE_LIMIT, type Decoder } from '../../src/terminal/input.ts';
import type { InputEvent } from '../../src/terminal/sequences.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
function events(...chunks: (string | Uint8Array)[]): InputEvent[] {
  const decoder = createDecoder();
  const out = chunks.flatMap((chunk) => decoder.feed(typeof chunk === 'string' ? bytes(chunk) : chunk));
  return [...out, ...decoder.flush()];
}
const names = (...chunks: string[]) =>
  events(...chunks).map((event) => (event.type === 'key' ? event.name : event.type));

describe('keys', () => {
  test.each([
    ['abc', ['a', 'b', 'c']],
    ['\x1b[A\x1bOA\x1b[D\x1bOH\x1b[H\x1b[F\x1b[4~', ['up', 'up', 'left', 'home', 'home', 'end', 'end']],
    ['\x1bOP\x1bOQ\x1b[15~\x1b[24~\x1b[[B', ['f1', 'f2', 'f5', 'f12', 'f2']],
    ['\x1b[5~\x1b[6~\x1b[3~\x1b[2~', ['pageup', 'pagedown', 'delete', 'insert']],
    ['\x1b[1;5C\x1b[1;3A\x1b[3;5~\x1b[1;2P', ['ctrl-right', 'alt-up', 'ctrl-delete', 'shift-f1']],
    ['\t\x1b[Z\r\n\x7f\b', ['tab', 'shift-tab', 'enter', 'ctrl-j', 'backspace', 'backspace']],
    ['\x01\x10\x1a\x00', ['ctrl-a', 'ctrl-p', 'ctrl-z', 'ctrl-space']],
    ['\x1bs\x1b\r\x1b1\x1bb\x1b\x7f\x1bé', ['alt-s', 'alt-enter', 'alt-1', 'alt-b', 'alt-backspace', 'alt-é']],
    [
      '\x1b[13;5u\x1b[13;2u\x1b[115;3u\x1b[97;2u\x1b[27u\x1b[32;2u',
      ['ctrl-enter', 'shift-enter', 'alt-s', 'A', 'escape', 'space'],
    ],
    ['\x1b[97;1:3u\x1b[57441u\x1b[27;5;13~', ['ctrl-enter']],
    ['\x1b[12;40R\x1b[?62;4c\x1b[>1;2;3c\x1b[M\x1b[9999zx', ['x']],
    ['\x1b\x1b', ['escape', 'escape']],
    ['日🔥', ['日', '🔥']],
  ])('%j', (input, expected) => {
    expect(names(input)).toEqual(expected);
  });

  test('only what types something has text', () => {
    expect(events('a \r')).toEqual([
      { type: 'key', name: 'a', text: 'a' },
      { type: 'key', name: 'space', text: ' ' },
      { type: 'key', name: 'enter' },
    ]);
  });

  test('an escape split over reads is the key it was, and alone it is Escape', () => {
    const decoder = createDecoder();
    expect(decoder.feed(bytes('\x1b'))).toEqual([]);
    expect(decoder.isWaiting()).toBe(true);
    expect(decoder.feed(bytes('[A'))).toEqual([{ type: 'key', name: 'up' }]);
    expect(decoder.isWaiting()).toBe(false);
    decoder.feed(bytes('\x1b'));
    expect(decoder.flush()).toEqual([{ type: 'key', name: 'escape' }]);
  });

  test('invalid UTF-8 is replaced, split UTF-8 is not', () => {
    expect(events(new Uint8Array([0xff, 0x41])).map((event) => event.type === 'key' && event.text)).toEqual([
      '\ufffd',
      'A',
    ]);
    const fire = bytes('🔥');
    expect(events(fire.slice(0, 2), fire.slice(2))).toEqual([{ type: 'key', name: '🔥', text: '🔥' }]);
  });
});

describe('mouse and focus', () => {
  test('reports arrive between text, which is not lost', () => {
    expect(events('a\x1b[<0;10;5M\x1b[<0;10;5mb\x1b[I\x1b[Oc\x1b[<65;1;1M\x1b[<64;300;90M\x1b[<35;2;2M')).toEqual([
      { type: 'key', name: 'a', text: 'a' },
      { type: 'mouse', kind: 'press', x: 9, y: 4, button: 'left' },
      { type: 'key', name: 'b', text: 'b' },
      { type: 'focus', on: true },
      { type: 'focus', on: false },
      { type: 'key', name: 'c', text: 'c' },
      { type: 'mouse', kind: 'wheeldown', x: 0, y: 0, button: 'none' },
      { type: 'mouse', kind: 'wheelup', x: 299, y: 89, button: 'none' },
    ]);
  });
});

describe('paste', () => {
  const paste = (text: string, dropped = 0): InputEvent => ({ type: 'paste', text, dropped });

  test('is one event with its line ends, and never an Enter', () => {
    expect(events('\x1b[200~one\r\ntwo\rthree\x1b[201~')).toEqual([paste('one\ntwo\nthree')]);
    const long = 'log line with text\r'.repeat(530);
    expect(events(`\x1b[200~${long}\x1b[201~`)).toEqual([paste(long.replaceAll('\r', '\n'))]);
  });
  test('keeps sequences inside as text, over any reads', () => {
    const inside = 'a\x1b[A\x1b[31m\x1b[201b\x1b[200~';
    expect(events(...`\x1b[200~${inside}\x1b[201~x`)).toEqual([paste(inside), { type: 'key', name: 'x', text: 'x' }]);
  });
  test('is capped, and the rest is counted', () => {
    const [event] = events(`\x1b[200~${'x'.repeat(PASTE_LIMIT + 77)}\x1b[201~`);
    expect(event).toEqual(paste('x'.repeat(PASTE_LIMIT), 77));
  });
  test('whose end never comes can be ended', () => {
    const decoder = createDecoder();
    decoder.feed(bytes('\x1b[200~half\x1b[20'));
    expect([decoder.isPasting(), decoder.flush()]).toEqual([true, []]);
    expect(decoder.endPaste()).toEqual([paste('half')]);
    expect(decoder.feed(bytes('x'))).toEqual([{ type: 'key', name: 'x', text: 'x' }]);
  });
  test('without brackets a burst with a line end is a paste', () => {
    const decoder = createDecoder({ bracketed: false });
    expect(decoder.feed(bytes('rollback now\rdone\r'))).toEqual([paste('rollback now\ndone\n')]);
    expect(decoder.feed(bytes('short\r')).at(-1)).toEqual({ type: 'key', name: 'enter' });
  });
});

test('the console without windows brackets no pastes', () => {
  expect(['xterm-256color', 'tmux', undefined, 'linux', 'vt220'].map(bracketsPastes)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('any split of the same bytes gives the same events', () => {
  const parts = fc.constantFrom(
    'a',
    '日',
    '\r',
    '\n',
    '\x1b',
    '\x1b[',
    '\x1b[A',
    '\x1bOP',
    '\x1b[1;5C',
    '\x1b[<0;3;4M',
    '\x1b[I',
    '\x1b[13;5u',
    '\x1b[200~',
    '\x1b[201~',
    'text\x1b[31m',
    '🔥',
    '\x1b\r',
    '\x7f',
    '\x1b[12;',
    ';',
    '~',
    '\x9b',
    '\x1bO',
    '1',
    '\x1b]0;x\x07',
  );
  const stream = fc.oneof(
    fc.array(parts, { maxLength: 12 }).map((all) => bytes(all.join(''))),
    fc.uint8Array({ maxLength: 24 }),
  );
  const all = (decoder: Decoder, chunks: Uint8Array[]) => [
    ...chunks.flatMap((chunk) => decoder.feed(chunk)),
    ...decoder.flush(),
    ...decoder.endPaste(),
  ];
  fc.assert(
    fc.property(stream, fc.array(fc.nat(24), { maxLength: 8 }), (data, cuts) => {
      const places = [0, ...cuts.map((cut) => Math.min(cut, data.length)).sort((a, b) => a - b), data.length];
      const chunks = places.slice(1).map((end, index) => data.slice(places[index], end));
      expect(all(createDecoder(), chunks)).toEqual(all(createDecoder(), [data]));
    }),
    { numRuns: process.env['WARROOM_LONG'] ? 200_000 : 3000 },
  );
}, 300_000);

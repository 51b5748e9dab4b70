import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from '../support/patience.ts';
import fc from '../support/property.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { attacks } from './attacks.ts';
import { ForbiddenBytes, filterOutput } from '../../src/terminal/output-filter.ts';
import type { Region, Frame } from '../../src/terminal/paint.ts';
import type { InputEvent } from '../../src/terminal/sequences.ts';
import { openScreen, type Screen, type ScreenOptions } from '../../src/terminal/screen.ts';
import { span } from '../../src/terminal/text.ts';
import { makeTheme } from '../../src/terminal/theme.ts';
import { toSvg } from '../support/svg.ts';
import { vt, type Vt } from '../support/vt.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const opened: Screen[] = [];
afterEach(() => {
  for (const screen of opened.splice(0)) screen.close();
});

function open(cols = 40, rows = 10, more: Partial<ScreenOptions> = {}): { t: Vt; screen: Screen } {
  const t = vt(cols, rows);
  const screen = openScreen({
    input: t.input,
    output: t.output,
    theme: makeTheme('auto', 256),
    ascii: false,
    strict: true,
    ...more,
  });
  opened.push(screen);
  return { t, screen };
}
const region = (id: string, x: number, y: number, cols: number, texts: readonly string[]): Region => ({
  id,
  x,
  y,
  cols,
  rows: texts.length,
  lines: texts.map((text) => [span(text)]),
});
const frame = (...regions: Region[]): Frame => ({ regions, cursor: null });

describe('drawing', () => {
  test('each attribute is its own: one tone, one attribute at a time', async () => {
    const { t, screen } = open();
    const words = [{}, { bold: true }, { inverse: true }, { strike: true }, { underline: true }] as const;
    const lines = words.map((attributes) => [span('x', 'dim', attributes)]);
    screen.draw(frame({ id: 'a', x: 0, y: 0, cols: 10, rows: lines.length, lines }));
    await t.flush();
    const looks = lines.map((_, y) => {
      const { bold, inverse, strike, underline } = t.cell(0, y);
      return { bold, inverse, strike, underline };
    });
    const none = { bold: false, inverse: false, strike: false, underline: false };
    expect(looks).toEqual(words.map((attributes) => ({ ...none, ...attributes })));
  });
  test('puts lines where their region is, later regions on top, and takes back what is gone', async () => {
    const { t, screen } = open();
    const below = region('below', 0, 0, 40, ['first', 'second line']);
    screen.draw(frame(below, region('modal', 3, 1, 6, ['modal', 'more'])));
    await t.flush();
    expect(t.rows().slice(0, 3)).toEqual(['first', 'secmodal ne', '   more']);
    screen.draw(frame(below));
    await t.flush();
    expect(t.rows().slice(0, 3)).toEqual(['first', 'second line', '']);
  });

  test('gives every tone and attribute its look', async () => {
    const { t, screen } = open();
    const line = [
      span('C', 'crit', { inverse: true }),
      span('o', 'ok'),
      span('s', 'plain', { strike: true, underline: true }),
    ];
    screen.draw(frame({ ...region('a', 0, 0, 9, ['']), lines: [line] }));
    await t.flush();
    expect(t.cell(0, 0)).toMatchObject({ ch: 'C', fg: 161, bg: null, bold: true, inverse: true, strike: false });
    expect(t.cell(1, 0)).toMatchObject({ ch: 'o', fg: 30, bold: false, inverse: false });
    expect(t.cell(2, 0)).toMatchObject({ ch: 's', fg: null, strike: true, underline: true });
    screen.setTheme(makeTheme('mono', 256));
    await t.flush();
    expect(t.cell(1, 0)).toMatchObject({ ch: 'o', fg: null });
  });

  test('writes nothing when nothing changed, and a few bytes for one cell', async () => {
    const { t, screen } = open(160, 45);
    const texts = Array.from({ length: 45 }, (_, y) => `row ${y} ${(y === 0 ? 'text ' : '日本 text ').repeat(12)}`);
    screen.draw(frame(region('a', 0, 0, 160, texts), region('clock', 150, 0, 8, ['12:00:00'])));
    t.forget();
    screen.draw(frame(region('a', 0, 0, 160, texts), region('clock', 150, 0, 8, ['12:00:00'])));
    expect(t.bytes()).toBe('');
    screen.draw(frame(region('a', 0, 0, 160, texts.with(44, 'x')), region('clock', 150, 0, 8, ['12:00:01'])));
    expect(t.bytes().length).toBeLessThan(700);
  });

  test('places the cursor, or hides it', async () => {
    const { t, screen } = open();
    screen.draw({ regions: [region('a', 0, 9, 40, ['> typed'])], cursor: { x: 7, y: 9 } });
    await t.flush();
    expect(t.cursor).toEqual({ x: 7, y: 9, hidden: false });
    screen.draw({ regions: [region('a', 0, 9, 40, ['> typed'])], cursor: null });
    await t.flush();
    expect(t.cursor.hidden).toBe(true);
  });

  test('asked for ASCII, the signs of the text kit are ASCII too', async () => {
    const { t, screen } = open(20, 3, { ascii: true });
    screen.draw(frame(region('a', 0, 0, 20, ['two\nlines… 日'])));
    await t.flush();
    expect(t.row(0)).toBe('two / lines> 日');
  });

  const random = fc.constantFrom(
    'a',
    ' ',
    'word',
    '日本',
    '🔥',
    'é',
    'e\u0301',
    '👩‍🚒',
    '✓',
    '⚡',
    '▁█',
    'नमस्ते',
    '한',
    '⚠️',
    '\x1b[2J',
    '■',
  );
  const randomFrame = fc.record({
    texts: fc.array(
      fc.array(random, { maxLength: 14 }).map((parts) => parts.join('')),
      { minLength: 6, maxLength: 6 },
    ),
    modal: fc.option(
      fc.record({
        x: fc.integer({ min: -2, max: 26 }),
        y: fc.integer({ min: -1, max: 6 }),
        text: fc.array(random, { maxLength: 6 }),
      }),
    ),
  });

  test('what is drawn step by step is what a full redraw shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(randomFrame, { minLength: 2, maxLength: 6 }), async (frames) => {
        const { t, screen } = open(24, 6);
        for (const { texts, modal } of frames) {
          const regions = [region('left', 0, 0, 13, texts), region('right', 13, 0, 11, texts.toReversed())];
          if (modal !== null) regions.push(region('modal', modal.x, modal.y, 7, [modal.text.join(''), 'x']));
          screen.draw(frame(...regions));
        }
        await t.flush();
        const stepwise = t.cells();
        screen.redraw();
        await t.flush();
        expect(stepwise).toEqual(t.cells());
        screen.close();
      }),
      { numRuns: process.env['WARROOM_LONG'] ? 2000 : 60 },
    );
  }, 300_000);

  test('a region over others stays on top when only what is below it changes, and the other way round', async () => {
    const text = fc.constantFrom('one', '日本語日本語日本', 'another line of it');
    const step = fc.tuple(text, text, text, text);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        const { t, screen } = open(24, 3);
        for (const [left, right, middle, over] of steps)
          screen.draw(
            frame(
              region('left', 0, 0, 13, [left, 'same', middle]),
              region('right', 13, 0, 11, [right, 'same', middle]),
              region('over', 5, 0, 11, [over, over]),
            ),
          );
        await t.flush();
        const stepwise = t.cells();
        screen.redraw();
        await t.flush();
        expect(stepwise).toEqual(t.cells());
        screen.close();
      }),
      { numRuns: process.env['WARROOM_LONG'] ? 2000 : 60 },
    );
  }, 300_000);
});

describe('hostile text', () => {
  test.each(attacks)('%j reaches the terminal as text only', async (attack) => {
    const { t, screen } = open(60, 5);
    t.forget();
    screen.draw(frame(region('a', 0, 0, 60, ['before', attack, 'after'])));
    screen.setTitle(attack);
    await t.flush();
    const rest = t.bytes().replaceAll(/\x1b\]2;[^\x07]*\x07|\x1b(?:\[[\d;?]*[A-Za-z]|[78])/g, '');
    expect(rest).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    expect([t.row(0), t.row(2)]).toEqual(['before', 'after']);
    expect(t.clipboard).toEqual([]);
    expect(
      t
        .cells()
        .flat()
        .every((cell) => cell.fg === null && !cell.inverse),
    ).toBe(true);
    expect(t.title).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  });

  test('behind safe text a second fence refuses what no frame contains', () => {
    for (const bytes of [
      '\x1b]52;c;eA==\x07',
      '\x9b2J',
      'a\rb',
      '\x1b[8m\x07',
      '\x1b[?1003h',
      '\x1bc',
      '\x1b[6n',
      '\x1b[2;9r',
    ]) {
      expect(() => filterOutput(bytes, true)).toThrow(ForbiddenBytes);
      expect(filterOutput(bytes, false)).toContain('\ufffd');
    }
    const own = '\x1b[H\x1b[2J\x1b7\x1b[3;4H\x1b[1;38;5;5mtext\x1b[C\x1b[m\x1b8\x1b[?25h';
    expect(filterOutput(own, true)).toBe(own);
    expect(filterOutput('\x1b[1;4;5;7;38;5;5m', true)).toBe('\x1b[1;4;9;7;38;5;5m');
  });

  test('a span that was not made by the kit is stopped by the fence', () => {
    const { screen } = open();
    const forged = { text: 'x\u009b2J', tone: 'plain' } as unknown as ReturnType<typeof span>;
    expect(() => screen.draw(frame({ ...region('a', 0, 0, 20, ['']), lines: [[forged]] }))).toThrow(ForbiddenBytes);
  });
});

describe('size', () => {
  test('a burst of resizes is one, and the picture is whole after it', async () => {
    const { t, screen } = open(40, 10);
    const sizes: string[] = [];
    screen.onResize(({ cols, rows }) => {
      sizes.push(`${cols}x${rows}`);
      screen.draw(frame(region('a', 0, rows - 1, cols, [`${cols} wide`])));
    });
    screen.draw(frame(region('a', 0, 9, 40, ['40 wide'])));
    for (let cols = 41; cols <= 90; cols++) t.resize(cols, 20);
    await until('it is drawn', () => sizes.length > 0);
    await t.flush();
    expect(t.rows()).toEqual([...Array.from({ length: 19 }, () => ''), '90 wide']);
    t.resize(91, 20);
    await until('and the next', () => sizes.includes('91x20'));
    expect(sizes).toEqual(['90x20', '91x20']);
  });

  test.each([
    [1, 1],
    [2, 1],
    [20, 5],
    [250, 70],
  ])('%ix%i is drawn, clipped', async (cols, rows) => {
    const { t, screen } = open(cols, rows);
    screen.draw({
      regions: [
        region(
          'a',
          -1,
          -1,
          300,
          Array.from({ length: 90 }, () => '日本語'.repeat(40)),
        ),
      ],
      cursor: { x: 500, y: 500 },
    });
    await t.flush();
    expect(t.rows().length).toBe(rows);
    let size = '';
    screen.onResize((now) => (size = `${now.cols}x${now.rows}`));
    t.resize(1, 1);
    await until('it is that small', () => size === '1x1');
    screen.redraw();
    await t.flush();
    expect(t.text().length).toBeLessThanOrEqual(1);
  });
});

describe('input', () => {
  test('arrives as events; an Escape alone waits its time', async () => {
    const { t, screen } = open();
    const events: InputEvent[] = [];
    screen.onInput((event) => events.push(event));
    t.send('a\x1b');
    await t.flush();
    t.send('[A\x1b');
    await until('the Escape has waited', () => events.length === 3);
    expect(events.map((event) => event.type === 'key' && event.name)).toEqual(['a', 'up', 'escape']);
  });

  test('a paste of 10,000 characters in many reads is one event and no submit', async () => {
    const { t, screen } = open();
    const events: InputEvent[] = [];
    screen.onInput((event) => events.push(event));
    const text = 'log line with text\r'.repeat(530);
    const all = `\x1b[200~${text}\x1b[201~`;
    for (let at = 0; at < all.length; at += 1021) t.send(all.slice(at, at + 1021));
    expect(events).toEqual([{ type: 'paste', text: text.replaceAll('\r', '\n'), dropped: 0 }]);
  });
});

describe('the terminal', () => {
  test('is taken and given back as it was', async () => {
    const { t, screen } = open(40, 10, { title: 'war\x07room' });
    t.scribble('');
    expect([t.alternate, t.input.raw, t.modes.has('2004'), t.modes.has('1000')]).toEqual([false, true, true, false]);
    await t.flush();
    expect([t.alternate, t.title]).toEqual([true, 'war\ufffdroom']);
    screen.setMouse(true);
    expect([t.modes.has('1000'), t.modes.has('1006'), t.modes.has('1003')]).toEqual([true, true, false]);
    screen.close();
    screen.close();
    screen.draw(frame(region('a', 0, 0, 9, ['late'])));
    await t.flush();
    expect([t.alternate, t.input.raw, t.cursor.hidden]).toEqual([false, false, false]);
    expect([...t.modes]).toEqual(['25']);
    expect(t.text()).not.toContain('late');
  });

  test('takes text for its clipboard, whatever it holds', async () => {
    const { t, screen } = open();
    screen.copy('日本\x07\x1b]0;x\x07');
    await t.flush();
    expect(t.clipboard).toEqual(['日本\x07\x1b]0;x\x07']);
  });

  test('rings, and shows what for where it is asked to; nothing in the words is obeyed', async () => {
    const { t, screen } = open();
    t.forget();
    screen.ring('PAGED L1 ana', 'bell');
    expect(t.bytes()).toBe('\x07');
    t.forget();
    screen.ring('a\x1b]52;c;x\x07b;c', 'osc9');
    expect(t.bytes()).toMatch(/^\x1b\]9;[^\x00-\x1f;]*\x1b\\\x07$/);
    t.forget();
    screen.ring('PAGED L1 ana', 'osc777');
    expect(t.bytes()).toBe('\x1b]777;notify;warroom;PAGED L1 ana\x1b\\\x07');
    await t.flush();
    expect(t.clipboard).toEqual([]);
  });

  test('is whole again after somebody else wrote on it', async () => {
    const { t, screen } = open();
    screen.draw(frame(region('a', 0, 0, 40, ['ours'])));
    await t.flush();
    t.scribble('\x1b[1;1Hnoise of another program\r\n'.repeat(4));
    screen.redraw();
    await t.flush();
    expect(t.text().trim()).toBe('ours');
  });
});

test('frames and modals do not pile up in memory', () => {
  // The emulator would keep what it has not had the time to take in.
  const sink = Object.assign(new EventEmitter(), { columns: 80, rows: 24, write: () => true });
  const { screen } = open(80, 24, { output: sink });
  const step = (index: number) => {
    const modal = index % 10 === 0 ? [region('modal', 5, 5, 30, ['question', `answer ${index}`])] : [];
    const texts = Array.from({ length: 24 }, (_, y) => `row ${y} of ${index}`);
    screen.draw(frame(region('a', 0, 0, 80, texts), ...modal));
  };
  const heapAfter = (frames: number) => {
    for (let index = 0; index < frames; index++) step(index);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heapAfter(300);
  expect(heapAfter(process.env['WARROOM_LONG'] ? 10_000 : 600) - before).toBeLessThan(2 * 1024 * 1024);
});

test('a picture shows every character and colour', async () => {
  const { t, screen } = open(20, 2);
  screen.draw(frame({ ...region('a', 0, 0, 20, ['', '']), lines: [[span('<日>', 'crit')], [span('▁█─', 'ok')]] }));
  await t.flush();
  const svg = toSvg(t);
  expect(svg).toContain('&lt;');
  expect(svg).toContain('日');
  expect(svg).toContain('fill="#d7005f"');
  expect(svg.match(/<rect/g)?.length).toBe(3);
  expect(svg).not.toContain('▁');
});

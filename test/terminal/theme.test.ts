import { describe, expect, test } from 'vitest';
import { depthOf, makeTheme, ansiText, PALETTES, sgr, THEMES } from '../../src/terminal/theme.ts';
import { span, type Tone } from '../../src/terminal/text.ts';

type Three = [number, number, number];

/** xterm's 256 colours from 16 on, 0 to 1 in linear light. */
function linear(index: number): Three {
  const steps = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  const grey = 8 + (index - 232) * 10;
  const rgb =
    index >= 232
      ? [grey, grey, grey]
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => steps[step]!);
  return rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Three;
}

const luminance = ([r, g, b]: Three) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Three, b: Three) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
};

// Machado, Oliveira, Fernandes 2009, severity 1.0, in linear light.
const EYES: Readonly<Record<string, readonly Three[]>> = {
  common: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function lab([r, g, b]: Three): Three {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = f(luminance([r, g, b]));
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(index: number, eye: readonly Three[]): Three {
  const light = linear(index);
  return lab(
    eye.map((row) => Math.min(1, Math.max(0, row[0] * light[0] + row[1] * light[1] + row[2] * light[2]))) as Three,
  );
}

const BLACK: Three = [0, 0, 0];
const WHITE: Three = [1, 1, 1];
const colours = (name: keyof typeof PALETTES) =>
  Object.entries(PALETTES[name]).filter((entry): entry is [string, number] => entry[1] !== null);

describe('contrast', () => {
  test.each(colours('auto'))('auto %s (%i) is readable on black and on white', (_, index) => {
    expect(contrast(linear(index), BLACK)).toBeGreaterThanOrEqual(3.7);
    expect(contrast(linear(index), WHITE)).toBeGreaterThanOrEqual(3.7);
  });
  test.each(colours('dark').filter(([tone]) => tone !== 'border'))('dark %s (%i) on black', (_, index) => {
    expect(contrast(linear(index), BLACK)).toBeGreaterThanOrEqual(6);
  });
  test.each(colours('light').filter(([tone]) => tone !== 'border'))('light %s (%i) on white', (_, index) => {
    expect(contrast(linear(index), WHITE)).toBeGreaterThanOrEqual(5);
  });
  test.each(colours('high-contrast'))('high-contrast %s (%i) on black', (_, index) => {
    expect(contrast(linear(index), BLACK)).toBeGreaterThanOrEqual(10);
  });
});

describe('labels and hints', () => {
  const grounds = { auto: [BLACK, WHITE], dark: [BLACK], light: [WHITE], 'high-contrast': [BLACK], mono: [] } as const;
  test.each(THEMES)('are readable in the theme %s', (name) => {
    for (const tone of ['dim', 'title', 'key', 'plain'] as const) {
      const index = PALETTES[name][tone];
      // The terminal's own foreground is readable by its owner's choice.
      if (index === null) continue;
      for (const ground of grounds[name]) expect(contrast(linear(index), ground), tone).toBeGreaterThanOrEqual(4.5);
    }
    expect(makeTheme(name, 16).look({ tone: 'dim' }).fg).toBeNull();
  });
});

describe('critical, warning and ok stay apart for every eye', () => {
  const cases = (['auto', 'dark', 'light', 'high-contrast'] as const).flatMap((name) =>
    Object.entries(EYES).map(([eye, matrix]) => [name, eye, matrix] as const),
  );
  test.each(cases)('%s, %s', (name, _, eye) => {
    const tones = (['crit', 'warn', 'ok'] as const).map((tone) => seen(PALETTES[name][tone]!, eye));
    for (const [index, one] of tones.entries()) {
      for (const other of tones.slice(index + 1)) {
        expect(Math.hypot(...one.map((part, axis) => part - other[axis]!))).toBeGreaterThanOrEqual(15);
      }
    }
  });
});

test('no name looks like a warning or worse', () => {
  for (const theme of THEMES.flatMap((name) => [makeTheme(name, 256), makeTheme(name, 16)])) {
    if (theme.depth === 0) continue;
    const loud = (['crit', 'warn'] as const).map((tone) => theme.look({ tone }).fg);
    for (const tone of ['person1', 'person2', 'person3', 'person4', 'own'] as const)
      expect(loud, `${theme.name} ${tone}`).not.toContain(theme.look({ tone }).fg);
  }
});

describe('without colours', () => {
  test('states differ by attributes, and no colour is sent', () => {
    for (const theme of [makeTheme('mono', 256), ...THEMES.map((name) => makeTheme(name, 0))]) {
      const looks = (['crit', 'warn', 'ok'] as Tone[]).map((tone) => theme.look({ tone }));
      expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(3);
      expect(looks.every((look) => look.fg === null)).toBe(true);
    }
  });
  test('NO_COLOR and dumb terminals have none, the console has 16, the rest 256', () => {
    expect(depthOf({ NO_COLOR: '1', TERM: 'xterm' })).toBe(0);
    expect(depthOf({ NO_COLOR: '', TERM: 'tmux-256color' })).toBe(256);
    expect(depthOf({ TERM: 'dumb' })).toBe(0);
    expect(depthOf({ TERM: 'linux' })).toBe(16);
    expect(depthOf({ TERM: 'xterm-kitty' })).toBe(256);
  });
});

test('sixteen colours stay inside the palette of sixteen', () => {
  const theme = makeTheme('auto', 16);
  for (const tone of Object.keys(PALETTES.auto) as Tone[]) expect(theme.look({ tone }).fg ?? 0).toBeLessThan(16);
});

test('paint writes colours around safe text, and none in mono', () => {
  const line = [span('a'), span('\x1b[31mb', 'crit', { strike: true })];
  expect(ansiText(line, makeTheme('auto', 256))).toBe('a\x1b[1;9;38;5;161m\ufffd[31mb\x1b[m');
  expect(ansiText(line, makeTheme('auto', 0))).toBe('a\ufffd[31mb');
  expect(sgr({ fg: 9, bold: false, inverse: true, underline: true, strike: false })).toBe('\x1b[4;7;91m');
});

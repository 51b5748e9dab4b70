import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { attacks } from './attacks.ts';
import {
  cut,
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  oneLine,
  padLine,
  safeText,
  span,
  width,
  wrapText,
  type GlyphName,
  type Line,
} from '../../src/terminal/text.ts';

const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const anything = () =>
  fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constantFrom(...attacks));
const textOf = (line: Line) => line.map((part) => part.text).join('');

describe('safeText', () => {
  test.each(attacks)('leaves nothing a terminal obeys or a reader cannot see: %j', (attack) => {
    expect(safeText(attack)).not.toMatch(CONTROL);
    expect(span(attack).text).not.toMatch(/\n/);
  });

  test('replaces and never deletes, so an attack stays visible', () => {
    expect(safeText('\x1b]52;c;ZXZpbA==\x07done')).toBe('\ufffd]52;c;ZXZpbA==\ufffddone');
    expect(safeText('a\u202eb')).toBe('a\ufffdb');
  });

  test('makes what terminals disagree on into what they agree on', () => {
    expect(safeText('👩‍🚒 👍🏽 ⚠️ 🇩🇪')).toBe('👩 👍 ⚠ [DE]');
    expect(safeText('z\u0301\u0302\u0303\u0304')).toBe('ź\u0302\u0303');
    expect(safeText('नमस्ते')).toBe('नमस्ते');
    expect(safeText('a\tb\r\nc\rd')).toBe('a  b\nc\nd');
    expect(safeText('\ud800x')).toBe('\ufffdx');
  });

  test('is the same when done twice, and never leaves a control', () => {
    fc.assert(
      fc.property(anything(), (text) => {
        const safe = safeText(text);
        expect(safe).not.toMatch(CONTROL);
        expect(safeText(safe)).toBe(safe);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('widths', () => {
  test.each([
    ['plain', 5],
    ['日本', 4],
    ['한국어', 6],
    ['한국어'.normalize('NFD'), 6],
    ['🔥🚨✅', 6],
    ['e\u0301', 1],
    ['👩‍🚒', 2],
    ['⚡', 2],
    ['⚠️', 1],
    ['▁▂▃█●▲■◆✓✗', 10],
    ['[🇩🇪]', 6],
    ['', 0],
  ])('%j takes %i cells', (text, cells) => {
    expect(width(text)).toBe(cells);
  });

  test('a cut text fits and a padded line fits exactly', () => {
    fc.assert(
      fc.property(fc.array(anything(), { maxLength: 4 }), fc.integer({ min: 0, max: 30 }), (texts, cols) => {
        const line = texts.map((text) => span(text));
        expect(width(cut(texts.join(''), cols))).toBeLessThanOrEqual(cols);
        expect(lineWidth(cutLine(line, cols))).toBeLessThanOrEqual(cols);
        expect(lineWidth(padLine(line, cols))).toBe(cols);
        expect(lineWidth(joinLines(line, [span('right')], cols))).toBe(cols);
      }),
      { numRuns: 1000 },
    );
  });

  test('cuts say so, and the right part stays whole', () => {
    expect(cut('日本語日本', 6)).toBe('日本…');
    expect(cut('abcdef', 4, '..')).toBe('ab..');
    expect(textOf(joinLines([span('left part long')], [span('right')], 15))).toBe('left par… right');
    expect(textOf(joinLines([span('ab')], [span('right')], 3))).toBe('ri…');
  });
});

describe('wrapText', () => {
  test('breaks between words, keeps line ends and indentation', () => {
    expect(wrapText('the quick  brown verylongwordindeed\n  in 日本語', 8)).toEqual([
      'the',
      'quick',
      'brown',
      'verylong',
      'wordinde',
      'ed',
      '  in',
      '日本語',
    ]);
    expect(wrapText('', 5)).toEqual(['']);
    expect(wrapText('a\n\nb', 5)).toEqual(['a', '', 'b']);
  });

  test('every row fits and no word is lost', () => {
    fc.assert(
      fc.property(anything(), fc.integer({ min: 2, max: 20 }), (text, cols) => {
        const rows = wrapText(text, cols);
        for (const row of rows) expect(width(row)).toBeLessThanOrEqual(cols);
        expect(rows.join('').replace(/[\s]/g, '')).toBe(safeText(text).replace(/[\s]/g, ''));
      }),
      { numRuns: 1000 },
    );
  });
});

test('every sign has an ASCII form, and one cell in Unicode', () => {
  const [unicode, ascii] = [glyphs(false), glyphs(true)];
  for (const name of Object.keys(unicode) as GlyphName[]) {
    expect(ascii[name]).toMatch(/^[\x20-\x7e]+$/);
    expect(width(unicode[name])).toBe(unicode[name].length);
  }
  const states = (['ok', 'warn', 'crit', 'stale', 'noData', 'partial'] as const).map((name) => ascii[name]);
  expect(new Set(states).size).toBe(states.length);
});

test('oneLine shows line ends', () => {
  expect(oneLine('a\nb')).toBe('a ⏎ b');
});

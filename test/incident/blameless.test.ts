/** Hints at blame: each finds what it is for, and leaves alone what only sounds alike. */
import { expect, test } from 'vitest';
import { blameHints } from '../../src/incident/blameless.ts';

const found = (text: string, section: 'cause' | 'well' = 'cause'): readonly string[] =>
  blameHints(section, text, ['ana', 'ben o’neil', 'al', 'c++']).map(({ line, words }) => `${line} ${words}`);

test.each([
  ['Ana should have looked.\nShe forgot.', ['1 Ana', '1 should have', '2 forgot']],
  ['we shouldn’t have, they should not have, it should’ve', ['1 shouldn’t have', '1 should not have', '1 should’ve']],
  ['The engineers had failed to read it; nobody failed to', ['1 engineers had failed to', '1 nobody failed to']],
  ['It was Human Error, and @ana, Ben O’Neil', ['1 Human Error', '1 @ana', '1 Ben O’Neil']],
  ['careless, carelessly', ['1 careless', '1 carelessly']],
] as const)('%s', (text, words) => {
  expect(found(text)).toEqual(words);
});

test('what systems do, parts of words and short names are no blame; names are fine where people are thanked', () => {
  for (const text of [
    'The pod failed to start, and the request failed to connect.',
    'analysis of the banana; the al dente config; unforgotten',
    'The alert should fire. They have shoulders, having none.',
    'user errors rose to 12 %',
  ])
    expect(found(text)).toEqual([]);
  expect(found('ana found it in a minute', 'well')).toEqual([]);
  expect(found('ana should have slept', 'well')).toEqual(['1 should have']);
});

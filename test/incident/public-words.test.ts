import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  fillTemplate,
  internalWords,
  knownValues,
  PUBLIC_STATES,
  unknownPlaceholders,
} from '../../src/incident/public-words.ts';
import { aliceIsIc, declared, given, START } from './story.ts';

const shipped = (state: string): string =>
  readFileSync(new URL(`../../config/templates/${state}.md`, import.meta.url), 'utf8');
const ours = {
  component: 'Checkout',
  impact: 'card payments fail',
  sentence: 'A configuration change overloaded a part of it.',
};

test.each(PUBLIC_STATES)('the shipped template %s has no unknown placeholder and reads as text', (state) => {
  expect(unknownPlaceholders(shipped(state))).toEqual([]);
  expect(fillTemplate(shipped(state), ours)).not.toMatch(/[{}]/);
});

test('what is known is filled in; a line with a part that is not known is left out', () => {
  const story = given(declared, aliceIsIc);
  const values = { ...knownValues(story.state, START + 10 * 60_000, 30 * 60_000), ...ours };
  expect(fillTemplate(shipped('identified'), values)).toBe(
    `Checkout: we found the cause and are working on a fix.
Some users may notice: card payments fail.
A configuration change overloaded a part of it.
Started 2026-11-23 03:00 UTC.
Next update by 2026-11-23 03:40 UTC.`,
  );
  const { impact: _, ...without } = values;
  expect(fillTemplate(shipped('identified'), without)).not.toContain('notice');
});

test('placeholders nobody knows', () => {
  expect(unknownPlaceholders('{component} {who}\n{ impact }')).toEqual([
    { name: 'who', at: 12 },
    { name: ' impact ', at: 18 },
  ]);
});

test.each([
  ['checkout is slow for some customers', []],
  ['SEV-1: orders-db-2 fails, see #12', ['SEV-1', 'orders-db-2', '#12']],
  ['10.0.0.7:5432 and db1.prod.internal answer again', ['10.0.0.7:5432', 'db1.prod.internal']],
  ['alice restarted Redis on cache', ['alice', 'Redis', 'cache']],
  ['the cached pages', []],
])('internal words of "%s"', (text, words) => {
  expect(internalWords(text, { people: ['alice', 'bo'], systems: ['cache'] })).toEqual(words);
});

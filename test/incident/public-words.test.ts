import { readFileSync } from 'node:fs';
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import {
  filledUpdate,
  fillTemplate,
  internalNames,
  internalWords,
  knownValues,
  lastTold,
  PUBLIC_STATES,
  unknownPlaceholders,
  type PublicState,
} from '../../src/incident/public-words.ts';
import { EVERY_KIND } from './every-kind.ts';
import { aliceIsIc, declared, given, START } from './story.ts';

const shipped = (state: string): string =>
  readFileSync(new URL(`../../config/templates/${state}.md`, import.meta.url), 'utf8');
const SHIPPED = Object.fromEntries(PUBLIC_STATES.map((state) => [state, shipped(state)])) as Record<
  PublicState,
  string
>;
const ours = {
  component: 'Checkout',
  impact: 'card payments fail',
  sentence: 'A configuration change overloaded a part of it.',
};

test.each(PUBLIC_STATES)('the shipped template %s has no unknown placeholder and reads as text', (state) => {
  expect(unknownPlaceholders(shipped(state))).toEqual([]);
  expect(fillTemplate(shipped(state), ours)).not.toMatch(/[{}]/);
});

test('what holds until somebody says otherwise is what the public was told last, however it was told', () => {
  const told = {
    kind: 'update_public',
    text: 'We look into it.',
    component: 'Checkout',
    impact: 'payments fail',
  } as const;
  const story = given(declared, aliceIsIc, ['alice', told, 3], ['alice', { kind: 'update_public', text: 'Still.' }, 4]);
  story.tell('alice', { kind: 'set_status', to: 'identified', public: 'We know why.' }, 5);
  expect(story.state.lastPublic).toMatchObject({
    text: 'We know why.',
    component: 'Checkout',
    impact: 'payments fail',
  });
  expect(lastTold(story.state)).toEqual({ component: 'Checkout', impact: 'payments fail' });
});

test('the text promises the next update that is recorded; resolved promises none, but may', () => {
  const story = given(declared, aliceIsIc);
  const policy = HANDBOOK_POLICY;
  const asked = (state: PublicState, nextMs?: number, now = START + 10 * 60_000) =>
    filledUpdate(SHIPPED, { incident: story.state, policy, now }, { state, ...ours, nextMs });
  for (const [command, due] of [
    [asked('identified'), '2026-11-23 04:10 UTC'],
    [asked('monitoring', 600_000), '2026-11-23 03:20 UTC'],
    [asked('resolved'), null],
  ] as const) {
    const told = given(declared, aliceIsIc, ['alice', command, 10]).events.at(-1);
    expect(told).toMatchObject({
      kind: 'public_updated',
      visibility: 'public',
      data: { text: command.text, state: command.state, component: 'Checkout', impact: 'card payments fail' },
    });
    const updateDueAt = due === null ? null : due.replace(' UTC', ':00.000Z').replace(' ', 'T');
    expect(told).toMatchObject({ data: { updateDueAt } });
    if (due === null) expect(command.text).not.toContain('Next update');
    else expect(command.text).toContain(`Next update by ${due}.`);
  }
  expect(
    filledUpdate(undefined, { incident: story.state, policy, now: START }, { state: 'identified', sentence: 'x' }).text,
  ).toBe('x');
});

test('who and what is internal: people, holders of roles, who is on call, targets and hosts, but not what was told already', () => {
  const told = { kind: 'update_public', text: 'We look into it.', component: 'Checkout web' } as const;
  const story = given(declared, aliceIsIc, ['alice', told, 3]);
  const room = {
    incident: story.state,
    people: [{ name: 'bob' }],
    targets: [{ name: 'orders', hosts: ['db1'] }, { name: 'checkout' }],
    alerts: [{ labels: { target: 'orders', instance: 'web-eu:9100', team: 'shop' } }],
    oncall: { plan: { people: [{ name: 'cyd' }] } },
  };
  expect(internalNames(room)).toEqual({ people: ['bob', 'cyd', 'alice'], systems: ['orders', 'db1', 'web-eu:9100'] });
  expect(internalNames({ incident: null, people: [], targets: [] })).toEqual({ people: [], systems: [] });
});

test('internal words are found in any text, of any names, in linear time', () => {
  const word = fc.constantFrom(
    'a',
    '.',
    ':',
    '-1',
    'SEV-1',
    '#3',
    '10.0.0.7',
    '::',
    '/x/y',
    '\\u0000',
    'é',
    '👩‍💻',
    '\n',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.array(text), (said, names) => {
      const found = internalWords(said, { people: names, systems: names });
      expect(new Set(found).size).toBe(found.length);
      expect(found.filter((each) => !said.includes(each))).toEqual([]);
      // What was found is found again, alone.
      for (const each of found.filter((one) => /^[\w.-]+$/.test(one)))
        expect(internalWords(each, { people: names, systems: names })).toContain(each);
    }),
  );
  const took = (length: number): number => {
    const names = { people: ['bob', 'a.b', '((('], systems: ['orders'] };
    const began = performance.now();
    for (const part of ['.', ':', 'a-', '/a', '1.', 'a.', '-1', 'bo', '::'])
      internalWords(`${part.repeat(length)}x`, names);
    return performance.now() - began;
  };
  took(1_000);
  expect(took(80_000)).toBeLessThan(400);
});

test('of every kind of event only an update, and a status with words for the public, are public', () => {
  const outside = EVERY_KIND.filter(({ visibility }) => visibility === 'public');
  expect(outside.map(({ kind }) => kind)).toEqual(['status_set', 'public_updated']);
  expect(outside.every(({ data }) => 'public' in data || 'text' in data)).toBe(true);
  const story = given(declared, aliceIsIc, ['alice', { kind: 'set_status', to: 'identified', why: 'found it' }, 2]);
  expect(story.events.filter(({ visibility }) => visibility === 'public')).toEqual([]);
});

test('what is known is filled in; a line with a part that is not known is left out', () => {
  const story = given(declared, aliceIsIc);
  const values = { ...knownValues(story.state, START + 10 * 60_000, 30 * 60_000), ...ours };
  expect(fillTemplate(shipped('identified'), values)).toBe(
    `Checkout: identified
We found the cause and are working on a fix.
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
  [
    'see https://10.0.0.7/x, http://db.prod.internal:80/y and fe80::1',
    ['https://10.0.0.7/x', 'http://db.prod.internal:80/y', 'fe80::1'],
  ],
  ['since 14:02:11, half of them', []],
  ['db1.prod.example.com:5432 fails; see status.example.com', ['db1.prod.example.com:5432']],
])('internal words of "%s"', (text, words) => {
  expect(internalWords(text, { people: ['alice', 'bo'], systems: ['cache'] })).toEqual(words);
});

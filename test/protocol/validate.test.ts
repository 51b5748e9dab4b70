/** What is read from the other side: the examples of docs/protocol.md, the bounds, and whatever else may arrive. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { CLOSE, FROM_HUB, TO_HUB } from '../../src/protocol/messages.ts';
import { writtenReading } from '../../src/protocol/reading.ts';
import { isUnreadable, readFromHub, readToHub } from '../../src/protocol/validate.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');
const limits = { message: 65_536 };
const to = (value: unknown) => readToHub(JSON.stringify(value), limits);
const examples = [...page.matchAll(/```json (to-hub|from-hub)\n([^`]+)```/g)].map(
  ([, way, text]) => [way ?? '', text ?? ''] as const,
);
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const command = (inner: Record<string, unknown>, outer: Record<string, unknown> = {}) =>
  to({ type: 'command', n: 1, id, incident: '2026-11-23-x', command: inner, ...outer });

test.each(examples)('docs/protocol.md, %s: %s', (way, text) => {
  const message = way === 'to-hub' ? readToHub(text, limits) : readFromHub(text);
  if (!isUnreadable(message) && message.type === 'events') {
    const inFull: unknown = JSON.parse(/```json in-full\n([^`]+)```/.exec(page)?.[1] ?? '');
    return expect(message).toEqual({ type: 'events', incident: message.incident, events: [inFull] });
  }
  if (!isUnreadable(message) && message.type === 'readings')
    return expect({ ...message, readings: message.readings.map(writtenReading) }).toEqual(JSON.parse(text));
  expect(message).toEqual(JSON.parse(text));
});

test('docs/protocol.md has an example of every message and a line for every way to end', () => {
  const types = new Set(examples.map(([way, text]) => `${way} ${(JSON.parse(text) as { type: string }).type}`));
  for (const { entries } of TO_HUB) expect(types).toContain(`to-hub ${entries.type.literal}`);
  for (const { entries } of FROM_HUB) expect(types).toContain(`from-hub ${entries.type.literal}`);
  for (const { code } of Object.values(CLOSE)) expect(page).toContain(`| ${code} |`);
});

test.each([
  ['a title of 201 characters', { kind: 'declare', title: 'x'.repeat(201), severity: 'SEV-1' }],
  ['an entry of 16,001', { kind: 'note', text: 'x'.repeat(16_001) }],
  ['a reason of 2,001', { kind: 'retract', ref: 1, why: 'x'.repeat(2_001) }],
  ['a name of 41', { kind: 'assign_role', role: 'ic', name: 'x'.repeat(41) }],
  ['a name with an escape sequence', { kind: 'assign_role', role: 'ic', name: 'a\u001b[2J' }],
  ['a name with a C1 control', { kind: 'offer_command', name: 'a\u009bm' }],
  ['a name that turns the text around', { kind: 'assign_role', role: 'ic', name: 'a\u202eb' }],
  ['an unknown severity', { kind: 'set_severity', to: 'SEV-7' }],
  ['a half number', { kind: 'pin', ref: 1.5 }],
  ['a huge number', { kind: 'pin', ref: 2 ** 53 }],
  ['a time of no calendar', { kind: 'note', text: 'x', at: '2026-13-45T99:99:99Z' }],
  ['a local time', { kind: 'note', text: 'x', at: '2026-11-23T14:02:00' }],
  ['what only the hub may ask', { kind: 'end_objections', ref: 2 }],
  ['nothing', {}],
])('%s is refused and the command is named', (_what, inner) => {
  expect(command(inner)).toMatchObject({ fault: expect.any(String) as string, command: { n: 1, id } });
});

test('bounds of the envelope', () => {
  const ok = { kind: 'note', text: 'x' };
  expect(command(ok)).toMatchObject({ type: 'command' });
  expect(command(ok, { n: 2 ** 53 - 1 })).toMatchObject({ type: 'command' });
  for (const off of [{ n: 2 ** 53 }, { n: 0 }, { n: '1' }, { id: 'x' }, { incident: '../x' }, { incident: 'A' }])
    expect(command(ok, off)).toHaveProperty('fault');
  expect(readToHub(' '.repeat(65_537), limits)).toHaveProperty('fault');
});

test('an entry that says nothing but its text is read as the schema reads it', () => {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      'command',
      'note',
      id,
      '2026-11-23-x',
      'A',
      '',
      null,
      true,
      0,
      1,
      1.5,
      -1,
      2 ** 53,
      [],
      {},
    ),
    fc.constantFrom('x'.repeat(16_000), 'x'.repeat(16_001), `${id}0`, '2026-11-23-x\n', '\ud800'),
    fc.jsonValue(),
  );
  const change = fc.dictionary(fc.constantFrom('type', 'n', 'id', 'incident', 'more', '__proto__'), odd, {
    maxKeys: 2,
  });
  const inner = fc.dictionary(fc.constantFrom('kind', 'text', 'form', 'pin', 'more'), odd, { maxKeys: 2 });
  const without = fc.subarray(['type', 'n', 'id', 'incident', 'kind', 'text'], { maxLength: 1 });
  fc.assert(
    fc.property(change, inner, without, (outer, changes, missing) => {
      const note: Record<string, unknown> = { kind: 'note', text: 'x', ...changes };
      const message: Record<string, unknown> = { type: 'command', n: 1, id, incident: '2026-11-23-x', ...outer };
      for (const key of missing) delete (key in note ? note : message)[key];
      // A key that is not known leaves the message to the schema, which keeps it.
      const bySchema = to({ ...message, command: { ...note, unheard: 1 } });
      const read = to({ ...message, command: note });
      if ('type' in bySchema && bySchema.type === 'command' && !isUnreadable(read))
        expect({ ...read, command: { ...note, unheard: 1 } }).toEqual(bySchema);
      else expect(read).toEqual(bySchema);
    }),
    { numRuns: 2_000 },
  );
});

test('unknown keys are ignored, and __proto__ is only a key', () => {
  const read = readToHub(
    `{"type":"command","n":1,"id":"${id}","incident":"2026-11-23-x","__proto__":{"a":1},"command":{"kind":"note","text":"x","extra":1,"__proto__":{"pin":true}}}`,
    limits,
  );
  expect(read).toEqual({
    type: 'command',
    n: 1,
    id,
    incident: '2026-11-23-x',
    command: { kind: 'note', text: 'x', extra: 1 },
  });
  expect('pin' in ({} as object)).toBe(false);
  if (isUnreadable(read) || read.type !== 'command') throw new Error('unreadable');
  expect('pin' in read.command).toBe(false);
});

test('whatever arrives is answered, never thrown', () => {
  const base = examples.map(([, text]) => JSON.parse(text) as Record<string, unknown>);
  const bent = fc
    .tuple(
      fc.constantFrom(...base),
      fc.array(
        fc.tuple(
          fc.constantFrom('type', 'n', 'id', 'events', 'command', 'incident', 'snapshot', 'readings', '__proto__'),
          fc.jsonValue(),
        ),
      ),
    )
    .map(([message, changes]) => JSON.stringify({ ...message, ...Object.fromEntries(changes) }));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), bent), (text) => {
      for (const answer of [readToHub(text, limits), readFromHub(text)])
        expect('fault' in answer || 'type' in answer).toBe(true);
    }),
    { numRuns: Number(process.env['WARROOM_LONG'] ?? 500) },
  );
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  expect(readToHub(deep, limits)).toHaveProperty('fault');
  expect(readFromHub(`{"type":"events","incident":"x","events":${deep}}`)).toHaveProperty('fault');
});

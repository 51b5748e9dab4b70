/** A written entry says all its event does, in few words. */
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { EVERY_KIND } from './every-kind.ts';
import type { Event } from '../../src/incident/event.ts';
import { LEVELS, ROLES } from '../../src/incident/vocabulary.ts';
import { restored, written } from '../../src/incident/event-codec.ts';

const back = (event: Event): unknown => restored(JSON.parse(written(event)), event.incident, event.seq);

test('what goes without saying is not written', () => {
  const note: Event<'noted'> = {
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAX',
    incident: '2026-11-23-db-down',
    seq: 38,
    at: '2026-11-23T14:09:00.000Z',
    recorded: '2026-11-23T14:09:00.000Z',
    by: { name: 'ben', role: 'responder' },
    via: 'console',
    kind: 'noted',
    data: { text: 'pods are fine', form: 'note' },
    level: 'normal',
    visibility: 'internal',
  };
  expect(written(note)).toBe(
    '{"at":"2026-11-23T14:09:00.000Z","by":"ben","kind":"noted","data":{"text":"pods are fine"},"id":"01ARZ3NDEKTSV4RRFFQ69G5FAX"}',
  );
  expect(back(note)).toEqual(note);
});

test('every kind of event comes back as it was, however unusual', () => {
  const unusual = fc.record(
    {
      at: fc.constantFrom('2026-11-23T14:09:00.000Z', '2026-11-23T14:09:00.001Z'),
      recorded: fc.constantFrom('2026-11-23T14:09:00.000Z', '2026-11-23T14:09:00.001Z'),
      by: fc.record({
        name: fc.string({ unit: 'binary' }),
        role: fc.constantFrom(...ROLES, 'lead', 'responder', 'observer', 'system'),
      }),
      via: fc.constantFrom('console', 'cli', 'hub', 'probe', 'webhook', 'runbook', 'import'),
      level: fc.constantFrom(...LEVELS),
      visibility: fc.constantFrom('internal', 'public'),
      ref: fc.nat(),
      id: fc.string(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom(...EVERY_KIND), unusual, (event, change) => {
      const one = { ...event, ...change } as Event;
      expect(back(one)).toEqual(one);
    }),
  );
});

test('an event written in full, or by a later version, is taken as it is', () => {
  for (const event of EVERY_KIND) expect(restored(event, 'another', 1)).toEqual(event);
  const later = { at: 'x', by: 'ben', kind: 'not_yet_known', data: {}, id: 'y' };
  expect(restored(later, 'a', 1)).toMatchObject({ kind: 'not_yet_known', level: 'normal', seq: 1, recorded: 'x' });
  for (const value of [null, 1, 'x', []]) expect(restored(value, 'a', 1)).toBe(value);
});

test('a level that only a reader of this version would know is written out; where older records leave it out it is the usual one', () => {
  const set = EVERY_KIND.find(({ kind }) => kind === 'severity_set') as Event;
  expect(JSON.parse(written(set))).toMatchObject({ level: 'key' });
  const { level: _, ...older } = JSON.parse(written(set)) as { level: string };
  expect(restored(older, set.incident, set.seq)).toEqual(set);
  const later = { ...set, kind: 'step_run', level: 'normal' } as unknown as Event;
  expect(JSON.parse(written(later))).not.toHaveProperty('level');
  expect(JSON.parse(written({ ...set, level: 'normal' } as Event))).toMatchObject({ level: 'normal' });
});

test('fields of a later version stay, and __proto__ is only a key', () => {
  const text =
    '{"at":"x","by":"ben","kind":"noted","data":{"text":"a"},"id":"y","sealed":{"by":1},"__proto__":{"evil":1}}';
  const whole = restored(JSON.parse(text), 'a', 1) as Record<string, unknown>;
  expect(whole['sealed']).toEqual({ by: 1 });
  expect('evil' in whole).toBe(false);
});

import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { written } from '../../src/incident/event-codec.ts';
import { OriginTable } from '../../src/log/origin-table.ts';
import {
  checksumHolds,
  encodeLine,
  putRecord,
  recordBound,
  eventTexts,
  isEvent,
  jsonOf,
  parseEvent,
  parseHead,
} from '../../src/log/record.ts';
import { note } from './sample.ts';

const anyText = fc.string({ unit: 'binary' });
const anyName = fc.oneof(fc.uuid(), fc.stringMatching(/^[\w -]*$/), anyText);
const head = fc.record({
  prev: fc.constant('a'.repeat(64)),
  synced: fc.maxSafeNat(),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  origin: fc.record({ client: anyName, n: fc.maxSafeNat(), hash: anyName }),
});

test('any record comes back as it was', () => {
  fc.assert(
    fc.property(head, fc.array(anyText, { minLength: 1, maxLength: 3 }), (said, bodies) => {
      const texts = bodies.map((text, i) => written(note('a', i + 1, text)));
      const record = { v: 2, ...said, count: texts.length } as const;
      const into = Buffer.alloc(recordBound(said.origin, texts));
      const bytes = into.subarray(0, putRecord(into, 0, record, texts));
      expect(bytes.indexOf(10)).toBe(bytes.length - 1);
      const line = bytes.subarray(0, -1);
      expect(checksumHolds(line)).toBe(true);
      expect(parseHead(line)).toEqual(record);
      expect(eventTexts(line, texts.length)).toEqual(texts);
      expect(JSON.parse(jsonOf(line))).toMatchObject({ origin: said.origin, events: texts.map((t) => JSON.parse(t)) });
    }),
  );
});

test('any change of a byte fails the checksum', () => {
  const line = encodeLine(`{"hello":"world"}`).subarray(0, -1);
  for (let at = 0; at < line.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bytes = Buffer.from(line);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      expect(checksumHolds(bytes)).toBe(false);
    }
  }
});

test('what is no record or no event is told apart', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), anyText), (text) => {
      expect(parseHead(encodeLine(text).subarray(0, -1))).toBeNull();
      expect(parseEvent(text, 'a', 1)).toBeNull();
    }),
  );
  const event = note('a', 1);
  expect(isEvent(event)).toBe(true);
  for (const key of Object.keys(event)) expect(isEvent({ ...event, [key]: undefined })).toBe(false);
  for (const change of [{ seq: 0 }, { seq: 1.5 }, { by: { name: 'x' } }, { data: [] }, { ref: 'x' }, { at: 5 }])
    expect(isEvent({ ...event, ...change })).toBe(false);
});

test('the index of commands agrees with a Map, for honest and hostile numbers', () => {
  const n = fc.oneof(
    fc.nat({ max: 50 }),
    fc.maxSafeNat(),
    fc.nat({ max: 20 }).map((k) => k * 2 ** 32),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'ü'), n), { maxLength: 400 }),
      fc.integer(),
      (keys, seed) => {
        const index = new OriginTable(seed);
        const model = new Map<string, number>();
        for (const [i, [client, k]] of keys.entries()) {
          const key = `${client} ${k}`;
          expect(index.add(client, k, i + 1)).toBe(!model.has(key));
          if (!model.has(key)) model.set(key, i + 1);
        }
        for (const [client, k] of keys) expect(index.find(client, k)).toBe(model.get(`${client} ${k}`));
        expect(index.find('c', 1)).toBe(0);
      },
    ),
  );
});

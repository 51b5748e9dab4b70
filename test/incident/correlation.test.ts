import { expect, test } from 'vitest';
import { alsoIn, correlationIds } from '../../src/incident/correlation.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const UUID = '123e4567-e89b-12d3-a456-426614174000';

test.each([
  [`failed: ${UUID.toUpperCase()}.`, [UUID]],
  [`traceparent: 00-${TRACE}-00f067aa0ba902b7-01`, [TRACE]],
  [`${TRACE}, again ${TRACE}`, [TRACE]],
  ['req-8f3a91 timed out, req_77aa too', ['req-8f3a91', 'req_77aa']],
  ['trace_id=abc123 requestId: "R-9001" correlation-id=x.y.z-7', ['abc123', 'r-9001', 'x.y.z-7']],
  [`traceparent 00-${'0'.repeat(32)}-0000000000000000-00`, []],
  ['deploy 4f2c1a, required 30% of req-x, trace the id, 2026-11-23', []],
  [`${TRACE}a is too long`, []],
])('the ids in %j', (text, ids) => {
  expect(correlationIds(text)).toEqual(ids);
});

test('an entry is linked to those with the same id, not to those whose id only begins so', () => {
  const others: readonly [number, string][] = [
    [1, 'see req-8f3a91'],
    [2, 'see req-8f3a912'],
    [3, 'nothing'],
    [4, `REQ-8F3A91 in ${UUID}`],
  ];
  expect([...alsoIn(`req-8f3a91 and ${UUID}`, () => others)]).toEqual([
    ['req-8f3a91', [1, 4]],
    [UUID, [4]],
  ]);
  expect(alsoIn('nothing to link', () => others).size).toBe(0);
});

test('ids are read from a long text of hex digits without trying every part of it', () => {
  const started = performance.now();
  correlationIds('a'.repeat(100_000));
  correlationIds('trace_id'.repeat(20_000));
  expect(performance.now() - started).toBeLessThan(1_000);
});

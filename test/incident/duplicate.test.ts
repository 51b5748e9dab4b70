import { expect, test } from 'vitest';
import { duplicateInWords, duplicateOf, type KnownIncident } from '../../src/incident/duplicate.ts';

const NOW = Date.parse('2026-11-23T13:00:00.000Z');
const known = (title: string, more: Partial<KnownIncident> = {}): KnownIncident => ({
  id: '2026-11-23-it',
  title,
  severity: 'SEV-2',
  status: 'investigating',
  drill: false,
  declaredAt: '2026-11-23T12:58:00.000Z',
  ...more,
});
const isSame = (title: string, one: KnownIncident, home: string | null = null, drill = false): boolean =>
  duplicateOf({ title, home, drill }, [one], NOW) !== null;

test.each([
  ['Checkout errors eu-west', 'checkout errors, eu west!', true],
  ['checkout erors in eu-west', 'checkout errors eu-west', true],
  ['errors in checkout', 'checkout errors', true],
  ['checkout is down', 'checkout errors eu-west', false],
  ['db1 is down', 'db2 is down', false],
  ['決済エラー', '決済エラー', true],
  ['!!!', '???', false],
])('%s and %s: one incident? %s', (title, other, expected) => {
  expect(isSame(title, known(other))).toBe(expected);
});

test('only an open incident of the last ten minutes, of the same kind; one with the same alert however old it is', () => {
  expect(isSame('cart', known('cart', { declaredAt: '2026-11-23T12:49:59.000Z' }))).toBe(false);
  expect(isSame('cart', known('cart', { status: 'cancelled' }))).toBe(false);
  expect(isSame('cart', known('cart'), null, true)).toBe(false);
  const old = known('cart', { declaredAt: '2026-11-23T10:00:00.000Z' });
  expect(isSame('another name', old, old.id)).toBe(true);
  expect(duplicateInWords(known('cart'), NOW)).toBe('SEV-2 "cart" was declared 2 min ago');
});

/** Names of incidents: typeable, safe as a folder, never taken twice. */
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { INCIDENT_ID, incidentId } from '../../src/incident/incident-id.ts';

const day = new Date('2026-11-23T23:59:59Z');
const free = (): boolean => false;

test.each([
  ['WebSocket servers unreachable', '2026-11-23-websocket-servers-unreachable'],
  ['  Çà & là: 50 % down!! ', '2026-11-23-ca-la-50-down'],
  ['数据库挂了', '2026-11-23-incident'],
  ['🔥', '2026-11-23-incident'],
  ['../../etc/passwd', '2026-11-23-etc-passwd'],
])('%s', (title, id) => {
  expect(incidentId(title, day, free)).toBe(id);
});

test('a taken name gets a number, also at the longest', () => {
  const taken = new Set(['2026-11-23-db', '2026-11-23-db-2']);
  expect(incidentId('DB', day, (id) => taken.has(id))).toBe('2026-11-23-db-3');
  const long = incidentId('x'.repeat(200), day, free);
  expect(long).toHaveLength(80);
  expect(incidentId('x'.repeat(200), day, (id) => id === long)).toMatch(/x-2$/);
});

test('every title makes a valid id', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (title) => INCIDENT_ID.test(incidentId(title, day, free))));
});

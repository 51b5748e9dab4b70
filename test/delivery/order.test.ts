/** Which delivery goes next, and when again. */
import { expect, test } from 'vitest';
import { retryDelay, tooOld } from '../../src/delivery/backoff.ts';
import { choose, type Rules } from '../../src/delivery/order.ts';
import { MESSAGE_KINDS, NO_DELIVERIES, type Delivery, type MessageKind } from '../../src/incident/deliveries.ts';
import fc from '../support/property.ts';
import { NOW } from './messages.ts';

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const delivery = (about: number, kind: MessageKind, more: Partial<Delivery> = {}): Delivery => ({
  receiver: 'pd',
  kind,
  about,
  severity: 'SEV-1',
  status: 'declared',
  id: `${kind} ${about}`,
  at: at(about),
  state: 'waiting',
  attempts: 0,
  sentAt: null,
  settledAt: null,
  ...more,
});
const failed = (about: number, kind: MessageKind, retryIn: number): Delivery =>
  delivery(about, kind, { attempts: 1, lastError: 'down', retryAt: at(retryIn) });
const rules = (more: Partial<Rules> = {}): Rules => ({
  dueInMs: ({ retryAt }) => (retryAt === undefined ? 0 : Date.parse(retryAt) - NOW),
  isBusy: () => false,
  resolvesAll: () => false,
  ...more,
});
const record = (...open: readonly Delivery[]) => ({ deliveries: { ...NO_DELIVERIES, open } });
const due = (...asked: Parameters<typeof choose>): readonly string[] =>
  choose(...asked).due.map(({ delivery: { id } }) => id);

test('the order of a record is kept', () => {
  expect(due([record(delivery(1, 'declared'), delivery(2, 'page'))], rules())).toEqual(['declared 1']);
  // Also while the first waits for its next attempt.
  const { due: none, nextInMs } = choose([record(failed(1, 'declared', 60), delivery(2, 'status'))], rules());
  expect([none, nextInMs]).toEqual([[], 60_000]);
});

test('a page goes before others once they have failed', () => {
  const waiting = [failed(1, 'declared', 60), delivery(2, 'status'), delivery(3, 'page')];
  expect(due([record(...waiting)], rules())).toEqual(['page 3']);
  expect(due([record(failed(1, 'declared', -1), failed(3, 'page', 60))], rules())).toEqual(['declared 1']);
});

test('across incidents pages go first, then the oldest; each receiver has one in flight', () => {
  const records = [record(delivery(1, 'declared')), record(delivery(2, 'page')), record(delivery(0, 'status'))];
  expect(due(records, rules())).toEqual(['page 2']);
  expect(due([records[0]!, records[2]!], rules())).toEqual(['status 0']);
  const two = record(delivery(1, 'declared'), delivery(2, 'page', { receiver: 'chat' }));
  expect(due([two], rules())).toEqual(['declared 1', 'page 2']);
  expect(due([two], rules({ isBusy: (name) => name === 'pd' }))).toEqual(['page 2']);
});

test('where it is over, what waited before it need not be told: only of the same matter', () => {
  const alert = { name: 'a1', since: at(0) };
  const waiting = [failed(1, 'page', 60), delivery(2, 'acknowledged'), delivery(3, 'resolved'), delivery(4, 'page')];
  const resolves = rules({ resolvesAll: () => true });
  expect(choose([record(...waiting)], resolves).due).toMatchObject([
    { delivery: { id: 'resolved 3' }, overtaken: [{ id: 'page 1' }, { id: 'acknowledged 2' }] },
  ]);
  expect(due([record(...waiting)], rules())).toEqual(['page 4']);
  // The page of another alert waits on its own, before it and after it.
  const between = [failed(1, 'page', 60), delivery(2, 'page', { alert }), delivery(3, 'resolved')];
  expect(choose([record(...between)], resolves).due).toMatchObject([
    { delivery: { id: 'resolved 3' }, overtaken: [{ id: 'page 1' }] },
  ]);
  const other = delivery(0, 'page', { alert: { ...alert, name: 'a2' } });
  expect(choose([record(other, delivery(3, 'resolved', { alert }))], resolves).due).toMatchObject([
    { delivery: { id: 'page 0' }, overtaken: [] },
  ]);
});

test('something due always goes, to each receiver that is idle, and never what comes after another of its record', () => {
  const one = fc.record({
    receiver: fc.constantFrom('pd', 'chat', 'mail'),
    kind: fc.constantFrom(...MESSAGE_KINDS),
    retryIn: fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(one, { maxLength: 12 }), { maxLength: 5 }), (all) => {
      const records = all.map((some, r) =>
        record(
          ...some.map(({ receiver, kind, retryIn }, i) => ({
            ...(retryIn === undefined ? delivery(i, kind) : failed(i, kind, retryIn)),
            id: `${r} ${i}`,
            receiver,
          })),
        ),
      );
      const { due: chosen, nextInMs } = choose(records, rules());
      const names = chosen.map(({ delivery: { receiver } }) => receiver);
      expect(new Set(names).size).toBe(names.length);
      for (const { record: from, delivery: next } of chosen) {
        expect(rules().dueInMs(next)).toBeLessThanOrEqual(0);
        const first = from.deliveries.open.find(({ receiver }) => receiver === next.receiver);
        expect(first === next || (next.kind === 'page' && (first?.attempts ?? 0) > 0)).toBe(true);
      }
      for (const { deliveries } of records)
        for (const name of ['pd', 'chat', 'mail']) {
          const first = deliveries.open.find(({ receiver }) => receiver === name);
          if (first === undefined || names.includes(name)) continue;
          // It waits for its time, which is known.
          expect(nextInMs).toBeLessThan(Infinity);
          expect(rules().dueInMs(first)).toBeGreaterThan(0);
        }
    }),
  );
});

test('the first attempts come within 10 s, later ones within 5 minutes, and what a receiver asks for is kept', () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), random, (attempts, chance) => {
      const ms = retryDelay(attempts, undefined, chance);
      expect(ms).toBeGreaterThanOrEqual(250);
      expect(ms).toBeLessThanOrEqual(attempts <= 3 ? 10_000 : 300_000);
      expect(retryDelay(attempts, 600_000, chance)).toBe(600_000);
      expect(retryDelay(attempts, 9e9, chance)).toBe(3_600_000);
    }),
  );
});

test('what nobody takes is given up after a day, a page after a week', () => {
  const days = (count: number): number => NOW + count * 24 * 3_600_000 + 60_000;
  expect(tooOld(delivery(0, 'page'), days(6))).toBeNull();
  expect(tooOld(delivery(0, 'page'), days(7))).toBe('given up after 7 days');
  expect(tooOld(delivery(0, 'status'), days(1))).toBe('given up after 24 hours');
  expect(tooOld(delivery(0, 'status'), days(0))).toBeNull();
});

/** What a hub has said: lists that are cut, and that it is said only while they are. */
import { expect, test } from 'vitest';
import { HubView } from '../../src/client/hub-view.ts';
import { MOST } from '../../src/client/view.ts';
import { systemClock } from '../../src/protocol/clock.ts';

test('a list that is too long is cut and said, until it has room again; another gap stays said', () => {
  const known = new HubView(
    systemClock,
    null,
    () => false,
    () => {},
  );
  const tell = (people: number): void => {
    const one = { name: 'ana', consoles: 1, observer: false, incident: null, since: '2026-11-23T14:00:00.000Z' };
    known.take({ type: 'presence', people: Array.from({ length: people }, () => one) }, 0);
  };
  tell(MOST.people + 1);
  expect(known.view.people).toHaveLength(MOST.people);
  expect(known.view.leftOut).toBe('the hub tells of 1001 people: the first 1000 are shown');
  known.take({ type: 'recording', fault: 'readings are not kept: the disk is full' }, 0);
  tell(1);
  expect(known.view.leftOut).toBe('readings are not kept: the disk is full');
  known.take({ type: 'recording', fault: null }, 0);
  expect(known.view.leftOut).toBeNull();
});

import { afterEach, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { Opened } from '../support/room.ts';
import { sit } from './sit.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('who joins late reaches the first entry, a page of the record after the other', async () => {
  const hub = await opened.hub(await opened.folder(), {
    limits: { tail: 20, resume: 60, perSecond: 10_000, burst: 10_000 },
  });
  const writer = await opened.client(hub, 'alice');
  const { n } = await writer.submit({ kind: 'declare', title: 'checkout is down', severity: 'SEV-2' }, null);
  const answer = await writer.settled(n);
  if (!('ack' in answer)) throw new Error('not declared');
  const { incident } = answer.ack;
  for (let i = 1; i <= 1200; i++) {
    const entry = await writer.submit({ kind: 'note', text: `entry number ${i}` }, incident);
    if (i % 20 === 0) await writer.settled(entry.n);
  }
  const late = await opened.client(hub, 'bob');
  const bob = sit('bob', late, 80, 24);
  await bob.sees('entry number 1200');
  await until('an end of the record is held', () => (late.view.events[0]?.seq ?? 0) > 1);
  await bob.type('\t');
  await bob.type('g');
  await bob.sees('DECLARED SEV-2');
  expect(late.view.events).toHaveLength(1201);
});

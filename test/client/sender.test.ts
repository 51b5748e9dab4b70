/** What waits goes out in order, and nothing that no hub would take stands in its way. */
import { expect, test } from 'vitest';
import { LONGEST, memoryStore, Sender, type Outgoing } from '../../src/client/sender.ts';
import { HUB_LIMITS } from '../../src/hub/limits.ts';

const ID = '01M83TMW52NFTT72D8XVGK4GS';
const note = (text: string, at: number): Parameters<Sender['submit']>[0] => ({
  incident: 'a',
  command: { kind: 'note', text },
  id: `${ID}${at}`,
});

test('what no hub takes is refused here, and what waits behind it goes out', async () => {
  expect(LONGEST).toBe(HUB_LIMITS.message);
  const sent: Outgoing[] = [];
  const keep = memoryStore('c', () => 0);
  const sender = new Sender(
    keep,
    (message) => sent.push(message) > 0,
    () => {},
  );
  await sender.submit(note('before', 1), 0);
  const { n } = await sender.submit(note('\u0001'.repeat(12_000), 2), 0);
  await sender.submit(note('after', 3), 0);
  sender.resume();
  expect(await sender.settled(n)).toMatchObject({
    nack: { code: 'invalid', reason: expect.stringMatching(/too long/) },
  });
  expect(sent.map((message) => (message.type === 'command' ? message.n : null))).toEqual([1, 3]);
  expect(keep.waiting().map((unsent) => unsent.n)).toEqual([1, 3]);
});

/** A name or a rule that is mistyped is asked about, whichever way it came in. */
import { afterEach, expect, test } from 'vitest';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('a name that nobody here has gets no role, unless it is meant', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  await opened.client(hub, 'robert');
  const incident = await declare(ana);
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  const refused = await ask(ana, { kind: 'assign_role', role: 'scribe', name: 'robbert' }, incident);
  expect(refused).toMatchObject({ nack: { code: 'not_found' } });
  expect('nack' in refused && refused.nack.reason).toContain('did you mean "robert"?');
  expect(await ask(ana, { kind: 'offer_command', name: 'rober' }, incident)).toMatchObject({ nack: {} });
  const meant = { kind: 'assign_role', role: 'scribe', name: 'robbert', unseen: true } as const;
  expect(await ask(ana, meant, incident)).toMatchObject({ ack: {} });
  const comms = { kind: 'assign_role', role: 'comms', name: 'carla' } as const;
  expect(await ask(ana, comms, incident)).toMatchObject({ nack: { reason: expect.not.stringContaining('mean "') } });
  expect(await ask(ana, { ...comms, unseen: true }, incident)).toMatchObject({ ack: {} });
});

test('a silence of a rule that there is not is refused', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const silence = (matcher: string) => ask(ana, { kind: 'silence', matcher, why: 'known', until }, null);
  expect(await silence('{alertname="nonsense{"}')).toMatchObject({ nack: { code: 'not_found' } });
  expect(await silence('{target="cache"}')).toMatchObject({ done: {} });
});

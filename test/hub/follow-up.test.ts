/** Postmortem and action items over a real hub: two people in one section, what is left of ended incidents, what consoles are told. */
import { afterAll, expect, test, vi } from 'vitest';
import { incidentFold } from '../../src/hub/incident-store.ts';
import { BOUNDS } from '../../src/incident/bounds.ts';
import { storedFollowUp, type FollowUp } from '../../src/incident/follow-up.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterAll(() => opened.tidy());

test('two people in one section: the second is told who wrote, and nothing is overwritten; other sections do not meet', async () => {
  const hub = await opened.hub(await opened.folder());
  const [ana, ben] = [await opened.client(hub, 'ana'), await opened.client(hub, 'ben')];
  const incident = await declare(ana);
  const write = (who: typeof ana, section: 'cause' | 'well', text: string, after: number) =>
    ask(who, { kind: 'write_postmortem', section, text, after }, incident);
  expect(await write(ana, 'cause', 'early', 0)).toMatchObject({ nack: { code: 'not_now' } });
  await ask(ana, { kind: 'set_status', to: 'resolved' }, incident);
  const answers = await Promise.all([
    write(ana, 'cause', 'the pool had no limit', 0),
    write(ben, 'cause', 'the deploy', 0),
    write(ben, 'well', 'we were quick', 0),
  ]);
  const [first, second] = answers[0] && 'ack' in answers[0] ? [answers[0], answers[1]] : [answers[1], answers[0]];
  expect(second).toMatchObject({
    nack: { code: 'conflict', reason: expect.stringMatching(/^(?:ana|ben) wrote "Root Cause" at .*\(#\d+\)/) },
  });
  expect(answers[2]).toHaveProperty('ack');
  if (!first || !('ack' in first)) throw new Error('neither was taken');
  expect(await write(ben, 'cause', 'both', first.ack.seq)).toHaveProperty('ack');
  expect(await ask(ben, { kind: 'publish_postmortem' }, incident)).toHaveProperty('ack');
  expect(await ask(await opened.client(hub, 'eve'), { kind: 'publish_postmortem' }, incident)).toMatchObject({
    nack: { code: 'conflict' },
  });
});

test('a hub that starts reads the summary of an ended incident only to tell of the latest', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await ask(ana, { kind: 'set_status', to: 'resolved' }, incident);
  await ask(ana, { kind: 'set_status', to: 'closed' }, incident);
  await hub.close();
  const read = vi.spyOn(incidentFold, 'isSummary');
  try {
    await opened.hub(dir);
    // Once, for the consoles. To list thousands of cold records none of them is read.
    expect(read).toHaveBeenCalledTimes(1);
  } finally {
    read.mockRestore();
  }
});

test('action items live on: given, changed and done after the end, known after a restart, told to consoles', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  await until('nothing is left', () => ana.view.followUp?.actions.length === 0);
  const incident = await declare(ana);
  const note = { kind: 'note', form: 'action', text: 'limit the pool' } as const;
  await ask(ana, { ...note, to: 'ben', ticket: 'OPS-1', due: '2026-11-01T00:00:00Z' }, incident);
  await ask(ana, { kind: 'set_severity', to: 'SEV-3' }, incident);
  await ask(ana, { kind: 'set_status', to: 'resolved' }, incident);
  await ask(ana, { kind: 'set_status', to: 'closed' }, incident);
  await ask(ana, { ...note, text: 'later' }, incident);
  await until('both are told', () => ana.view.followUp?.actions.length === 2);
  const later = { to: 'cyd', ticket: null, due: '2026-11-02T00:00:00Z' };
  await ask(ana, { kind: 'assign_action', ref: 2, ...later }, incident);
  const overdue = { seq: 2, owner: 'cyd', ticket: null, due: '2026-11-02T00:00:00.000Z', overdue: true, done: false };
  await until('it is cyd’s', () => ana.view.followUp?.actions[0]?.owner === 'cyd');
  expect(ana.view.followUp).toMatchObject({
    actions: [overdue, { text: 'later', owner: null, due: null, overdue: false }],
    // The worst it ever had is why one is due.
    postmortems: [{ incident, severity: 'SEV-1', publishedAt: null }],
  });
  await ask(ana, { kind: 'note', text: 'done', re: 6, closes: true }, incident);
  await until('it is told no more', () => ana.view.followUp?.actions.length === 1);
  await hub.close();

  const again = await opened.hub(dir);
  const ben = await opened.client(again, 'ben');
  await until('the ended one is known', () => ben.view.followUp?.actions[0]?.owner === 'cyd');
  const { followUp } = await ben.ask({ what: 'follow_up' });
  expect(followUp?.actions).toMatchObject([overdue, { text: 'later', done: true, overdue: false }] satisfies Partial<
    FollowUp['actions'][number]
  >[]);
  // It is done.
  expect(await ask(ben, { kind: 'assign_action', ref: 6, to: 'ben' }, incident)).toMatchObject({
    nack: { code: 'not_now' },
  });
  expect(await ask(ben, { kind: 'assign_action', ref: 2, to: 'cyd' }, incident)).toMatchObject({
    nack: { code: 'conflict' },
  });
});

test('no open action item of an incident is left out', () => {
  const open = Array.from({ length: BOUNDS.open }, (_, i) => ({
    seq: i + 1,
    form: 'action' as const,
    text: `do ${i}`,
    by: 'ana',
    at: '2026-11-27T09:00:00.000Z',
  }));
  expect(storedFollowUp({ open })?.actions).toHaveLength(BOUNDS.open);
});

/** One room by itself: commands in, one order out; another writer on the same stream; what is told after a commit. */
import { expect, test } from 'vitest';
import { Room, type Core } from '../../src/hub/room.ts';
import { HUB_LIMITS } from '../../src/hub/limits.ts';
import { incidentFold } from '../../src/hub/incident-store.ts';
import { commandHash, type Submission } from '../../src/hub/submission.ts';
import { Subscribers, type Batch } from '../../src/hub/subscribers.ts';
import type { Command } from '../../src/incident/command.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { advance, decide } from '../../src/incident/topics/index.ts';
import { memoryStore, type Memory } from '../support/memory-store.ts';

const clock = { wall: () => Date.parse('2026-11-23T14:02:11.123Z'), mono: () => 0 };
const ID = '2026-11-23-db-down';
const core: Core<Incident, Command> = {
  advance,
  decide: (state, { command, actor }, { now, target }) =>
    decide(state, command, { now, actor, target, policy: HANDBOOK_POLICY, icAbsentMs: 0 }),
};
let ulid = 0;
const newId = (): string => `01KA0Q6Z8B5W1Y2R3T4V5X${String(++ulid).padStart(4, '0')}`;

async function roomOn(
  memory: Memory<Incident>,
  { bugs = [] as unknown[], ...more }: Partial<{ bugs: unknown[]; core: typeof core }> = {},
) {
  const store = memoryStore(incidentFold, memory);
  const told: Batch[] = [];
  const opened = (await store.open(ID)) ?? { epoch: '', head: 0, state: incidentFold.blank(ID) };
  const room = new Room(ID, opened, {
    store,
    core,
    clock,
    limits: HUB_LIMITS,
    newId,
    committed: (_id, batch) => told.push(batch),
    onBug: (error) => void bugs.push(error),
    onFault: () => {},
    ...more,
  });
  return { room, told, store };
}
const submission = (client: string, n: number, command: Command): Submission => ({
  origin: { client, n, hash: commandHash(ID, command) },
  id: newId(),
  command,
  actor: { name: client, observer: false, via: 'console' },
});
const declare: Command = { kind: 'declare', title: 'db down', severity: 'SEV-1' };
const note = (text: string): Command => ({ kind: 'note', text });
const seqs = (told: readonly Batch[]): number[] => told.flatMap(({ events }) => events.map(({ seq }) => seq));

test('two hubs on one record: what one appended, the other folds, tells, and decides again on', async () => {
  const memory: Memory<Incident> = new Map();
  const first = await roomOn(memory);
  expect(await first.room.execute(submission('ana', 1, declare))).toMatchObject({ event: { seq: 1 } });
  const second = await roomOn(memory);
  await first.room.execute(submission('ana', 2, { kind: 'set_severity', to: 'SEV-0' }));
  await first.room.execute(submission('ana', 3, note('from the first hub')));
  const results = await Promise.all([
    second.room.execute(submission('bob', 1, note('one'))),
    second.room.execute(submission('bob', 2, { kind: 'set_severity', to: 'SEV-0' })),
    second.room.execute(submission('bob', 3, note('two'))),
  ]);
  expect(results).toMatchObject([{ event: { seq: 4 } }, { refused: 'conflict' }, { event: { seq: 5 } }]);
  expect(second.room.state).toMatchObject({ head: 5, severity: 'SEV-0' });
  expect(seqs(second.told)).toEqual([2, 3, 4, 5]);
});

test('the same command by two hubs is recorded once', async () => {
  const memory: Memory<Incident> = new Map();
  const first = await roomOn(memory);
  await first.room.execute(submission('ana', 1, declare));
  const second = await roomOn(memory);
  const same = submission('policy ack-overdue', 1, note('nobody acknowledged'));
  const [a, b] = await Promise.all([first.room.execute(same), second.room.execute(same)]);
  expect([a, b]).toMatchObject([{ event: { seq: 2 } }, { event: { seq: 2 }, dup: true }]);
});

test('a command sent again is answered as the first time, under way or long after', async () => {
  const { room, told } = await roomOn(new Map());
  await room.execute(submission('ana', 1, declare));
  const once = submission('ana', 2, note('once'));
  const both = await Promise.all([room.execute(once), room.execute(once)]);
  expect(both).toMatchObject([{ event: { seq: 2 } }, { event: { seq: 2 }, dup: true }]);
  await room.execute(submission('ana', 3, note('more')));
  expect(await room.execute(once)).toMatchObject({ event: { seq: 2 }, dup: true });
  expect(await room.execute(submission('ana', 2, note('another')))).toMatchObject({ refused: 'id_reused' });
  expect(seqs(told)).toEqual([1, 2, 3]);
});

test('commands that refer to an entry keep their place among the others', async () => {
  const { room } = await roomOn(new Map());
  await room.execute(submission('ana', 1, declare));
  await room.execute(submission('ana', 2, note('first')));
  const results = await Promise.all([
    room.execute(submission('ana', 3, { kind: 'amend', ref: 2, text: 'better', why: 'typo' })),
    room.execute(submission('ana', 4, note('second'))),
    room.execute(submission('bob', 1, { kind: 'retract', ref: 2, why: 'wrong' })),
    room.execute(submission('ana', 5, note('third'))),
  ]);
  expect(results).toMatchObject([
    { event: { seq: 3 } },
    { event: { seq: 4 } },
    { refused: 'forbidden' },
    { event: { seq: 5 } },
  ]);
});

test('a fault of the hub on one command refuses that one for good, and the others go on', async () => {
  const bugs: unknown[] = [];
  const decideAll: typeof core.decide = (state, asked, facts) => {
    if ('text' in asked.command && asked.command.text === '13') throw new TypeError('nobody thought of 13');
    return core.decide(state, asked, facts);
  };
  const { room } = await roomOn(new Map(), { bugs, core: { ...core, decide: decideAll } });
  await room.execute(submission('ana', 1, declare));
  const results = await Promise.all([12, 13, 14].map((n) => room.execute(submission('ana', n, note(String(n))))));
  expect(results).toMatchObject([{ event: { seq: 2 } }, { refused: 'invalid' }, { event: { seq: 3 } }]);
  expect(String(bugs)).toContain('nobody thought of 13');
});

test('a subscriber that fails is given the events since its checkpoint again, and the others go on', async () => {
  const said: string[] = [];
  const heard: Record<string, number[]> = { broken: [], good: [] };
  let failures = 1;
  const { room, store } = await roomOn(new Map());
  const batches: Batch[] = [];
  for (let n = 1; n <= 4; n++) {
    await room.execute(submission('ana', n, n === 1 ? declare : note(`entry ${n}`)));
    const texts = await store.read(ID, n - 1, 1);
    batches.push({ events: [{ seq: n } as never], texts });
  }
  const subscribers = new Subscribers(
    [
      {
        name: 'broken',
        handle: (_id, { events }) => {
          if (events[0]?.seq === 2 && failures-- > 0) throw new Error('not today');
          heard['broken']?.push(...events.map(({ seq }) => seq));
        },
      },
      { name: 'good', handle: (_id, { events }) => void heard['good']?.push(...events.map(({ seq }) => seq)) },
    ],
    { store, say: (line) => void said.push(line), retryMs: 5 },
  );
  for (const batch of batches) subscribers.committed(ID, batch);
  expect(heard).toEqual({ broken: [1], good: [1, 2, 3, 4] });
  await expect.poll(() => heard['broken']).toEqual([1, 2, 3, 4]);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('broken failed after #1');
});

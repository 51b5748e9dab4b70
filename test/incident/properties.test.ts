import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { clocks } from '../../src/incident/clocks.ts';
import type { Command } from '../../src/incident/command.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import { hubRecord } from '../../src/incident/hub-record.ts';
import { blankHubState, readHubState, type HubState } from '../../src/incident/hub-state.ts';
import type { AnyEvent } from '../../src/incident/topic.ts';
import { evolve, INCIDENT } from '../../src/incident/topics/index.ts';
import { readIncident } from '../../src/protocol/validate.ts';
import { commandsByKind, hubCommandsByKind, idOf, internalKinds } from './any-command.ts';
import { at, replay, START, Story } from './story.ts';

const runs = Number(process.env['WARROOM_RUNS'] ?? 300);
const people = ['alice', 'bob'];
const texts = ['fine', 'not so fine', '', 'x'.repeat(20_000), '\u0001"中\ud800'];
const asks = [...commandsByKind({ people, texts, refs: 100 })];
// What ends the incident is rarer, so that there is something before it.
const isEnd = (kind: string): boolean => kind === 'merge_incident' || kind === 'set_status';
const step = fc.tuple(
  fc.constantFrom(...people),
  fc.oneof(...asks.map(([kind, arbitrary]) => ({ weight: isEnd(kind) ? 1 : 6, arbitrary }))),
  fc.constantFrom(0, 0, 60_000),
);
const steps = fc.array(step, { maxLength: 100, size: 'max' });

/** Half of the references are to decisions, most others to entries there are; what the hub does by itself is not sent by consoles. */
function tell(story: Story, [name, wish, icAbsentMs]: readonly [string, Command, number]) {
  const { length } = story.events;
  const { decisions } = story.state;
  const seqOf = (n: number): number =>
    decisions[Math.floor(n / 2) % (2 * decisions.length)]?.seq ?? 1 + (n % (length + 1));
  const aimed = { ...wish } as { ref?: number; re?: number } & Command;
  if (aimed.ref !== undefined) aimed.ref = seqOf(aimed.ref);
  if (aimed.re !== undefined) aimed.re = seqOf(aimed.re);
  const actor = internalKinds.has(wish.kind)
    ? { name: 'hub', observer: false, via: 'hub' as const }
    : { name, observer: false, via: 'console' as const };
  return story.tell(name, aimed, length, { icAbsentMs, actor });
}

/** Data holds nothing besides the fields that its kind has. */
function expectOnlyKnown(record: Pick<typeof INCIDENT | typeof hubRecord, 'events'>, { kind, data }: AnyEvent): void {
  const fields = Object.keys(record.events.get(kind)?.shape.entries ?? {});
  expect(Object.keys(data).filter((field) => !fields.includes(field))).toEqual([]);
}

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
};

test('any sequence of commands: one IC at most, refusals change nothing, the fold is deterministic', () => {
  const accepted = new Set<string>();
  fc.assert(
    fc.property(steps, (asked) => {
      const story = new Story();
      story.tell('alice', { kind: 'declare', title: 'db down', severity: 'SEV-1' });
      for (const one of asked) {
        const [who, , icAbsentMs] = one;
        const before = freeze(story.state);
        const written = story.events.length;
        const answer = tell(story, one);
        if (isRefusal(answer)) {
          expect(story.state).toBe(before);
          expect(story.events).toHaveLength(written);
          expect(answer.reason).not.toBe('');
          continue;
        }
        expect(answer.length).toBeGreaterThan(0);
        accepted.add(one[1].kind);
        for (const event of answer) expectOnlyKnown(INCIDENT, event);
        const commanders = answer.filter((event) => event.kind === 'role_assigned' && event.data.role === 'ic');
        expect(commanders.length).toBeLessThanOrEqual(1);
        if (before.roles.ic !== null && story.state.roles.ic !== before.roles.ic && story.state.roles.ic !== null) {
          const takenOver = before.roles.deputy === who || icAbsentMs >= 60_000;
          expect(before.offer?.name === who || takenOver).toBe(true);
        }
      }
      expect(story.state.head).toBe(story.events.length);
      const again = JSON.parse(JSON.stringify(story.events)) as typeof story.events;
      expect(replay(story.state.id, again)).toEqual(story.state);
      // Whoever resolved it may have claimed that this was before it began.
      const { resolvedAt, closedAt } = story.state.timestamps;
      if (resolvedAt === null && closedAt === null)
        expect(clocks(story.state, START + 3_600_000).elapsedMs).toBeGreaterThan(0);
    }),
    { numRuns: runs },
  );
  // Else most was refused, and little was tried.
  expect(accepted.size).toBeGreaterThan(asks.length / 2);
});

test('a snapshot in the middle and the rest of the record give the same incident', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (asked, cut) => {
      const story = new Story();
      story.tell('alice', { kind: 'declare', title: 'db down', severity: 'SEV-0' });
      for (const one of asked) tell(story, one);
      const half = cut % (story.events.length + 1);
      const snapshot = readIncident(JSON.parse(JSON.stringify(replay('2026-11-23-test', story.events.slice(0, half)))));
      if (snapshot === null) throw new Error('the snapshot cannot be read');
      const rebuilt = story.events.slice(half).reduce(evolve, snapshot);
      expect(rebuilt).toEqual(story.state);
    }),
    { numRuns: runs },
  );
});

test("any sequence of commands for the hub's own record: refusals in words, the state reads back and folds the same", () => {
  const accepted = new Set<string>();
  const hubAsks = [...hubCommandsByKind({ people, texts, refs: 60 }).values()];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...people), fc.oneof(...hubAsks)), { maxLength: 60, size: 'max' }),
      (asked) => {
        let state: HubState = freeze(blankHubState);
        const events: AnyEvent[] = [];
        for (const [name, wish] of asked) {
          const now = at(events.length);
          const answer = hubRecord.decide(state, wish, { now, actor: { name, via: 'console' } });
          if (isRefusal(answer)) {
            expect(answer.reason).not.toBe('');
            continue;
          }
          accepted.add(wish.kind);
          for (const draft of answer) {
            const seq = events.length + 1;
            const event = { ...draft, id: idOf(seq), incident: 'hub', seq, recorded: now } as AnyEvent;
            expect(hubRecord.dataFault(event)).toBeNull();
            expectOnlyKnown(hubRecord, event);
            expect(hubRecord.sentence(event)).not.toBe('');
            events.push(event);
            state = freeze(hubRecord.evolve(state, event));
          }
        }
        expect(readHubState(JSON.parse(JSON.stringify(state)))).toEqual(state);
        expect(events.reduce(hubRecord.evolve, blankHubState)).toEqual(state);
      },
    ),
    { numRuns: runs },
  );
  expect(accepted.size).toBeGreaterThan(hubAsks.length / 2);
});

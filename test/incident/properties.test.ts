import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { isRefusal } from '../../src/incident/decision.ts';
import type { Command } from '../../src/incident/command.ts';
import { NOTE_FORMS, ROLES, STATUSES } from '../../src/incident/vocabulary.ts';
import { clocks } from '../../src/incident/clocks.ts';
import { evolve } from '../../src/incident/topics/index.ts';
import { SEVERITIES } from '../../src/incident/severity.ts';
import { replay, START, Story } from './story.ts';

const runs = Number(process.env['WARROOM_RUNS'] ?? 300);
const name = fc.constantFrom('alice', 'bob', 'carol', 'dan');
const severity = fc.constantFrom(...SEVERITIES);
const ref = fc.integer({ min: 0, max: 30 });
const text = fc.oneof(fc.string({ maxLength: 30, unit: 'binary' }), fc.constant(''), fc.constant('fine'));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('declare' as const), title: fc.constantFrom('db down', '', 'x'), severity }),
  fc.constant({ kind: 'acknowledge' as const }),
  fc
    .record({ text, form: fc.constantFrom(...NOTE_FORMS), re: maybe(ref), closes: fc.boolean(), pin: fc.boolean() })
    .map(({ re, ...rest }) => ({ kind: 'note' as const, ...rest, ...(re === undefined ? {} : { re }) })),
  fc.record({ kind: fc.constant('set_severity' as const), to: severity }),
  fc.record({ kind: fc.constant('set_status' as const), to: fc.constantFrom(...STATUSES) }),
  fc.record({ kind: fc.constant('update_public' as const), text: fc.string() }),
  fc.record({ kind: fc.constant('assign_role' as const), role: fc.constantFrom(...ROLES), name, why: text }),
  fc.record({ kind: fc.constant('release_role' as const), role: fc.constantFrom(...ROLES) }),
  fc.record({ kind: fc.constant('offer_command' as const), name }),
  fc.constant({ kind: 'accept_command' as const }),
  fc.constant({ kind: 'decline_command' as const }),
  fc.record({ kind: fc.constant('amend' as const), ref, text, why: text }),
  fc.record({ kind: fc.constant('retract' as const), ref, why: text }),
  fc.record({ kind: fc.constant('pin' as const), ref, pinned: fc.boolean() }),
);
const step = fc.tuple(name, command, fc.integer({ min: 0, max: 90_000 }));
const steps = fc.array(step, { maxLength: 40 });

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
};

test('any sequence of commands: one IC at most, refusals change nothing, the fold is deterministic', () => {
  fc.assert(
    fc.property(steps, (asked) => {
      const story = new Story();
      story.tell('alice', { kind: 'declare', title: 'db down', severity: 'SEV-1' });
      for (const [who, wish, icAbsentMs] of asked) {
        const before = freeze(story.state);
        const written = story.events.length;
        const answer = story.tell(who, wish, written, { icAbsentMs });
        if (isRefusal(answer)) {
          expect(story.state).toBe(before);
          expect(story.events).toHaveLength(written);
          expect(answer.reason).not.toBe('');
          continue;
        }
        expect(answer.length).toBeGreaterThan(0);
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
      const settled = clocks(story.state, START + 3_600_000);
      expect(settled.elapsedMs).toBeGreaterThan(0);
    }),
    { numRuns: runs },
  );
});

test('a snapshot in the middle and the rest of the record give the same incident', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (asked, cut) => {
      const story = new Story();
      story.tell('alice', { kind: 'declare', title: 'db down', severity: 'SEV-0' });
      for (const [who, wish] of asked) story.tell(who, wish, story.events.length);
      const at = cut % (story.events.length + 1);
      const snapshot = JSON.parse(JSON.stringify(replay('2026-11-23-test', story.events.slice(0, at))));
      const rebuilt = story.events.slice(at).reduce(evolve, snapshot);
      expect(rebuilt).toEqual(story.state);
    }),
    { numRuns: runs },
  );
});

/** The runs of steps: who may do what, when, and what the state keeps of them. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { Command } from '../../src/incident/command.ts';
import { incidentShape } from '../../src/incident/incident.ts';
import { isDone, isInDoubt, lastRun, isRunOver, runOf, standingRun } from '../../src/incident/runs.ts';
import type { Severity } from '../../src/incident/severity.ts';
import fc from '../support/property.ts';
import { commandsByKind } from './any-command.ts';
import { at, given, type Story } from './story.ts';

const machine = { actor: { name: 'hub', observer: false, via: 'runbook' as const } };
const request = {
  kind: 'request_step',
  runbook: 'redis',
  step: 'expire',
  stepKind: 'mutate',
  target: 'cache',
  params: {},
} as const;
const preview = {
  kind: 'preview_step',
  count: 3_000,
  unit: 'keys',
  samples: [],
  node: 'n',
  role: 'master',
  complete: true,
  undo: 'PERSIST',
  irreversible: false,
  isTyped: false,
} as const;

/** An incident with ana as IC, in which ben asks for a step; its number. */
function asked(severity: Severity = 'SEV-2', more: Partial<typeof request> & { dryRun?: true } = {}): [Story, number] {
  const story = given(
    ['ana', { kind: 'declare', title: 'DB', severity }],
    ['ana', { kind: 'assign_role', role: 'ic', name: 'ana' }],
    ['ben', { ...request, ...more }],
  );
  return [story, story.state.head];
}
const state = (story: Story, ref: number) => runOf(story.state, ref)?.state;

test.each([
  ['SEV-0', {}, 'cache', true],
  ['SEV-1', {}, 'cache', true],
  ['SEV-2', {}, '3000', true],
  ['SEV-3', { count: 1 }, '1', false],
  ['SEV-3', { count: 1, irreversible: true }, '1', true],
  ['SEV-3', { count: 1, undo: null }, '1', true],
  ['SEV-3', { count: 1, isTyped: true }, '1', true],
] as const)('%s %j: %s is typed: %s', (severity, more, confirm, isTyped) => {
  const [story, ref] = asked(severity);
  story.tell('hub', { ...preview, ...more, ref }, 0, machine);
  expect(runOf(story.state, ref)?.preview).toMatchObject({ confirm, isTyped });
});

test.each([
  [{ complete: false }, /nobody knows/],
  [{ count: 0 }, /nothing to change: no keys/],
  [{ max: 2_999 }, /3,000 keys, and the runbook allows 2,999/],
])('a preview of %j is refused', (more, why) => {
  const [story, ref] = asked();
  story.tell('hub', { ...preview, ...more, ref }, 0, machine);
  expect(runOf(story.state, ref)).toMatchObject({ state: 'refused', result: expect.stringMatching(why) });
  expect(story.ask('ana', { kind: 'approve_step', ref, typed: '3000' })).toMatchObject({ refused: 'conflict' });
});

test('who asks confirms by what it means, the IC approves with one key; 31 s later it is too late', () => {
  const [story, ref] = asked();
  const approve = (who: string, typed?: string, seconds = 0) =>
    story.tell(who, { kind: 'approve_step', ref, ...(typed !== undefined && { typed }) }, seconds / 60);
  expect(approve('ben')).toMatchObject({ refused: 'conflict' });
  story.tell('hub', { ...preview, ref }, 0, machine);
  expect(approve('ana')).toMatchObject({ refused: 'invalid', reason: 'to confirm, type 3000' });
  expect(approve('ben', '300')).toMatchObject({ refused: 'invalid' });
  expect(approve('ben', '3000', 31)).toMatchObject({ refused: 'not_now' });
  expect(approve('ben', ' 3000 ', 30)).toHaveLength(1);
  expect(approve('ben')).toMatchObject({ refused: 'forbidden', reason: expect.stringMatching(/the IC is ana/) });
  expect(state(story, ref)).toBe('confirmed');
  expect(approve('ana', undefined, 300)).toHaveLength(1);
  expect(runOf(story.state, ref)).toMatchObject({ state: 'approved', confirmedBy: 'ben', approvedBy: 'ana' });
  // More than was seen is asked for anew.
  story.tell('hub', { ...preview, ref, count: 4_000 }, 6, machine);
  const run = runOf(story.state, ref);
  expect(run).toMatchObject({ state: 'previewed', preview: { count: 4_000, expiresAt: at(6.5) } });
  expect([run?.confirmedBy, run?.approvedBy]).toEqual([undefined, undefined]);
});

test('the IC who confirms has approved; without an IC the lead does; nothing starts before', () => {
  const [story, ref] = asked();
  story.tell('hub', { ...preview, ref }, 0, machine);
  const start = { kind: 'start_step', ref, of: 3_000, batch: 200 } as const;
  expect(story.ask('hub', start, 0, machine)).toMatchObject({ refused: 'conflict' });
  expect(story.tell('ana', { kind: 'approve_step', ref, typed: '3000' })).toHaveLength(2);
  expect(story.ask('hub', start, 0, machine)).toHaveLength(1);
});

test('a dry run ends with its preview; a stop before the start ends it, later it waits for the batch', () => {
  const [dry, first] = asked('SEV-2', { dryRun: true });
  dry.tell('hub', { ...preview, ref: first }, 0, machine);
  expect(state(dry, first)).toBe('done');
  const [story, ref] = asked();
  story.tell('cyd', { kind: 'stop_step', ref });
  expect(state(story, ref)).toBe('stopped');
  const [other, running] = asked();
  other.tell('hub', { ...preview, ref: running }, 0, machine);
  other.tell('ana', { kind: 'approve_step', ref: running, typed: '3000' });
  other.tell('hub', { kind: 'start_step', ref: running, of: 3_000, batch: 200 }, 0, machine);
  other.tell('cyd', { kind: 'stop_step', ref: running });
  expect(state(other, running)).toBe('stopping');
  other.tell('hub', { kind: 'progress_step', ref: running, applied: 200, skipped: 0 }, 0, machine);
  expect(other.ask('cyd', { kind: 'stop_step', ref: running })).toMatchObject({ refused: 'conflict' });
});

test('what is in doubt stands until it is run or left out, or nothing is left to change', () => {
  const doubt = (): [Story, number] => {
    const [story, ref] = asked();
    story.tell('hub', { ...preview, ref }, 0, machine);
    story.tell('ana', { kind: 'approve_step', ref, typed: '3000' });
    story.tell('hub', { kind: 'start_step', ref, of: 3_000, batch: 200 }, 0, machine);
    story.tell('hub', { kind: 'finish_step', ref, state: 'in_doubt', result: 'lost', durationMs: 1 }, 0, machine);
    return [story, ref];
  };
  const again = (story: Story, more: object): number => {
    story.tell('ben', { ...request, ...more });
    return story.state.runs!.at(-1)!.seq;
  };
  const stands = ({ state: now }: Story, ref: number): readonly [number | undefined, boolean] => [
    standingRun(now, request.runbook, request.step)?.seq,
    isInDoubt(now, runOf(now, ref)!),
  ];
  const [story, ref] = doubt();
  const dry = again(story, { dryRun: true });
  story.tell('hub', { ...preview, ref: dry }, 0, machine);
  expect(isDone(runOf(story.state, dry)!)).toBe(false);
  expect(stands(story, ref)).toEqual([ref, true]);
  story.tell('ben', { kind: 'stop_step', ref: again(story, {}) });
  expect(stands(story, ref)).toEqual([ref, true]);
  const empty = again(story, {});
  expect(stands(story, ref)).toEqual([empty, true]);
  story.tell('hub', { ...preview, ref: empty, count: 0 }, 0, machine);
  expect(stands(story, ref)).toEqual([empty, false]);
  const [other, lost] = doubt();
  expect(stands(other, lost)).toEqual([lost, true]);
  const elsewhere = again(other, { target: 'other', skip: 'not here' });
  expect(stands(other, lost)).toEqual([elsewhere, true]);
  const skipped = again(other, { skip: 'looked by hand' });
  expect(stands(other, lost)).toEqual([skipped, false]);
});

test('the state keeps a bounded number of runs, those that are not over among them', () => {
  const kinds = commandsByKind({ people: ['ana', 'ben'], texts: ['x', 'y'.repeat(16_000)], refs: 90 });
  const steps = [...kinds].filter(([kind]) => kind.endsWith('_step')).map(([, commands]) => commands);
  const ofPeople = fc.constantFrom<Command>({ ...request, stepKind: 'observe', params: { a: 'z'.repeat(3_000) } });
  fc.assert(
    fc.property(fc.array(fc.oneof(ofPeople, ...steps), { minLength: 60, maxLength: 120 }), (commands) => {
      const [story] = asked();
      for (const command of commands) {
        story.tell('ana', command);
        story.tell('hub', command, 0, machine);
        const { runs = [] } = story.state;
        expect(runs.length).toBeLessThanOrEqual(40);
        expect(runs.filter((run) => !isRunOver(run)).length).toBeLessThanOrEqual(20);
        expect(runs.map(({ seq }) => seq)).toEqual(runs.map(({ seq }) => seq).toSorted((a, b) => a - b));
      }
      expect(v.is(incidentShape, JSON.parse(JSON.stringify(story.state)))).toBe(true);
      expect(JSON.stringify(story.state.runs).length).toBeLessThan(40 * 6_000);
    }),
    { numRuns: 30 },
  );
});

test('the last run of a step is found: already run by ben', () => {
  const [story] = asked();
  expect(lastRun(story.state, 'redis', 'expire')).toMatchObject({ by: 'ben', at: at(0) });
  expect(lastRun(story.state, 'redis', 'other')).toBeUndefined();
});

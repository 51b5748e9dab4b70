/** `warroom actions` as whole processes: given, changed and done after the incident ended, listed from a hub and from the data folder. */
import { afterAll, expect, test } from 'vitest';
import { ended, InProcess } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

test('an action item from its entry to the end, long after the incident', async () => {
  const { child } = await place.hub();
  const { incident } = (await place.json(['declare', 'pool exhausted', '--sev', '1'])) as { incident: string };
  await place.json([
    'note',
    'limit the pool',
    '--kind',
    'action',
    '--to',
    'ben',
    '--due',
    '2026-01-31',
    '--ticket',
    'O-1',
  ]);
  await place.json(['status', 'resolved']);
  await place.json(['status', 'closed']);
  const of = ['--incident', incident];
  await place.json(['actions', 'add', 'alarm at 80 %', '--due', '2099-12-31', ...of]);
  const first = {
    incident,
    seq: 2,
    text: 'limit the pool',
    owner: 'ben',
    due: '2026-01-31T23:59:59.000Z',
    ticket: 'O-1',
    done: false,
    overdue: true,
  };
  const second = {
    ...first,
    seq: 5,
    text: 'alarm at 80 %',
    owner: null,
    due: '2099-12-31T23:59:59.000Z',
    ticket: null,
    overdue: false,
  };
  expect(await place.json(['actions'])).toEqual([first, second]);
  expect(await place.json(['actions', '--overdue'])).toEqual([first]);
  expect((await place.run(['actions', '--overdue', '--incident', 'none-such'])).stderr).toContain(
    'no overdue action items',
  );
  // With nothing open, what is left of the ended ones is what is to be done next.
  expect(await place.json(['next', '--as', 'ben'])).toMatchObject([
    { what: 'postmortem', late: false, command: `warroom postmortem --edit --incident ${incident}` },
    { what: 'action', by: ['ben'], late: true, command: `warroom actions done '${incident}#2'` },
  ]);
  expect(await place.json(['next'])).toMatchObject([{ what: 'postmortem' }]);
  expect(
    await place.json(['actions', 'set', `${incident}#5`, '--to', '@cyd', '--due', 'none', '--ticket', 'O-2']),
  ).toMatchObject({ seq: 6 });
  expect((await place.run(['actions', 'set', '5', '--to', 'cyd', ...of])).stderr).toContain(
    'nothing of #5 would change',
  );
  expect(await place.json(['actions', 'done', `${incident}#2`, 'with', 'a', 'limit of 40'])).toMatchObject({ seq: 7 });
  const left = { ...second, owner: 'cyd', due: null, ticket: 'O-2' };
  expect(await place.json(['actions', '--open', '--incident', 'pool'])).toEqual([left]);
  expect(await place.run(['actions', 'done', '2', ...of])).toMatchObject({ code: 3 });
  const { stdout } = await place.whole(['actions']);
  expect(stdout.split('\n')[0]).toMatch(/^open {2}no date {12}cyd {2}\S+#5 {2}alarm at 80 % \[O-2\]$/);
  expect(stdout).toMatch(/^done {2}2026-01-31T23:59Z {2}ben/m);

  // Without a hub the data folder knows the same.
  child.kill('SIGTERM');
  await ended(child);
  const alone = await place.run(['actions', '--json']);
  expect(alone.stderr).toContain('no hub answers');
  expect(JSON.parse(alone.stdout)).toEqual([left, { ...first, done: true, overdue: false }]);
});

test('words that mean nothing', async () => {
  for (const [args, words] of [
    [['undo', '3'], /add, set or done, not "undo"/],
    [['add'], /needs words/],
    [['set', '3'], /say what/],
    [['set', 'x', '--to', 'ben'], /by its number/],
    [['done'], /by its number/],
    [['set', '3', '--due', 'soon'], /--due soon: write/],
    [['--open', '--overdue'], /not both/],
  ] as const) {
    const { code, stderr } = await place.run(['actions', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  }
});

/** The five questions and changes from the shell, as whole processes on a real hub. */
import { afterAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

test('advice without a hub, and recorded in the open incident', async () => {
  const impact = ['--users', '30', '--data-loss', 'no'];
  expect(await place.json(['advise', ...impact])).not.toHaveProperty('seq');
  await place.hub();
  await place.json(['declare', 'slow', '--sev', '3']);
  expect(await place.json(['advise', ...impact])).toMatchObject({ severity: 'SEV-1', seq: 2 });
  expect(await place.json(['show'])).toMatchObject({ impact: { users: 30, dataLoss: 'no' } });
  expect((await place.whole(['advise', ...impact])).stderr).toContain('this impact is recorded already');
  await place.json(['status', 'cancelled']);
});

test('answers, evidence from marked changes, progress in show', async () => {
  await place.json(['declare', 'checkout errors', '--sev', '1']);
  await place.json(['change', 'web 4.118 deployed', '--by', 'bob', '--link', 'https://ci.example/1', '--at', '-4m']);
  const before = (await place.json(['triage'])) as { n: number; answer: unknown; evidence: { text: string }[] }[];
  expect(before.map(({ answer }) => answer)).toEqual([null, null, null, null, null]);
  expect(before[4]?.evidence).toMatchObject([{ text: 'web 4.118 deployed by bob' }]);
  await place.json(['triage', '--answer', '5', 'web 4.118 by bob']);
  expect(await place.json(['show'])).toMatchObject({ triage: { answered: 1, of: 5 } });
  const { stdout } = await place.whole(['triage']);
  expect(stdout).toMatch(/x 5 What changed recently\? {2}web 4.118 by bob {2}#3 alice\n {6}ask bob \(\d\d:\d\dZ web 4/);
  expect(stdout).toMatch(/ {2}3 When did it start\?\n {6}\d\d:\d\dZ web 4.118 deployed\n/);
  expect(await place.run(['triage', '--answer', '6', 'x'])).toMatchObject({ code: 2 });
});

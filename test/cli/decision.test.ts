/** Decisions from the shell: whole processes on a real hub, which ends the time for objections by itself. */
import { afterAll, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

test('ask for objections, agree, object too late; the hub settles it', async () => {
  await place.hub();
  await place.json(['declare', 'checkout errors', '--sev', '2']);
  await place.json(['role', 'ic', 'alice']);
  const asked = (await place.json(['decision', 'roll back web', '--kind', 'rollback', '--objections', '4s'])) as {
    seq: number;
  };
  const ref = String(asked.seq);
  await place.json(['agree', ref, '--as', 'bob']);
  const decisions = async (): Promise<unknown> => ((await place.json(['show'])) as { decisions: unknown }).decisions;
  await until('it stands', async () => JSON.stringify(await decisions()).includes('"state":"stands"'));
  expect(await decisions()).toMatchObject([
    { seq: asked.seq, text: 'roll back web', way: 'rollback', agreed: ['bob'] },
  ]);
  expect(await place.whole(['object', ref, 'a migration ran', '--as', 'bob'])).toMatchObject({ code: 3 });
  expect((await place.whole(['decision'])).stdout).toBe(`#${ref} roll back web (alice)\n`);
  await place.json(['decision', '--withdraw', ref, '--why', 'errors stayed']);
  expect(await decisions()).toEqual([]);
});

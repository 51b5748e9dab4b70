/** `warroom next` as a whole process on a real hub. */
import { afterAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

test('what is to be done: nothing, then the owner, command, the first update and the roles; brief and show begin with it', async () => {
  await place.hub();
  expect(await place.json(['next'])).toEqual([]);
  await place.json(['declare', 'checkout errors', '--sev', '1']);
  const items = (await place.json(['next'])) as { what: string; command: string }[];
  expect(items.map(({ what }) => what)).toEqual(['acknowledge', 'take_ic', 'update', 'roles', 'triage']);
  expect(items[1]).toMatchObject({ by: ['anyone'], late: false, command: 'warroom role ic alice' });
  expect(await place.json(['show'])).toMatchObject({ next: { what: 'acknowledge' } });
  expect((await place.whole(['brief'])).stdout).toMatch(/NEXT\n {4}acknowledge \(anyone, by \d\d:\d\dZ\)\n/);
  // The command that stands there does it.
  await place.json(['ack']);
  await place.json(['rollcall', '--as', 'bob']);
  expect(await place.json(['next'])).toContainEqual(
    expect.objectContaining({ what: 'answer_roll', command: 'warroom rollcall --here' }),
  );
  await place.json(['rollcall', '--here']);
  await place.json(String(items[1]?.command).split(' ').slice(1));
  expect((await place.whole(['next'])).stdout).toMatch(
    /^act {6}first public update \(comms or ic, by \d\d:\d\dZ\)\n {9}warroom update TEXT\n/,
  );
});

/** Two incidents that belong together, as whole processes on a real hub. */
import { afterAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

test('both records say that incidents are linked, and that one goes on in the other', async () => {
  await place.hub();
  const declared = async (title: string): Promise<string> =>
    String(((await place.json(['declare', title, '--sev', '2'])) as { incident: unknown }).incident);
  const [web, cache] = [await declared('web is slow'), await declared('cache is full')];
  const last = async (incident: string): Promise<unknown> => {
    const { stdout } = await place.run(['tail', '--json', '--incident', incident]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  };
  await place.json(['link', cache, '--incident', web]);
  expect(await last(web)).toMatchObject({
    kind: 'linked',
    data: { incident: cache, title: 'cache is full', merged: false },
  });
  expect(await last(cache)).toMatchObject({
    kind: 'linked',
    data: { incident: web, title: 'web is slow', merged: false },
  });
  expect(await place.whole(['link', cache, '--incident', web])).toMatchObject({ code: 3 });
  expect(await place.whole(['merge', cache, '--incident', cache])).toMatchObject({ code: 3 });

  // With two open, the one that is not named is this one.
  await place.json(['merge', web.slice(11)]);
  expect(await last(cache)).toMatchObject({ kind: 'merged', data: { into: web } });
  expect(await last(web)).toMatchObject({ kind: 'linked', data: { incident: cache, merged: true } });
  expect(await place.json(['show', '--incident', cache])).toMatchObject({ status: 'merged', head: 3 });
  expect(((await place.json(['list'])) as unknown[]).length).toBe(1);
  expect(await place.run(['merge', cache, '--incident', web])).toMatchObject({ code: 3 });
  await place.json(['status', 'investigating', '--incident', cache]);
  expect(await place.json(['show', '--incident', cache])).toMatchObject({ status: 'investigating' });
});

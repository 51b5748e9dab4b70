/** `warroom intake` on whole processes: who may add a system, from where, and what its token opens. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeFs } from '../../src/log/disk.ts';
import { openJournal } from '../../src/log/journal.ts';
import { InProcess, type Ready } from '../support/program.ts';
import { Opened } from '../support/room.ts';
import { sourceWith } from '../support/sources.ts';
import { until } from '../support/patience.ts';

const place = new InProcess();
let ready: Ready;
beforeAll(async () => {
  ({ ready } = await place.hub());
});
const opened = new Opened();
afterAll(() => Promise.all([place.close(), opened.tidy()]));

interface Added {
  readonly name: string;
  readonly token: string;
  readonly urls: Readonly<Record<string, string>>;
}
const invited = async (name: string, ...more: string[]): Promise<readonly string[]> => {
  const { token } = (await place.json(['invite', name, ...more])) as { token: string };
  return ['--hub', ready.url, '--as', name, '--token', token];
};

test('added here, used, listed and revoked', async () => {
  const { name, token, urls } = (await place.json(['intake', 'add', 'prod'])) as Added;
  expect(name).toBe('prod');
  expect(urls).toEqual({
    alertmanager: `${ready.http}/v1/alerts/alertmanager`,
    pagerduty: `${ready.http}/v1/alerts/pagerduty`,
    generic: `${ready.http}/v1/alerts/generic`,
    heartbeat: `${ready.http}/v1/heartbeat/NAME?every=5m`,
    changes: `${ready.http}/v1/changes`,
  });
  const source = sourceWith(ready.http, token);
  expect((await source.post('alerts/generic', { id: 'disk', severity: 'info' })).status).toBe(200);
  await until('it is listed', async () => {
    const { alerts } = (await place.json(['alerts'])) as { alerts: readonly object[] };
    return alerts.length > 0;
  });
  expect(await place.json(['alerts'])).toMatchObject({
    alerts: [{ alert: 'prod/disk', source: 'generic', severity: 'SEV-3', route: null, paged: [], acked: null }],
  });
  expect(await place.json(['intake', 'list'])).toMatchObject([{ name: 'prod', by: 'alice', firing: 1 }]);
  expect(await place.json(['intake', 'add', 'prod'], 3)).toMatchObject({ error: { code: 'conflict' } });
  expect(await place.json(['intake', 'revoke', 'prod'])).toMatchObject({ name: 'prod' });
  expect((await source.post('alerts/generic', { id: 'disk' })).status).toBe(401);
  expect(await place.json(['intake', 'revoke', 'prod'], 3)).toMatchObject({ error: { code: 'not_found' } });
});

test('an invited person may from elsewhere, an observer may not', async () => {
  const bob = await invited('bob');
  const { token } = (await place.json(['intake', 'add', 'ci', ...bob])) as Added;
  expect((await sourceWith(ready.http, token).post('changes', { what: 'x' })).status).toBe(202);
  const eve = await invited('eve', '--observer');
  expect(await place.json(['intake', 'add', 'evil', ...eve], 3)).toMatchObject({ error: { code: 'observer' } });
});

test('while the hub cannot write the token is shown all the same: it works once the hub can', async () => {
  const dir = await opened.folder();
  let isBroken = false;
  const sync: typeof nodeFs.sync = (fd) => (isBroken ? Promise.reject(new Error('EIO: i/o error')) : nodeFs.sync(fd));
  const hub = await opened.hub(dir, { journal: await openJournal({ dir, fs: { ...nodeFs, sync } }) });
  isBroken = true;
  const added = await place.json(['intake', 'add', 'late', '--hub', hub.url, '--token', hub.token], 5);
  expect(added).toMatchObject({ name: 'late', token: expect.any(String), queued: true });
});

test('names and words that are none, and a hub that is away', async () => {
  for (const words of [['add'], ['add', '../x'], ['frob', 'x'], ['list', 'x'], []])
    expect((await place.run(['intake', ...words])).code).toBe(2);
  expect(await place.json(['intake', 'add', 'hub'], 3)).toMatchObject({ error: { code: 'invalid' } });
  const away = await place.whole(['intake', 'add', 'x', '--hub', 'ws://127.0.0.1:9', '--token', 'x', '--json']);
  expect(away.code).toBe(4);
  expect(away.stdout).not.toContain('token');
});

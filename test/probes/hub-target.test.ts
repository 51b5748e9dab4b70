/** Targets that mean the hub itself: known by its own certificate, whoever issued it. */
import { generate } from 'selfsigned';
import { afterEach, expect, test } from 'vitest';
import { findHub } from '../../src/client/hub-process.ts';
import { openTarget } from '../../src/probes/index.ts';
import { atHub, type HubAddress } from '../../src/probes/hub-target.ts';
import { Opened } from '../support/room.ts';
import { target } from './ask.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

async function ask(hub: HubAddress) {
  const targets = [
    await target('hub', 'http', { url: 'hub:/healthz' }),
    await target('sockets', 'websocket', { url: 'hub:/v1/ws', health: 'hub:/healthz' }),
    await target('canary', 'websocket', { url: 'hub:/v1/ws' }),
  ];
  return Promise.all(
    atHub(targets, hub).map(async (one) => {
      const { session } = await openTarget(one);
      const { up, error } = await session.poll(AbortSignal.timeout(5000));
      await session.close();
      return up ? 'up' : error?.class;
    }),
  );
}

test('a hub with a self-signed certificate for another name trusts itself, and nobody else at its place', async () => {
  const pems = await generate([{ name: 'commonName', value: 'elsewhere.test' }], { keySize: 2048 });
  const dir = await opened.folder();
  await opened.hub(dir, { tls: { key: pems.private, cert: pems.cert } });
  const found = await findHub(dir);
  if (found === null) throw new Error('this machine does not find its hub');
  const hub = { http: found.http, ws: found.url, fingerprint: found.fingerprint };
  expect(await ask(hub)).toEqual(['up', 'up', 'up']);
  const other = { ...hub, fingerprint: (hub.fingerprint ?? '').replace(/^../, '00') };
  expect(await ask(other)).toEqual(['tls_untrusted', 'tls_untrusted', 'tls_untrusted']);
  expect(await ask({ ...hub, fingerprint: null })).toEqual(['tls_untrusted', 'tls_untrusted', 'tls_untrusted']);
});

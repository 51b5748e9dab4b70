/** TLS: the certificate is checked, and a console that does not trust it says so instead of connecting. */
import { generate } from 'selfsigned';
import { afterEach, expect, test } from 'vitest';
import { declare, Opened, until } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('a console that trusts the certificate gets in, another one does not', async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const hub = await opened.hub(await opened.folder(), { tls: { key: pems.private, cert: pems.cert } });
  expect(hub.url).toMatch(/^wss:/);
  const ana = await opened.client(hub, 'ana', { ca: pems.cert });
  await declare(ana);
  const ben = await opened.client(hub, 'ben');
  await until('ben is told', () => ben.view.link.state === 'lost');
  expect(ben.view.link.reason).toMatch(/self-signed/);
  expect(ben.view.events).toEqual([]);
  const plain = await opened.client({ url: hub.url.replace('wss:', 'ws:'), token: hub.token }, 'eve');
  await until('eve is told', () => plain.view.link.state === 'lost');
});

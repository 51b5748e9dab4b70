/** TLS: the certificate is checked, and a console that does not trust it says so instead of connecting. */
import { connect } from 'node:net';
import { generate, type SubjectAltNameEntry } from 'selfsigned';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { findHub } from '../../src/client/hub-process.ts';
import { elsewhere } from '../../src/hub/runtime-file.ts';
import type { Tls } from '../../src/hub/server.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { until } from '../support/patience.ts';
import { declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

async function certificate(...altNames: SubjectAltNameEntry[]): Promise<Tls> {
  const pems = await generate([{ name: 'commonName', value: 'hub' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  return { key: pems.private, cert: pems.cert };
}
let numbered: Tls;
let named: Tls;
beforeAll(async () => {
  numbered = await certificate({ type: 7, ip: '127.0.0.1' });
  named = await certificate({ type: 2, value: '*.ops.test' }, { type: 2, value: 'bastion.ops.test' });
});

test('a console that trusts the certificate gets in, another one does not', async () => {
  const hub = await opened.hub(await opened.folder(), { tls: numbered });
  expect(hub.url).toMatch(/^wss:/);
  const ana = await opened.client(hub, 'ana', { ca: numbered.cert });
  await declare(ana);
  const ben = await opened.client(hub, 'ben');
  await until('ben is told', () => ben.view.link.state === 'lost');
  expect(ben.view.link.reason).toContain('NODE_EXTRA_CA_CERTS');
  expect(ben.view.events).toEqual([]);
  const plain = await opened.client({ url: hub.url.replace('wss:', 'ws:'), token: hub.token }, 'eve');
  await until('eve is told', () => plain.view.link.state === 'lost');
});

test('this machine knows its hub by the very certificate, others by the name in it', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir, { tls: named, listen: { host: '0.0.0.0', port: 0 } });
  const found = await findHub(dir);
  if (found === null) throw new Error('this machine does not find its hub');
  expect(found.elsewhere).toBe(hub.url.replace('127.0.0.1', 'bastion.ops.test'));
  const ana = await opened.client(found, 'ana', { fingerprint: found.fingerprint });
  await declare(ana);
  const eve = await opened.client(found, 'eve', { fingerprint: found.fingerprint?.replace(/^../, '00') ?? '' });
  await until('eve is told', () => eve.view.link.reason?.includes('another certificate') === true);
  await until('only ana is connected', () => hub.stats().connections === 1);
});

test('a certificate that was renewed is served to who comes next; who is here stays', async () => {
  const dir = await opened.folder();
  let tls = named;
  const settings = { policy: HANDBOOK_POLICY, targets: [], rules: [], later: null, apply: () => {} };
  const hub = await opened.hub(dir, { tls, reload: () => Promise.resolve({ ...settings, tls }) });
  const before = (await findHub(dir))?.fingerprint;
  const ana = await opened.client(hub, 'ana', { fingerprint: before ?? '' });
  await declare(ana);
  tls = numbered;
  expect(await hub.reload()).toHaveProperty('said');
  const found = await findHub(dir);
  expect(found?.fingerprint).not.toBe(before);
  const ben = await opened.client(hub, 'ben', { ca: numbered.cert });
  await until('ben is in', () => ben.view.link.state === 'live');
  expect(ana.view.link.state).toBe('live');
});

test('who opens a line and says nothing is cut off, before TLS as well as after', async () => {
  for (const tls of [named, null]) {
    const hub = await opened.hub(await opened.folder(), { ...(tls ? { tls } : {}), limits: { helloMs: 100 } });
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    socket.resume().on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve));
  }
});

test('a line that says nothing does not keep the hub from ending', async () => {
  for (const tls of [named, null]) {
    const hub = await opened.hub(await opened.folder(), { ...(tls ? { tls } : {}), limits: { helloMs: 3_600_000 } });
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    socket.resume().on('error', () => {});
    await new Promise((resolve) => socket.on('connect', resolve));
    await hub.close();
  }
});

test.each([
  ['127.0.0.1', null, '127.0.0.1'],
  ['10.0.0.5', null, '10.0.0.5'],
  ['0.0.0.0', null, 'box'],
  ['::', null, 'box'],
  ['fd00::5', null, '[fd00::5]'],
])('a hub on %s is known elsewhere by %s as %s', (host, cert, name) => {
  expect(elsewhere(host, cert, 'box')).toBe(name);
});

test('a certificate made for the address goes by the address, another one by its name', () => {
  expect(elsewhere('127.0.0.1', numbered.cert, 'box')).toBe('127.0.0.1');
  expect(elsewhere('0.0.0.0', numbered.cert, 'box')).toBe('hub');
  expect(elsewhere('10.0.0.5', named.cert, 'box')).toBe('bastion.ops.test');
});

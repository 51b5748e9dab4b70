/** The steps that change a setting over HTTP, on a real WebSocket service in a storm; and an OAuth provider that fails in each way. */
import type http from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Target } from '../../src/probes/probe.ts';
import { oauthCheck } from '../../src/runbooks/native/oauth-check.ts';
import { shippedDir } from '../../src/config/config.ts';
import { readRunbooks } from '../../src/runbooks/folder.ts';
import { requestOf } from '../../src/runbooks/http-request.ts';
import { ADMIN_TOKEN, startApp, type ChatProgram } from '../../src/drills/programs/chat.ts';
import { web, type Peer } from '../probes/peers.ts';
import { wsDiagnosis } from '../../src/runbooks/native/ws-diagnose.ts';
import type { ServerReadings } from '../../src/runbooks/native/ws-servers.ts';
import { contextOf, mutation, observation, run, targetOf } from './native.ts';

const shipped = readRunbooks([shippedDir()]).flatMap(({ steps }) => steps);
const textOf = (uses: string): string => shipped.find((step) => step.uses === uses)?.text ?? '';

let apps: ChatProgram[];
let targets: [Target, ...Target[]];
beforeAll(async () => {
  apps = await Promise.all([startApp(), startApp(), startApp()]);
  const named = (app: ChatProgram, i: number) =>
    targetOf('websocket', { url: `ws://${app.address}/ws`, health: `http://${app.address}/healthz` }, `chat-${i}`);
  const hub = {
    ...(await targetOf('websocket', { url: 'ws://127.0.0.1:1/v1/ws', health: 'http://127.0.0.1:1/healthz' }, 'hub')),
  };
  Object.assign((hub.settings as { health: object }).health, { fingerprint: null });
  targets = [hub, ...(await Promise.all(apps.map(named)))];
});
beforeEach(() => {
  for (const app of apps)
    Object.assign(app, { mood: 'well', rateLimit: { newConnections: null, ttlSeconds: 0 }, isForgetful: false });
});
afterAll(() => Promise.all(apps.map((app) => app.close())));

const PARAMS = { path: '/admin/ratelimit', connections: '5', seconds: '900', token: ADMIN_TOKEN };
const limiting = (params: Record<string, string> = {}) =>
  contextOf(targets, { ...PARAMS, ...params }, { text: textOf('ws.rate-limit') });

/** Clients that come back as soon as they are turned away. */
function storm(clients: number): () => void {
  let isOver = false;
  const sockets = new Set<WebSocket>();
  const come = (app: ChatProgram | undefined): void => {
    if (isOver || app === undefined) return;
    const socket = new WebSocket(`ws://${app.address}/ws`);
    sockets.add(socket);
    socket.on('open', () => socket.close());
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      setTimeout(come, 20, app);
    });
  };
  for (let i = 0; i < clients; i++) come(apps[i % apps.length]);
  return () => {
    isOver = true;
    for (const socket of sockets) socket.terminate();
  };
}

test('in a storm the limit is set on every server, read back, holds, and is taken back', async () => {
  const over = storm(30);
  const before = apps.map(({ opened }) => opened);
  const context = limiting();
  const { preview, progress, batches } = await run('ws.rate-limit', context);
  const step = await mutation('ws.rate-limit');
  expect(preview).toMatchObject({ count: 3, unit: 'servers', complete: true, irreversible: false });
  expect(preview.samples).toEqual(
    apps.map(({ address }) => `${address}: newConnections null -> 5, ttlSeconds 0 -> 900`),
  );
  expect(preview.undo?.split('\n')[0]).toBe(
    `POST http://${apps[0]?.address}/admin/ratelimit {"newConnections":null,"ttlSeconds":0}`,
  );
  expect(preview.node).toBe(apps.map(({ address }) => address).join(', '));
  expect([progress, batches.length]).toEqual([{ applied: 3, skipped: 0 }, 3]);
  expect(apps.map(({ rateLimit }) => rateLimit)).toEqual(apps.map(() => ({ newConnections: 5, ttlSeconds: 900 })));
  const verified = await step.verify(context, preview);
  expect(verified).toMatchObject({ state: 'ok' });
  expect(verified.text).toMatch(/^set on 3 of 3, \d+\.\d opened a second, \d+\.\d errors a second$/);
  expect(Number(/, (\d+\.\d) opened/.exec(verified.text)?.[1])).toBeGreaterThan(0);
  expect(apps.every(({ opened }, i) => opened > (before[i] ?? 0))).toBe(true);
  // Without it they open faster.
  const undone = await run('ws.rate-limit', limiting({ connections: 'null', seconds: '0' }));
  expect(undone.progress.applied).toBe(3);
  expect(apps.map(({ rateLimit }) => rateLimit)).toEqual(apps.map(() => ({ newConnections: null, ttlSeconds: 0 })));
  expect(await step.verify(limiting({ connections: 'null', seconds: '0' }), undone.preview)).toMatchObject({
    state: 'ok',
  });
  over();
});

test('a wrong token, a server that is down, hangs, forgets, or was changed by somebody else', async () => {
  const [first, second, third] = apps;
  if (!first || !second || !third) throw new Error('three servers');
  await expect(run('ws.rate-limit', limiting({ token: 'wrong' }))).rejects.toThrow(
    'answered 401: the token in the block is not accepted',
  );
  await expect(run('ws.rate-limit', limiting({ path: '/healthz' }))).rejects.toThrow(
    'does not show newConnections, ttlSeconds',
  );
  await expect(run('ws.rate-limit', limiting({ connections: 'many' }))).rejects.toThrow('must be a whole number');
  const down = await targetOf('websocket', { url: 'ws://127.0.0.1:1/ws' }, 'gone');
  const some = { ...limiting(), targets: [...targets, down] as [Target, ...Target[]] };
  const left = await (await mutation('ws.rate-limit')).preview(some);
  expect(left).toMatchObject({ count: 3, complete: true });
  expect(left.samples[0]).toMatch(/^127\.0\.0\.1:1 is left out: connection refused/);
  second.isForgetful = true;
  const changed = run(
    'ws.rate-limit',
    limiting(),
    async () => void (third.rateLimit = { newConnections: 77, ttlSeconds: 60 }),
  );
  await expect(changed).rejects.toThrow(
    `set on 1 of 3; ${second.address}: took it, and shows {"newConnections":null,"ttlSeconds":0}; ${third.address}: it was changed since the preview`,
  );
  expect([first, second, third].map(({ rateLimit }) => rateLimit.newConnections)).toEqual([5, null, 77]);
  // One that has it already is left alone.
  second.isForgetful = false;
  expect((await run('ws.rate-limit', limiting())).progress).toEqual({ applied: 2, skipped: 0 });
  await expect(run('ws.rate-limit', { ...limiting(), targets: [targets[0]] })).rejects.toThrow(
    'no websocket target but the hub itself',
  );
});

test('the diagnosis: a storm after a restart, servers that are down, a broken upgrade, and not known', async () => {
  const diagnose = await observation('ws.diagnose');
  const ask = (more: { targets?: [Target, ...Target[]] } = {}) => diagnose(contextOf(more.targets ?? targets, {}));
  const over = storm(30);
  // They began with this test, as after a deployment.
  expect(await ask()).toMatch(
    /^Clients reconnect in a storm after a restart, as of a deployment: \d+ connections, [\d,]+ opened a minute, \d+ errors a minute, and chat-0, chat-1, chat-2 began \d+ s ago \(3 servers polled twice within 2 s\)\.$/,
  );
  over();
  const gone = await targetOf(
    'websocket',
    { url: 'ws://127.0.0.1:1/ws', health: 'http://127.0.0.1:1/healthz' },
    'gone',
  );
  expect(await ask({ targets: [gone] })).toMatch(/^No server answers: gone: connection refused/);
  const seen = (
    values: Record<string, number | null>,
    grown: Record<string, number | null>,
    up = true,
    error: object | null = null,
  ): ServerReadings =>
    ({
      target: { name: 'chat' },
      last: { up, error },
      seconds: 2,
      value: (m: string) => values[m] ?? null,
      grown: (m: string) => grown[m] ?? null,
    }) as unknown as ServerReadings;
  const calm = seen({ ws_connections: 1000 }, { ws_connections_opened: 1, ws_connection_errors: 0 });
  expect(wsDiagnosis([calm], 0)).toMatch(
    /^All servers answer, the canary connects, and there is no storm: 1,000 connections, 30 opened/,
  );
  const upgrade = seen({ ws_connections: 10 }, {}, false, {
    class: 'status',
    phase: 'handshake',
    message: 'the upgrade was answered 503',
  });
  expect(wsDiagnosis([upgrade], 0)).toMatch(
    /^The servers answer, and new connections fail on 1 of 1: chat: the upgrade was answered 503/,
  );
  expect(
    wsDiagnosis([calm, seen({}, {}, false, { class: 'timeout', phase: 'connect', message: 'no answer' })], 0),
  ).toMatch(/^1 of 2 servers do not answer/);
  expect(wsDiagnosis([seen({ ws_connections: 10 }, {})], 0)).toMatch(/^Not known whether clients storm in/);
  const many = { ws_connections_opened: 100, ws_connection_errors: 0 };
  expect(wsDiagnosis([seen({ ws_connections: 10 }, many)], 0)).toMatch(/why is not known/);
  expect(wsDiagnosis([seen({ ws_connections: 10, process_start_time_seconds: 0 }, many)], 7_200_000)).toMatch(
    /without a restart/,
  );
});

test('a switch is set and read back', async () => {
  let enabled: unknown = false;
  const seen: http.IncomingHttpHeaders[] = [];
  const peer = await web((request, response) => {
    seen.push(request.headers);
    if (request.method === 'GET') return void response.end(JSON.stringify({ enabled, other: 1 }));
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      ({ enabled } = JSON.parse(text) as { enabled: unknown });
      response.writeHead(204).end();
    });
  });
  const url = `http://127.0.0.1:${peer.port}/flags/sessions`;
  const context = contextOf(
    [{ name: '', kind: '', intervalMs: 0, settings: {} }],
    { url, value: 'true' },
    { text: textOf('http.toggle') },
  );
  const { preview, progress } = await run('http.toggle', context);
  expect(preview).toMatchObject({
    count: 1,
    samples: [`127.0.0.1:${peer.port}: enabled false -> true`],
    undo: `PUT ${url} {"enabled":false}`,
  });
  expect([progress.applied, enabled]).toEqual([1, true]);
  expect(await (await mutation('http.toggle')).verify(context, preview)).toEqual({
    state: 'ok',
    text: 'set on 1 of 1',
  });
  expect((await run('http.toggle', context)).preview.count).toBe(0);
  expect(seen.some((headers) => headers['content-type'] === 'application/json')).toBe(true);
  await peer.close();
});

test('parameters stay values in a URL, a header, JSON and a form', () => {
  const evil = `a"b&c=d\\\n{}`;
  const json = requestOf(
    `POST http://h/\${{x}}\ncontent-type: application/json\n\n{"a": \${{x}}, "b": "<\${{x}}>", "n": \${{n}}}`,
    undefined,
    { x: evil, n: '07' },
  );
  expect(json.url.pathname).toBe(`/${encodeURIComponent(evil)}`);
  expect(JSON.parse(json.body ?? '')).toEqual({ a: evil, b: `<${evil}>`, n: '07' });
  const form = requestOf('POST http://h/\ncontent-type: application/x-www-form-urlencoded\n\nx=${{x}}&y=1', undefined, {
    x: evil,
  });
  expect([...new URLSearchParams(form.body ?? '')]).toEqual([
    ['x', evil],
    ['y', '1'],
  ]);
  expect(() => requestOf('GET http://h/\nx-token: ${{x}}', undefined, { x: evil })).toThrow('is no header');
  expect(() => requestOf('POST http://h/\n\n${{x}}', undefined, { x: '1' })).toThrow('say its content-type');
  expect(() => requestOf('POST ftp://h/', undefined, {})).toThrow('is no URL');
});

test('an OAuth provider that is well, refuses our secret, refuses our callback, is slow, hangs, fails, is gone', async () => {
  /** Each is what a provider does with a request for a token. */
  let act: (form: URLSearchParams, response: http.ServerResponse) => void = () => {};
  const forms: URLSearchParams[] = [];
  const peer: Peer = await web((request, response) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      const form = new URLSearchParams(text);
      forms.push(form);
      act(form, response);
    });
  });
  const answer =
    (body: unknown, status = 200, headers = {}) =>
    (_: unknown, response: http.ServerResponse) =>
      void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  /** As GitHub: the credentials are looked at first, then the callback, then the code. */
  const github = (form: URLSearchParams, response: http.ServerResponse) => {
    const error =
      form.get('client_secret') !== 's3cret&='
        ? 'incorrect_client_credentials'
        : form.get('redirect_uri') !== 'https://us/cb'
          ? 'redirect_uri_mismatch'
          : 'bad_verification_code';
    answer({ error, error_description: 'see the docs', error_uri: 'https://docs' })(null, response);
  };
  const right = {
    token_url: `http://127.0.0.1:${peer.port}/token`,
    client_id: 'us',
    client_secret: 's3cret&=',
    callback: 'https://us/cb',
  };
  const said: string[] = [];
  const ask = async (params: Partial<typeof right> = {}) => {
    const context = contextOf(
      [{ name: '', kind: '', intervalMs: 0, settings: {} }],
      { ...right, ...params },
      { text: textOf('oauth.check') },
    );
    const sentence = await oauthCheck(400, 1_500)(context);
    said.push(sentence, ...context.said);
    return sentence;
  };
  act = github;
  const at = `127.0.0.1:${peer.port}`;
  expect(await ask()).toMatch(
    new RegExp(
      `^It is up, and takes our credentials and our callback address \\(${at} answered 200, bad_verification_code, after \\d+ ms\\)\\.$`,
    ),
  );
  expect(await ask({ client_secret: 'old' })).toMatch(/^It is our secret: .*incorrect_client_credentials/);
  expect(await ask({ callback: 'https://elsewhere/cb' })).toMatch(
    /^It is our callback address: .*redirect_uri_mismatch/,
  );
  expect([forms[0]?.get('code'), forms[0]?.get('client_id')]).toEqual(['none', 'us']);
  act = (form, response) => void setTimeout(github, 500, form, response);
  expect(await ask()).toMatch(/^The provider is slow, \d\d\d ms for an answer; beyond that it is up/);
  act = () => {};
  expect(await ask()).toMatch(/^The provider is slow: .* takes connections and gave no answer within/);
  act = answer('<html>unicorn</html>', 503);
  expect(await ask()).toMatch(/^The provider is down: .* answered 503/);
  expect(await ask({ token_url: 'http://127.0.0.1:1/token' })).toMatch(
    /^The provider is down, or the way there: 127\.0\.0\.1:1: connection refused/,
  );
  act = answer('error=incorrect_client_credentials&error_description=x');
  expect(await ask()).toMatch(/^It is our secret/);
  act = answer({ error: 'invalid_client' }, 401);
  expect(await ask()).toMatch(/^It is our secret/);
  act = answer({ access_token: 'gho_secret' });
  expect(await ask()).toMatch(/^Not known what it is: .* without an error that is known/);
  act = answer({ error: '\x1b[2Jevil' });
  expect(await ask()).toMatch(/^Not known/);
  act = answer({ error: 'bad_verification_code' }, 200, { date: new Date(Date.now() - 600_000).toUTCString() });
  expect(await ask()).toMatch(/Our clock and that of .* are 10 min apart/);
  expect(said.join()).not.toMatch(/s3cret|gho_|\x1b/);
  await peer.close();
});

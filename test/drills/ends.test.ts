/** A drill that does not come to its end: whoever is killed, servers, hub and folders go; what is real goes before it. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRuntime, runtimeFile } from '../../src/protocol/runtime.ts';
import { commandLine, family, isProcessAlive, workingDir } from '../../src/drills/servers/processes.ts';
import { readText } from '../../src/config/text-file.ts';
import { recordedIds } from '../../src/cli/data-folder.ts';
import { hasTmux, Tmux } from '../e2e/tmux.ts';
import { until } from '../support/patience.ts';
import { ended, Place } from '../support/program.ts';

const places: Place[] = [];
const tmux = hasTmux ? new Tmux() : null;
afterAll(async () => {
  tmux?.close();
  await Promise.all(places.map((place) => place.close()));
});

/** Somebody declares, and then everybody waits for a fault that nobody asks for. */
const STUCK = `
title: Stuck
about: Waits for ever.
severity: SEV-3
servers: { cache: redis }
targets:
  - { name: cache, kind: redis, every: 500ms, url: '\${CACHE_URL}' }
script:
  - { when: inject, fault: redis.fill, with: { keys: 'a:', to: 95% }, about: fills it }
  - { when: declared, who: mia, say: hello }
play:
  - { who: ana, run: [declare, something is odd, --sev, '3'] }
  - { when: inject, who: ana, run: [status, resolved] }
`;

function room(): { readonly place: Place; readonly config: string } {
  const place = new Place();
  places.push(place);
  const config = path.join(place.data, 'config');
  mkdirSync(path.join(config, 'drills'), { recursive: true });
  writeFileSync(path.join(config, 'drills', 'stuck.yaml'), STUCK);
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  return { place, config };
}

interface Stuck {
  readonly place: Place;
  readonly child: ChildProcess;
  /** Every process that the drill started. */
  readonly started: readonly number[];
  /** The folder of its servers. */
  readonly folder: string;
  readonly hub: number;
  readonly said: () => string;
}

/** A drill that runs, with an incident. */
async function stuck(): Promise<Stuck> {
  const { place, config } = room();
  const child = place.start(['drill', 'stuck', '--auto', '--config', config]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (said += part.toString()));
  const data = path.join(place.data, 'drills');
  await until(
    'an incident',
    () =>
      recordedIds(data).some((id) => (readText(`${data}/incidents/${id}/000001.log`)?.text ?? '').includes('"mia"')),
    () => said,
  );
  const hub = readRuntime(readFileSync(runtimeFile(data), 'utf8'))?.pid ?? 0;
  const started = family(child.pid ?? 0).filter((pid) => pid !== child.pid);
  const redis = started.find((pid) => commandLine(pid).includes('redis-server')) ?? 0;
  const folder = path.dirname(workingDir(redis));
  expect(started).toContain(hub);
  expect(existsSync(folder)).toBe(true);
  return { place, child, started, folder, hub, said: () => said };
}

async function isGone({ started, folder }: Stuck): Promise<void> {
  await until('the end of every process', () => !started.some(isProcessAlive) && !existsSync(folder));
}

test.concurrent('the drill is killed with SIGKILL', async () => {
  const drill = await stuck();
  drill.child.kill('SIGKILL');
  await isGone(drill);
});

test.concurrent('its hub is killed with SIGKILL', async () => {
  const drill = await stuck();
  process.kill(drill.hub, 'SIGKILL');
  expect(await ended(drill.child)).toBe(1);
  expect(drill.said()).toContain('the drill ended: its hub ended');
  await isGone(drill);
});

test.concurrent('the owner of the servers is killed with SIGKILL', async () => {
  const drill = await stuck();
  const owner = drill.started.find((pid) => commandLine(pid).includes('supervisor')) ?? 0;
  process.kill(owner, 'SIGKILL');
  expect(await ended(drill.child)).toBe(1);
  await isGone(drill);
});

test.concurrent('Ctrl-C ends it half-way: scored, cancelled, and the next drill begins with nothing open', async () => {
  const drill = await stuck();
  drill.child.kill('SIGINT');
  expect(await ended(drill.child)).toBe(1);
  await isGone(drill);
  expect(drill.said()).toContain('recovered never');
  const { place } = drill;
  expect(await place.json(['drill', '--scores'])).toEqual({ team: [], people: {} });
  const { child } = await place.hub(['--data', path.join(place.data, 'drills')]);
  expect(await place.json(['list', '--all', '--data', path.join(place.data, 'drills')])).toMatchObject([
    { status: 'cancelled', drill: true },
  ]);
  child.kill('SIGTERM');
  await ended(child);
});

test.concurrent('of two drills that begin at the same moment one goes on', async () => {
  const { place, config } = room();
  const words: string[] = [];
  const pair = [0, 1].map((i) => {
    const child = place.start(['drill', 'stuck', '--auto', '--config', config]);
    child.stderr?.on('data', (part: Buffer) => (words[i] = `${words[i] ?? ''}${part.toString()}`));
    return child;
  });
  const [code, i] = await Promise.race(pair.map(async (child, i) => [await ended(child), i] as const));
  expect([code, words[i]]).toEqual([3, 'warroom: a drill runs already; join it: warroom drill join\n']);
  pair[1 - i]?.kill('SIGINT');
  await ended(pair[1 - i]!);
});

test.concurrent('a real incident is open: there is no drill', async () => {
  const { place, config } = room();
  await place.hub(['--config', config]);
  await place.json(['declare', 'checkout is down', '--sev', '1']);
  const { code, stderr } = await place.run(['drill', 'stuck', '--auto', '--config', config]);
  expect([code, stderr]).toEqual([
    3,
    'warroom: this is no time for a drill: SEV-1 checkout is down is open; open the war room: warroom\n',
  ]);
});

test
  .skipIf(tmux === null)
  .concurrent('a real incident opens: the drill ends, and its console shows the real one', async () => {
    const { place, config } = room();
    await place.hub(['--config', config]);
    const alice = tmux!.open(place, 'alice', ['drill', 'stuck', '--config', config], 140, 40);
    await alice.sees('wait for the alarm');
    await place.json(['declare', 'only rehearsed', '--sev', '1', '--drill']);
    await place.json(['declare', 'checkout is down', '--sev', '1', '--route', 'none']);
    await alice.sees(/SEV-1 High +checkout is down/);
    await alice.sees('THIS IS REAL, the drill was left: SEV-1 checkout is down is open');
    expect(alice.screen()).not.toContain('DRILL');
  });

const PAGING = {
  'warroom.yaml': "targets: [{ name: cache, kind: redis, every: 250ms, url: 'redis://127.0.0.1:1' }]\n",
  'alerts.yaml':
    'alerts: [{ name: Redis is down, condition: redis_up == 0, severity: SEV-2, route: on-call-primary }]\n',
  'oncall.yaml':
    "people: [{ name: alice, phone: '1' }]\nrotations: []\nroutes: { on-call-primary: { L1: { person: alice }, L2: { person: alice }, L3: { person: alice }, L4: { person: alice } } }\n",
};

test.concurrent('whoever is paged does not rehearse, others may', async () => {
  const { place, config } = room();
  for (const [name, text] of Object.entries(PAGING)) writeFileSync(path.join(config, name), text);
  await place.hub(['--config', config]);
  await until('a page', async () => {
    const { alerts } = (await place.json(['alerts'])) as { alerts: { paged: unknown[] }[] };
    return alerts.some(({ paged }) => paged.length > 0);
  });
  const asked = ['drill', 'stuck', '--auto', '--config', config];
  expect((await place.run(asked)).stderr).toContain('you are paged: SEV-2');
  // Bob comes further: there is no server for him.
  const none = { WARROOM_REDIS_BIN: '/nowhere', WARROOM_NO_APT: '1' };
  expect((await place.run([...asked, '--as', 'bob'], { env: none })).stderr).toContain('a real redis-server is needed');
});

test.concurrent('what is missing or wrong is said before anything starts', async () => {
  const { place, config } = room();
  const none = { WARROOM_REDIS_BIN: '/nowhere/redis-server', WARROOM_NO_APT: '1' };
  const missing = await place.run(['drill', 'stuck', '--auto', '--config', config], { env: none });
  expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('a real redis-server is needed')]);
  expect(missing.stderr).toContain('apt-get install redis-server');
  const file = path.join(config, 'drills', 'stuck.yaml');
  writeFileSync(file, STUCK.replace('redis.fill', 'redis.fil').replace('95%', '95'));
  const faulty = await place.run(['drill', 'stuck', '--config', config]);
  expect([faulty.code, faulty.stderr]).toEqual([
    1,
    `warroom: ${file}:9:28: there is no fault "redis.fil"; did you mean "redis.fill"?\n    - { when: inject, fault: redis.fil, with: { keys: 'a:', to: 95 }, about: fills it }\n                             ^\n`,
  ]);
  const unknown = await place.run(['drill', 'redis-memry', '--config', config]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean "redis-memory"')]);
  const outside = await place.run(['drill', '../warroom', '--config', config]);
  expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining('there is no drill "../warroom"')]);
  expect((await place.run(['drill', 'join', '--config', config])).code).toBe(4);
  expect((await place.run(['drill', 'stuck', '--target', 'cache=http://x', '--auto', '--config', config])).code).toBe(
    1,
  );
});

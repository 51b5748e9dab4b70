/** A game day at real terminals: one starts it, another joins, an observer breaks the next thing; who took part is scored. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hasTmux, Tmux } from '../e2e/tmux.ts';
import { ended, Place } from '../support/program.ts';

const place = new Place();
const tmux = hasTmux ? new Tmux() : null;
afterAll(async () => {
  tmux?.close();
  await place.close();
});

const receivers = `
receivers:
  - { name: everything, kind: status-files, dir: ${place.data}/real, drills: false }
  - { name: rehearsed, kind: status-files, dir: ${place.data}/rehearsed, drills: true }
`;

const files = (dir: string): readonly string[] => {
  try {
    return readdirSync(path.join(place.data, dir));
  } catch {
    return [];
  }
};

test.skipIf(tmux === null)('a game day of three', async () => {
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  writeFileSync(path.join(config, 'receivers.yaml'), receivers);
  const inside = ['--data', path.join(place.data, 'drills')];
  const alice = tmux!.open(place, 'alice', ['drill', 'redis-memory', '--config', config], 160, 50);
  await alice.sees('wait for the alarm');
  const bob = tmux!.open(place, 'bob', ['drill', 'join', '--config', config], 160, 50);
  await bob.sees(/DRILL +wait for the alarm/);

  // Both are called; the incident needs nobody to say that it is a drill.
  await Promise.all([alice.sees('the memory of cache is nearly full'), bob.sees('the memory of cache is nearly full')]);
  const alert = ['--alert', 'DRILL Redis Memory >90%'];
  await place.json(['ack', ...alert, ...inside]);
  await place.json(['declare', 'presence is broken', '--sev', '3', ...inside]);
  await Promise.all([alice.sees(/DRILL +SEV-3/), bob.sees(/DRILL +SEV-3/)]);

  bob.line('/drill hint');
  await alice.sees('HINT: ');
  // Whoever runs the day: nothing but the next fault.
  await place.json(['drill', 'next', '--as', 'olga']);
  await bob.sees('cannot put anything into their carts');

  await place.json(['update', 'Friends look offline.', '--next', '30m', ...inside]);
  // A step that does harm here, on the target that is well.
  const step = [
    'runbook',
    'run',
    'redis-memory-full',
    'unlink-idle',
    '--target',
    'sessions',
    '--param',
    'pattern=session:*',
  ];
  const preview = await place.run([...step, ...inside, '--json', '--param', 'idle=0']);
  expect(preview.code, preview.stdout).not.toBe(0);
  await place.json(['drill', 'end']);
  await bob.sees('DRILL SCORE');
  await bob.sees(/wrong: SEV-3 at most, where the matrix gives SEV-2/);
  await alice.sees('CANCELLED');

  expect(files('real')).toEqual([]);
  expect(files('rehearsed').length).toBeGreaterThan(0);

  alice.line('/quit');
  await alice.sees('its postmortem: ');
  await bob.sees('LINK LOST');
  bob.line('/quit');
  await bob.sees('left with');
  const scores = (await place.json(['drill', '--scores'])) as { team: { score: object }[]; people: object };
  expect(scores.team).toMatchObject([
    { score: { drill: 'redis-memory', hints: 1, recovered: false, people: ['alice', 'bob', 'olga'] } },
  ]);
  expect(Object.keys(scores.people)).toEqual(['alice', 'bob', 'olga']);

  // What is looked at later is still no real hub: nothing is polled, and whatever is declared is a drill.
  const { child } = await place.hub([...inside, '--config', config]);
  expect(await place.json(['list', '--all', ...inside])).toMatchObject([{ status: 'cancelled', drill: true }]);
  await place.json(['declare', 'again', '--sev', '3', ...inside]);
  expect(await place.json(['list', ...inside])).toMatchObject([{ title: 'again', drill: true }]);
  child.kill('SIGTERM');
  await ended(child);
});

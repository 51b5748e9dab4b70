/** Finding this machine's hub, and starting one where there is none. */
import { writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { findAgain, findHub, findOrStartHub, runningHub } from '../../src/client/hub-process.ts';
import { runtimeFile } from '../../src/protocol/runtime.ts';
import { hubProgram } from '../support/child.ts';
import { until } from '../support/patience.ts';
import { declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const start = (dataDir: string) =>
  findOrStartHub({ dataDir, configDir: null, program: hubProgram, patienceMs: 15_000 });

async function stop(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  process.kill(pid, signal);
  await until('it is gone', () => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
}

test('two consoles that start at once end on the same hub, which outlives them', async () => {
  const dir = await opened.folder();
  expect(await findHub(dir)).toBeNull();
  const [one, two] = await Promise.all([start(dir), start(dir)]);
  opened.later(() => stop(one.pid));
  expect(two).toEqual(one);
  expect(await start(dir)).toEqual(one);
  const ana = await opened.client(one, 'ana');
  await declare(ana);
});

test('a runtime file of a hub that died is no hub', async () => {
  const dir = await opened.folder();
  const stale = { pid: 1, url: 'ws://127.0.0.1:1', http: 'http://127.0.0.1:1', startedAt: 'x', version: '0' };
  await writeFile(runtimeFile(dir), JSON.stringify(stale));
  expect(await findHub(dir)).toBeNull();
  await writeFile(runtimeFile(dir), '{"pid":');
  expect(await findHub(dir)).toBeNull();
});

test('a killed hub is started again by a console that was on it, one that was ended is not', async () => {
  const dir = await opened.folder();
  const options = { dataDir: dir, configDir: null, program: hubProgram };
  const first = await start(dir);
  await stop(first.pid, 'SIGKILL');
  // Somebody else finds what it left behind, and removes it.
  expect(await runningHub(dir)).toBeNull();
  expect(await findAgain(options, false)).toBeNull();
  const second = await findAgain(options, true);
  expect(second?.pid).not.toBe(first.pid);
  await stop(second?.pid ?? 0);
  expect(await findAgain(options, true)).toBeNull();
});

test('a hub that cannot start says why', async () => {
  const dir = await opened.folder();
  const program = [process.execPath, '-e', 'console.error("no such configuration"); process.exit(2)'] as const;
  await expect(findOrStartHub({ dataDir: dir, configDir: null, program, patienceMs: 3_000 })).rejects.toThrow(
    /no such configuration/,
  );
});

/** A real hub and a disk that fails: no acknowledgement before its sync, a full disk, a sync that fails once. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, expect, test } from 'vitest';
import { openJournal } from '../../src/log/journal.ts';
import { openLog } from '../log/open-store.ts';
import { hubProgram } from '../support/child.ts';
import { ended, InProcess } from '../support/program.ts';
import { until } from '../support/patience.ts';
import { ask, declare, folder, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const long = process.env['WARROOM_LONG'] !== undefined;
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** A hub under strace; one thread for its files, since strace counts by thread. */
async function traced(
  args: readonly string[],
  dir: string,
): Promise<{ url: string; token: string; end: () => Promise<void> }> {
  const child: ChildProcess = spawn('strace', ['-f', ...args, ...hubProgram, 'hub', '--data', dir], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.stdout === null) throw new Error('strace has no output');
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout as NodeJS.ReadableStream).once('line', resolve);
    void ended.then(() => reject(new Error('the hub did not start')));
  });
  const { url, token, pid } = JSON.parse(line) as { url: string; token: string; pid: number };
  const end = async (): Promise<void> => {
    if (child.exitCode === null) process.kill(pid, 'SIGTERM');
    await ended;
  };
  opened.later(() => end().catch(() => undefined));
  return { url, token, end };
}

test.skipIf(!hasStrace)(
  'the hub acknowledges nothing before the sync that covers it (strace)',
  async () => {
    const dir = await opened.folder();
    const trace = `${dir}/trace`;
    const calls = 'trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fdatasync';
    const hub = await traced(['-s', '1000000', '-e', calls, '-o', trace], dir);
    const ana = await opened.client(hub, 'ana', { outbox: null });
    const incident = await declare(ana);
    const count = long ? 1_000 : 100;
    for (let done = 0; done < count; done += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => ask(ana, { kind: 'note', text: `${done + at}` }, incident)),
      );
    await ana.close();
    await hub.end();
    const seen = acknowledged(fs.readFileSync(trace, 'utf8'));
    expect(seen.all).toBe(count + 1);
    expect(seen.early).toEqual([]);
  },
  120_000,
);

/** How many acknowledgements went out, and which before a sync begun after their write had ended well. */
function acknowledged(trace: string): { readonly all: number; readonly early: readonly number[] } {
  const [written, synced, told] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const covers = new Map<string, readonly number[]>();
  const early: number[] = [];
  for (const line of trace.split('\n')) {
    const thread = line.split(' ')[0] ?? '';
    for (const [, seq] of line.matchAll(/\\"seq\\":(\d+),\\"count\\"/g)) written.add(Number(seq));
    for (const [, seq] of line.matchAll(/\\"type\\":\\"ack\\",[^}]*?\\"seq\\":(\d+)/g)) {
      told.add(Number(seq));
      if (!synced.has(Number(seq))) early.push(Number(seq));
    }
    if (/ fdatasync\(/.test(line)) covers.set(thread, [...written]);
    if (/fdatasync.*= 0$/.test(line)) for (const seq of covers.get(thread) ?? []) synced.add(seq);
  }
  return { all: told.size, early };
}

test.skipIf(!hasStrace)(
  'a sync that fails once: refused, every screen is told, nothing is acknowledged any more (strace)',
  async () => {
    for (let when = 6; when < (long ? 26 : 7); when++) {
      const dir = await opened.folder();
      const hub = await traced(
        ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:error=EIO:when=${when}`, '-o', '/dev/null'],
        dir,
      );
      const ana = await opened.client(hub, 'ana', { outbox: null });
      const ben = await opened.client(hub, 'ben', { outbox: null });
      const incident = await declare(ana);
      const acked: number[] = [];
      for (let index = 0; ana.view.link.readOnly === null && index < 100; index++) {
        const { n } = await ana.submit({ kind: 'note', text: `${index}` }, incident);
        void ana.settled(n).then((answer) => 'ack' in answer && acked.push(answer.ack.seq));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await until('every screen is told', () => [ana, ben].every(({ view }) => view.link.readOnly?.includes('EIO')));
      const then = acked.length;
      await ben.submit({ kind: 'note', text: 'too late' }, incident);
      const told = (text: string): boolean =>
        ben.view.pending.some((each) => each.text === text && each.reason !== undefined);
      await until('the hub says that it must wait', () => told('too late') && ana.view.pending.length > 0);
      expect(acked.length).toBe(then);
      for (const client of [ana, ben]) await client.close();
      await hub.end();
      const log = await openLog({ dir });
      expect(await log.head(incident)).toBeGreaterThanOrEqual(Math.max(1, ...acked));
      await log.close();
    }
  },
  long ? 600_000 : 120_000,
);

const roomy = await folder();
const big = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', roomy]).status === 0;
const tmpfs = await folder();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', tmpfs]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', tmpfs]);
  if (big) spawnSync('umount', ['-l', roomy]);
  for (const dir of [tmpfs, roomy]) fs.rmSync(dir, { recursive: true, force: true });
});

test.skipIf(!mounted)(
  'a full disk: entries wait, reading goes on, and all go in once there is room',
  async () => {
    for (let fill = 0; fill < (long ? 20 : 1); fill++) {
      const dir = `${tmpfs}/${fill}`;
      fs.mkdirSync(dir);
      fs.writeFileSync(`${tmpfs}/ballast`, Buffer.alloc(6 * 1024 * 1024));
      const hub = await opened.hub(dir, {
        journal: await openJournal({ dir, minFreeBytes: 1024 * 1024 }),
        limits: { perSecond: 1e6, burst: 1e6 },
      });
      const ana = await opened.client(hub, 'ana');
      const incident = await declare(ana);
      for (let index = 0; index < 120; index++)
        await ana.submit({ kind: 'note', text: `${index} ${'x'.repeat(9_000)}` }, incident);
      await until('the console says why', () =>
        ana.view.pending.some(({ reason }) => reason?.includes('free') === true),
      );
      const late = await opened.client(hub, 'late', { incident });
      await until('reading goes on', () => late.view.events.length > 1);
      await until('every screen is told', () => late.view.link.readOnly?.includes('MB are free') === true);
      fs.rmSync(`${tmpfs}/ballast`);
      await until('all went in', () => ana.view.pending.length === 0 && late.view.events.length === 121);
      expect(late.view.events).toEqual(ana.view.events);
      await until('and that it is over', () => [ana, late].every(({ view }) => view.link.readOnly === null));
      await opened.tidy();
      fs.rmSync(dir, { recursive: true, force: true });
    }
  },
  long ? 600_000 : 60_000,
);

/** Writes to `file` until nothing more fits on its disk. */
function fill(file: string): void {
  const fd = fs.openSync(file, 'w');
  for (let size = 1024 * 1024; size >= 1;) {
    try {
      if (fs.writeSync(fd, Buffer.alloc(size)) < size) size /= 2;
    } catch {
      size /= 2;
    }
  }
  fs.closeSync(fd);
}

test.skipIf(!big)(
  'a disk without one byte left: the hub starts, shows the record, and writes once there is room',
  async () => {
    const place = new InProcess(roomy);
    opened.later(() => place.close());
    const first = await place.hub();
    await place.json(['declare', 'disk full', '--sev', '1']);
    await until('the reserve is kept', () => fs.readdirSync(place.data).includes('reserve'));
    first.child.kill('SIGKILL');
    await ended(first.child);
    fill(`${roomy}/ballast`);
    expect(() => fs.writeFileSync(`${place.data}/x`, 'x')).toThrow('ENOSPC');
    fs.rmSync(`${place.data}/x`);
    const { child } = await place.hub();
    expect((await place.run(['tail'])).stdout).toContain('disk full');
    expect(await place.json(['hub', 'status'])).toMatchObject({ status: 'read_only' });
    fs.rmSync(`${roomy}/ballast`);
    await place.json(['note', 'written again']);
    // What was kept back once is gone; where nothing at all can be written the hub says so.
    child.kill('SIGKILL');
    await ended(child);
    fs.rmSync(`${place.data}/reserve`, { force: true });
    // The killed hub's file is removed by whoever finds it, which would leave a little room.
    fs.rmSync(`${place.data}/hub.json`, { force: true });
    fill(`${roomy}/ballast`);
    const { code, stderr } = await place.whole(['hub']);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/disk is full: free some space there .*cp -r/)]);
    const console = await place.whole(['--plain']);
    expect([console.code, console.stderr]).toEqual([4, expect.stringMatching(/is full: free some space/)]);
    expect(fs.readdirSync(place.data).filter((name) => name.startsWith('hub.lock.'))).toEqual([]);
  },
  60_000,
);

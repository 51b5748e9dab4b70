/** Real processes, real disks: kill -9, a full disk, a failing sync, and the order of system calls. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { freshDir } from '../log/fresh-dir.ts';
import { openLog } from '../log/open-store.ts';
import { note, origin } from '../log/sample.ts';
import { randomFrom } from '../support/random.ts';

const long = process.env['WARROOM_LONG'] !== undefined;
const KILLS = Number(process.env['WARROOM_KILLS'] ?? (long ? 100 : 3));
const FILLS = long ? 20 : 3;
const APPENDER = [process.execPath, built('test/faults/appender.ts')] as const;

/** A file system that does not know how full it is (a quota, a network disk): only the write itself tells. */
const clueless = { ...nodeFs, free: () => Number.POSITIVE_INFINITY };
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const acksIn = (output: string): readonly number[] => [...output.matchAll(/^ack (\d+)$/gm)].map((m) => Number(m[1]));

/** Every acknowledged entry is there once, with its seq and its text. */
async function checkRecord(dir: string, acked: readonly number[]): Promise<number> {
  const log = await openLog({ dir });
  const head = await log.head('a');
  expect(head).toBeGreaterThanOrEqual(Math.max(0, ...acked));
  const events = await log.events('a');
  for (const [i, event] of events.entries()) expect(event).toEqual(note('a', i + 1));
  expect(events).toHaveLength(head);
  for (const n of acked.slice(-50))
    expect(await log.store.origin('a', 'c1', n)).toEqual({ seq: n, hash: `hash of ${n}` });
  await log.close();
  return head;
}

/** Runs the appender until `ms` after its first acknowledgement, then kills it. Answers what it acknowledged. */
function killedAfter(dir: string, ms: number): Promise<readonly number[]> {
  const child = spawn(APPENDER[0], [...APPENDER.slice(1), dir]);
  const acked: number[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('ack ')) return;
    if (acked.length === 0) setTimeout(() => child.kill('SIGKILL'), ms);
    acked.push(Number(line.slice(4)));
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      resolve(acked);
    });
  });
}

test(
  `${KILLS} times kill -9 under load: every acknowledged entry is there, once, in its place`,
  async () => {
    const random = randomFrom(Date.now());
    let dir = freshDir();
    let total = 0;
    for (let cycle = 0; cycle < KILLS; cycle++) {
      // After 20 deaths a new record, so that a long run stays about dying.
      if (cycle % 20 === 19) [dir, total] = [freshDir(), 0];
      const acked = await killedAfter(dir, 5 + random() * 75);
      expect(acked.length).toBeGreaterThan(0);
      total += acked.length;
      expect(await checkRecord(dir, acked)).toBeGreaterThanOrEqual(total);
      // Not only what was in flight may be torn: some bytes of a next line as well.
      if (cycle % 2 === 0) fs.appendFileSync(`${dir}/incidents/a/000001.log`, '1234abcd {"v":2,"prev"');
    }
  },
  30_000 + KILLS * 3000,
);

test.skipIf(!hasStrace)('no acknowledgement before the sync that covers it (strace)', () => {
  const dir = freshDir();
  const trace = `${dir}/trace`;
  const calls = 'trace=write,pwrite64,pwritev,fdatasync,fsync';
  const run = spawnSync('strace', ['-f', '-s', '1000000', '-e', calls, '-o', trace, ...APPENDER, dir, '8', '200']);
  expect(acksIn(String(run.stdout))).toHaveLength(200);
  expect(unsyncedAcks(fs.readFileSync(trace, 'utf8'))).toEqual([]);
});

/** The entries that were acknowledged while no sync begun after their write had ended well. */
function unsyncedAcks(trace: string): readonly number[] {
  const written = new Set<number>();
  const synced = new Set<number>();
  const covers = new Map<string, readonly number[]>();
  const early: number[] = [];
  for (const line of trace.split('\n')) {
    const thread = line.split(' ')[0] ?? '';
    const ack = /write\(1, "ack (\d+)\\n"/.exec(line)?.[1];
    if (ack !== undefined && !synced.has(Number(ack))) early.push(Number(ack));
    if (/ (p?write(64|v)?)\(/.test(line) && ack === undefined)
      for (const match of line.matchAll(/\\"seq\\":(\d+),\\"count\\"/g)) written.add(Number(match[1]));
    if (/ f(data)?sync\(/.test(line)) covers.set(thread, [...written]);
    if (/f(data)?sync.*= 0$/.test(line)) for (const seq of covers.get(thread) ?? []) synced.add(seq);
  }
  return early;
}

test.skipIf(!hasStrace)(
  'a sync that fails once: read-only for good, no acknowledgement afterwards (strace)',
  async () => {
    for (let when = 3; when < (long ? 23 : 5); when++) {
      const dir = freshDir();
      const inject = `inject=fdatasync:error=EIO:when=${when}`;
      // Strace counts by thread: one thread, one count.
      const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
      const run = spawnSync(
        'strace',
        // At most three entries share a sync: with three times as many, the one that is to fail always comes.
        ['-f', '-e', 'trace=fdatasync', '-e', inject, '-o', '/dev/null', ...APPENDER, dir, '3', String(3 * when)],
        { env },
      );
      const output = String(run.stdout);
      expect(output).toContain('EIO');
      expect(output.trim().endsWith('read-only')).toBe(true);
      expect(output.slice(output.indexOf('fault '))).not.toContain('ack ');
      await checkRecord(dir, acksIn(output));
    }
  },
  long ? 300_000 : 60_000,
);

const tmpfs = freshDir();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', tmpfs]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', tmpfs]);
});

test.skipIf(!mounted)(
  `a full disk, ${FILLS} times: read-only or refused, reading goes on, no torn record is left`,
  async () => {
    const text = 'x'.repeat(40_000);
    let head = 0;
    for (let fill = 0; fill < FILLS; fill++) {
      const careful = fill % 2 === 1;
      const dir = `${tmpfs}/${careful ? 'careful' : 'careless'}`;
      for (const name of fs.readdirSync(tmpfs)) fs.rmSync(`${tmpfs}/${name}`, { recursive: true });
      fs.writeFileSync(`${tmpfs}/ballast`, Buffer.alloc(1024 * 1024 * (1 + (fill % 4))));
      let log = await openLog({ dir, fs: careful ? nodeFs : clueless, minFreeBytes: 1024 * 1024 });
      head = 0;
      for (let code = ''; code === '';) {
        try {
          await log.append('a', [note('a', head + 1, text)], origin(head + 1));
          head++;
        } catch (error) {
          code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
          expect(code, log.readOnly ?? '').toBe(careful ? 'disk_low' : 'read_only');
        }
      }
      expect(await log.head('a')).toBe(head);
      expect((await log.events('a')).at(-1) ?? null).toEqual(head === 0 ? null : note('a', head, text));
      fs.rmSync(`${tmpfs}/ballast`);
      if (!careful) {
        expect(log.readOnly).toContain('mend the disk');
        await log.close();
        log = await openLog({ dir, fs: clueless });
        expect([await log.head('a'), log.journal.cuts()]).toEqual([head, []]);
      }
      await log.append('a', [note('a', head + 1)], origin(head + 1));
      await log.close();
    }
  },
);

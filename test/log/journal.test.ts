import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { built } from '../support/built.ts';
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { written } from '../../src/incident/event-codec.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { openJournal } from '../../src/log/journal.ts';
import { Locked } from '../../src/log/lock.ts';
import { verifyRecord } from '../../src/log/verify.ts';
import { freshDir } from './fresh-dir.ts';
import { openLog } from './open-store.ts';
import { note, origin } from './sample.ts';

test('a living second hub is refused in words, a dead one is replaced', async () => {
  const dir = freshDir();
  const first = await openJournal({ dir });
  await expect(openJournal({ dir })).rejects.toThrow(Locked);
  await expect(openJournal({ dir })).rejects.toThrow(`in use by process ${process.pid}`);
  await first.close();
  expect(fs.readdirSync(dir)).toEqual(['incidents']);

  const other = spawn('sleep', ['60']);
  const start = fs.readFileSync(`/proc/${other.pid}/stat`, 'latin1').split(' ')[21];
  fs.writeFileSync(`${dir}/hub.lock`, JSON.stringify({ pid: other.pid, start }));
  await expect(openJournal({ dir })).rejects.toThrow(Locked);
  // The same pid, another process: the one that held the lock is gone.
  fs.writeFileSync(`${dir}/hub.lock`, JSON.stringify({ pid: other.pid, start: '1' }));
  await (await openJournal({ dir })).close();
  // The same pid and moment, counted from another start of the machine.
  fs.writeFileSync(`${dir}/hub.lock`, JSON.stringify({ pid: other.pid, start, boot: 'yesterday' }));
  await (await openJournal({ dir })).close();
  // One of another machine that shares the folder: whether that runs cannot be seen from here.
  const elsewhere = JSON.stringify({ pid: other.pid, start, boot: 'another', host: 'build-7' });
  fs.writeFileSync(`${dir}/hub.lock`, elsewhere);
  await expect(openJournal({ dir })).rejects.toThrow(/on another machine, build-7\. .*remove .*hub\.lock/);
  expect(fs.readFileSync(`${dir}/hub.lock`, 'utf8')).toBe(elsewhere);
  fs.writeFileSync(`${dir}/hub.lock`, '');
  await (await openJournal({ dir })).close();
  other.kill('SIGKILL');
});

test('a holder that ended and that nobody waited for holds nothing', async () => {
  const dir = freshDir();
  // The shell becomes a sleeper, which never waits for the child it inherits.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
  const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(`${data}`))));
  const stat = (): readonly string[] => fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
  while (!fs.readFileSync(`/proc/${parent.pid}/comm`, 'latin1').startsWith('sleep'))
    await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(pid, 'SIGKILL');
  while (stat()[2] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5));
  fs.writeFileSync(`${dir}/hub.lock`, JSON.stringify({ pid, start: stat()[21] }));
  await (await openJournal({ dir })).close();
  parent.kill('SIGKILL');
});

test('many starters of which one wins', async () => {
  const dir = freshDir();
  fs.writeFileSync(`${dir}/hub.lock`, JSON.stringify({ pid: 999_999_999, start: '1' }));
  const program = `const { takeLock } = await import(${JSON.stringify(built('src/log/lock.ts'))});
    try { takeLock(${JSON.stringify(`${dir}/hub.lock`)}, 'it'); console.log('won'); } catch (error) { console.log(error.name); }
    setInterval(() => {}, 1000);`;
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', program]));
  // Nobody ends before everybody tried: whoever won holds the lock all the while.
  const said = children.map(
    (child) => new Promise<string>((resolve) => void child.stdout.once('data', (data) => resolve(String(data).trim()))),
  );
  const answers = await Promise.all(said);
  for (const child of children) child.kill('SIGKILL');
  expect(answers.sort()).toEqual(['Locked', 'Locked', 'Locked', 'won']);
});

test('segments are closed, sealed, chained, and read across', async () => {
  const dir = freshDir();
  let log = await openLog({ dir, segmentBytes: 2000 });
  for (let seq = 1; seq <= 30; seq++) await log.append('a', [note('a', seq)], origin(seq));
  await log.close();
  const record = `${dir}/incidents/a`;
  const segments = fs.readdirSync(record).filter((name) => name.endsWith('.log'));
  expect(segments.length).toBeGreaterThan(3);
  for (const name of segments.slice(0, -1))
    expect(spawnSync('sha256sum', ['-c', `${name}.sha256`], { cwd: record }).status).toBe(0);
  expect(await verifyRecord(record)).toMatchObject({ head: 30, bad: null, segments: segments.length, tornBytes: 0 });
  log = await openLog({ dir, segmentBytes: 2000 });
  expect(await log.texts('a', 0, 100)).toEqual(Array.from({ length: 30 }, (_, i) => written(note('a', i + 1))));
  expect((await log.store.origin('a', 'c1', 2))?.seq).toBe(2);
  await log.append('a', [note('a', 31)], origin(31));
  await log.close();
});

test('of long entries no more is read than is asked for', async () => {
  const dir = freshDir();
  let read = 0;
  const disk = {
    ...nodeFs,
    read: (...args: Parameters<typeof nodeFs.read>) => {
      const bytes = nodeFs.read(...args);
      read += bytes;
      return bytes;
    },
  };
  const log = await openLog({ dir, fs: disk });
  const text = 'x'.repeat(15_000);
  await Promise.all(
    Array.from({ length: 1_000 }, (_, at) => log.append('a', [note('a', at + 1, text)], origin(at + 1))),
  );
  expect((await log.texts('a', 0, 500, 128 * 1024)).length).toBeLessThan(40);
  expect(read).toBeLessThan(1024 * 1024);
  expect(await log.texts('a', 0, 500)).toHaveLength(500);
  await log.close();
});

test('a seal lost in a crash is written with the next one', async () => {
  const dir = freshDir();
  let log = await openLog({ dir, segmentBytes: 1000 });
  for (let seq = 1; seq <= 6; seq++) await log.append('a', [note('a', seq)], origin(seq));
  await log.close();
  fs.rmSync(`${dir}/incidents/a/000001.log.sha256`);
  log = await openLog({ dir, segmentBytes: 1000 });
  for (let seq = 7; seq <= 9; seq++) await log.append('a', [note('a', seq)], origin(seq));
  await log.close();
  expect(fs.existsSync(`${dir}/incidents/a/000001.log.sha256`)).toBe(true);
});

test('a damaged record is named and refused, the others are served', async () => {
  const dir = freshDir();
  let log = await openLog({ dir });
  for (const id of ['good', 'bad']) {
    for (let seq = 1; seq <= 3; seq++) await log.append(id, [note(id, seq)], origin(seq));
  }
  await log.close();
  const file = `${dir}/incidents/bad/000001.log`;
  const bytes = fs.readFileSync(file);
  const at = bytes.indexOf('entry 2');
  bytes[at] = 0x45;
  fs.writeFileSync(file, bytes);
  log = await openLog({ dir });
  await expect(log.head('bad')).rejects.toThrow(`${file}:3 (byte `);
  await expect(log.head('bad')).rejects.toThrow('checksum');
  await expect(log.append('bad', [note('bad', 4)], origin(4))).rejects.toMatchObject({ code: 'corrupt' });
  await log.append('good', [note('good', 4)], origin(4));
  await log.close();
  expect(fs.readFileSync(file)).toEqual(bytes);
});

test('too little free space refuses appends, reading goes on, and space freed is noticed', async () => {
  const dir = freshDir();
  let free = 100 * 1024 * 1024;
  let now = 0;
  const log = await openLog({ dir, now: () => now, fs: { ...nodeFs, free: () => free } });
  await log.append('a', [note('a', 1)], origin(1));
  free = 15 * 1024 * 1024;
  now += 1000;
  const results = await Promise.allSettled([
    log.append('a', [note('a', 2)], origin(2)),
    log.append('a', [note('a', 3)], origin(3)),
    log.append('b', [note('b', 1)], origin(1)),
  ]);
  for (const result of results) expect(result).toMatchObject({ reason: { code: 'disk_low' } });
  expect(log.store.lowSpace()).toContain('only 15.0 MB are free');
  // Enough for nothing, and not for what was refused.
  free = 16 * 1024 * 1024 + 10;
  expect(log.store.lowSpace()).toContain('only 16.0 MB are free');
  free = 15 * 1024 * 1024;
  expect([await log.head('a'), (await log.texts('a')).length, log.readOnly]).toEqual([1, 1, null]);
  free = 17 * 1024 * 1024;
  expect(log.store.lowSpace()).toBeNull();
  await log.append('a', [note('a', 2)], origin(2));
  await log.close();
});

test('a name that would leave the folder is no record', async () => {
  const log = await openLog({ dir: freshDir() });
  for (const name of ['..', '../x', 'a/b', '', '.hidden', 'a\0b', 'x'.repeat(200)])
    await expect(log.append(name, [note(name, 1)], origin(1))).rejects.toThrow('cannot be the name');
  await log.close();
});

/** Hundreds of appends, none of which is about durability. */
const unsynced = { ...nodeFs, sync: async () => {}, syncNow: () => {}, syncDir: async () => {} };

test('any sequence of appends and restarts reads back as a simple list would', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ texts: fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.integer({ min: 300, max: 5000 }),
      async (steps, segmentBytes) => {
        const dir = freshDir();
        let log = await openLog({ dir, segmentBytes, fs: unsynced });
        const model: string[] = [];
        for (const [i, action] of steps.entries()) {
          if (action === 'restart') {
            await log.close();
            log = await openLog({ dir, segmentBytes, fs: unsynced });
          } else {
            const events = action.texts.map((text, k) => note('a', model.length + 1 + k, text));
            model.push(...events.map(written));
            await log.append('a', events, origin(i));
            expect((await log.store.origin('a', 'c1', i))?.seq).toBe(events[0]?.seq);
          }
          expect(await log.head('a')).toBe(model.length);
        }
        const from = Math.floor(model.length / 2);
        expect(await log.texts('a', 0, 1000)).toEqual(model);
        expect(await log.texts('a', from, 3)).toEqual(model.slice(from, from + 3));
        await log.close();
        if (model.length > 0) expect((await verifyRecord(`${dir}/incidents/a`)).bad).toBeNull();
      },
    ),
    { numRuns: 30 },
  );
});

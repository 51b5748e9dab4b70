import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { built } from '../support/built.ts';
import type { Command } from '../../src/incident/command.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { openOutbox, type Outbox } from '../../src/log/outbox.ts';
import { randomFrom } from '../support/random.ts';
import { MemoryDisk } from '../faults/memory-disk.ts';
import { freshDir } from './fresh-dir.ts';

const say = (text: string): Command => ({ kind: 'note', text });
const ask = (k: number): { incident: string; command: Command; id: string } => ({
  incident: 'a',
  command: say(`text ${k}`),
  id: `id${k}`,
});
const textsOf = (outbox: Outbox | undefined): readonly string[] =>
  (outbox?.waiting() ?? []).map(({ command }) => String(command['text'] ?? command.kind));

/** Leaves an outbox as a process that was killed leaves it: the lock's holder is dead. */
const orphan = (dir: string): void => {
  for (const name of fs.readdirSync(dir))
    if (name.endsWith('.lock')) fs.writeFileSync(`${dir}/${name}`, JSON.stringify({ pid: 999_999_999, start: '1' }));
};

test('nothing is written before the first command; what waits is kept in order, what is settled is gone', async () => {
  const dir = freshDir();
  const outbox = await openOutbox({ dir, now: () => 5 });
  expect(fs.readdirSync(dir)).toEqual([]);
  const ns = (await Promise.all([1, 2, 3].map((k) => outbox.put(ask(k))))).map(({ n }) => n);
  expect(ns).toEqual([1, 2, 3]);
  expect(outbox.waiting()[0]).toEqual({ n: 1, id: 'id1', incident: 'a', command: say('text 1'), at: 5 });
  await outbox.settle(2);
  await outbox.settle(99);
  expect(textsOf(outbox)).toEqual(['text 1', 'text 3']);
  await outbox.close();
  await expect(outbox.put(ask(4))).rejects.toThrow('closed');
  const next = await openOutbox({ dir });
  expect(next.others().map((other) => [other.client, textsOf(other)])).toEqual([[outbox.client, ['text 1', 'text 3']]]);
  expect(next.client).not.toBe(outbox.client);
  for (const { n } of next.others()[0]?.waiting() ?? []) await next.others()[0]?.settle(n);
  await next.close();
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('a console killed with kill -9 loses nothing: the next one has its commands under its client and numbers', async () => {
  const dir = freshDir();
  const program = `const { openOutbox } = await import(${JSON.stringify(built('src/log/outbox.ts'))});
    const outbox = await openOutbox({ dir: ${JSON.stringify(dir)} });
    for (let k = 1; k <= 5; k++) await outbox.put({ incident: 'a', command: { kind: 'note', text: 'text ' + k }, id: 'id' + k });
    await outbox.settle(2);
    console.log(outbox.client);
    process.kill(process.pid, 'SIGKILL');`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  const client = String(run.stdout).trim();
  const [first, second] = await Promise.all([openOutbox({ dir }), openOutbox({ dir })]);
  const adopted = [...first.others(), ...second.others()];
  expect(adopted).toHaveLength(1);
  expect(adopted[0]?.client).toBe(client);
  expect(adopted[0]?.waiting().map(({ n }) => n)).toEqual([1, 3, 4, 5]);
  expect((await adopted[0]?.put(ask(6)))?.n).toBe(6);
  await first.close();
  await second.close();
});

test('an outbox in use is left alone', async () => {
  const dir = freshDir();
  const one = await openOutbox({ dir });
  await one.put(ask(1));
  const two = await openOutbox({ dir });
  expect(two.others()).toEqual([]);
  await two.put(ask(2));
  expect([textsOf(one), textsOf(two)]).toEqual([['text 1'], ['text 2']]);
  await two.close();
  await one.close();
});

test('numbers are never given out twice, however often the file is written anew', async () => {
  const dir = freshDir();
  const outbox = await openOutbox({ dir });
  const seen = new Set<number>();
  const long = 'x'.repeat(3000);
  for (let k = 0; k < 30; k++) {
    const { n } = await outbox.put({ incident: 'a', command: say(long), id: `id${k}` });
    expect(seen.has(n)).toBe(false);
    seen.add(n);
    await outbox.settle(n);
  }
  expect(fs.statSync(`${dir}/${outbox.client}.outbox`).size).toBeLessThan(25_000);
  await outbox.put(ask(99));
  orphan(dir);
  const next = await openOutbox({ dir });
  expect(
    next
      .others()[0]
      ?.waiting()
      .map(({ n }) => n),
  ).toEqual([31]);
  await next.close();
});

test('numbers go on behind those settled, when the file was written anew without them', async () => {
  let full = false;
  const disk = {
    ...nodeFs,
    write: (fd: number, bytes: Uint8Array, position: number) =>
      full && position > 0 ? Promise.resolve(0) : nodeFs.write(fd, bytes, position),
  };
  const dir = freshDir();
  const outbox = await openOutbox({ dir, fs: disk });
  await Promise.all([1, 2, 3].map((k) => outbox.put(ask(k))));
  await Promise.all([2, 3].map((n) => outbox.settle(n)));
  full = true;
  for (const k of [4, 5]) await expect(outbox.put(ask(k))).rejects.toThrow('could not be kept');
  orphan(dir);
  const next = await openOutbox({ dir });
  expect(textsOf(next.others()[0])).toEqual(['text 1']);
  expect((await next.others()[0]?.put(ask(6)))?.n).toBeGreaterThan(3);
  await next.close();
});

test('a full disk: the command is refused in words, and the next one is kept when there is room again', async () => {
  let full = false;
  const disk = {
    ...nodeFs,
    write: (fd: number, bytes: Uint8Array, position: number) =>
      full ? nodeFs.write(fd, bytes.subarray(0, 20), position) : nodeFs.write(fd, bytes, position),
  };
  const dir = freshDir();
  const outbox = await openOutbox({ dir, fs: disk });
  await outbox.put(ask(1));
  full = true;
  await expect(outbox.put(ask(2))).rejects.toThrow('could not be kept on the disk');
  await expect(outbox.put(ask(3))).rejects.toThrow('could not be kept on the disk');
  full = false;
  await outbox.put(ask(4));
  expect(textsOf(outbox)).toEqual(['text 1', 'text 4']);
  orphan(dir);
  const next = await openOutbox({ dir });
  expect(textsOf(next.others()[0])).toEqual(['text 1', 'text 4']);
  await next.close();
});

test('cut at any byte: every whole command is left; a damaged line costs only itself, and the file is kept', async () => {
  const dir = freshDir();
  const outbox = await openOutbox({ dir });
  for (let k = 1; k <= 4; k++) await outbox.put(ask(k));
  const name = `${outbox.client}.outbox`;
  const whole = fs.readFileSync(`${dir}/${name}`);
  const left = async (bytes: Uint8Array): Promise<readonly [readonly string[], readonly string[]]> => {
    const at = freshDir();
    fs.writeFileSync(`${at}/${name}`, bytes);
    const next = await openOutbox({ dir: at });
    const [other] = next.others();
    const texts = textsOf(other);
    // Whatever was wrong with it, it takes the next command.
    await other?.put(ask(9));
    expect(textsOf(other)).toEqual(other === undefined ? [] : [...texts, 'text 9']);
    await next.close();
    return [texts, fs.readdirSync(at).filter((file) => file.endsWith('.damaged'))];
  };
  const ends = [...whole.keys()].filter((at) => whole[at] === 10);
  for (let cut = ends[2] ?? 0; cut <= whole.length; cut += 3) {
    const lines = ends.filter((end) => end < cut).length;
    expect((await left(whole.subarray(0, cut)))[0]).toHaveLength(lines - 1);
  }
  const flipped = Buffer.from(whole);
  flipped[(ends[1] ?? 0) + 30] = 1;
  expect(await left(flipped)).toEqual([['text 1', 'text 3', 'text 4'], [`${name}.damaged`]]);
  await outbox.close();
});

test('a fault at each call, and power cuts: what was kept is there, what was refused is not waiting', async () => {
  for (const how of ['kill', 'power'] as const) {
    for (let k = 1; ; k++) {
      const dir = freshDir();
      const disk = new MemoryDisk(dir);
      disk.hook = (operation, count) => {
        if (count !== k) return undefined;
        if (operation === 'write' && k % 2 === 0) return 5;
        throw new Error('EIO: injected');
      };
      const outbox = await openOutbox({ dir, fs: disk }).catch(() => openOutbox({ dir, fs: disk }));
      const kept: string[] = [];
      const put = (i: number): Promise<unknown> =>
        outbox
          .put(ask(i))
          .then(() => kept.push(`text ${i}`))
          .catch(() => {});
      await put(1);
      await Promise.all([put(2), put(3)]);
      await put(4);
      await outbox.settle(1);
      await put(5);
      expect(kept.length).toBeGreaterThanOrEqual(3);
      const waiting = kept.filter((text) => text !== 'text 1');
      expect(textsOf(outbox)).toEqual(waiting);
      const random = randomFrom(k);
      for (let image = 0; image < 5; image++) {
        const at = freshDir();
        const next = await openOutbox({ dir: at, fs: disk.image(at, how, random) });
        // The settling may be lost, never a command.
        expect(textsOf(next.others()[0]).filter((text) => text !== 'text 1')).toEqual(waiting);
        await next.close();
      }
      if (disk.count < k) break;
      await outbox.close();
    }
  }
});

test('where nothing can be written one can open all the same; what is put is refused in words', async () => {
  const file = `${freshDir()}/file`;
  fs.writeFileSync(file, '');
  const outbox = await openOutbox({ dir: `${file}/outbox` });
  await expect(outbox.put(ask(1))).rejects.toThrow('could not be kept on the disk of this machine, so it is not sent');
  expect(outbox.waiting()).toEqual([]);
  await outbox.close();
});

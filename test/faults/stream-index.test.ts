/** The index of ended records is only a shortcut: lost, stale, torn, lying or foreign, the record has the last word. */
import fs from 'node:fs';
import { expect, test, vi } from 'vitest';
import { nodeFs, type JournalFs } from '../../src/log/disk.ts';
import type { Damaged, EventStore, Listed } from '../../src/log/event-store.ts';
import { encodeLine } from '../../src/log/record.ts';
import { freshDir } from '../log/fresh-dir.ts';
import { note, origin } from '../log/sample.ts';
import { openStore } from '../log/open-store.ts';
import { randomFrom } from '../support/random.ts';
import { MemoryDisk } from './memory-disk.ts';

/** Three ended streams of three events, and an open one. */
async function fill(dir: string, options: { readonly segmentBytes?: number } = {}): Promise<void> {
  const store = await openStore({ dir, ...options });
  for (const id of ['a', 'b', 'c', 'open']) {
    const texts = [`first of ${id}`, `second of ${id}`, id === 'open' ? 'goes on' : 'end'];
    for (const [i, text] of texts.entries())
      await store.append(id, i, [{ events: [note(id, i + 1, text)], origin: origin(i + 1, id) }]);
  }
  await store.close();
}
const indexOf = (dir: string): string => `${dir}/index.ndjson`;
const segmentOf = (dir: string, id: string): string => `${dir}/incidents/${id}/000001.log`;
const right: readonly Listed<string>[] = ['a', 'b', 'c', 'open'].map((stream) => ({
  stream,
  cold: stream !== 'open',
  head: 3,
  summary: `${stream}: 3`,
}));

/** What is listed, sorted; every summary read. */
async function listOf(store: Pick<EventStore<unknown, string>, 'list'>): Promise<readonly Listed<string>[]> {
  const plain = (one: Listed<string>): Listed<string> =>
    'damaged' in one ? one : { stream: one.stream, cold: one.cold, head: one.head, summary: one.summary };
  return (await store.list()).map(plain).sort((x, y) => (x.stream < y.stream ? -1 : 1));
}

/** What a start lists, and which records it opened for that. */
async function start(
  dir: string,
  options: object = {},
): Promise<{ listed: readonly Listed<string>[]; opened: string[] }> {
  const opened = new Set<string>();
  const disk: JournalFs = {
    ...nodeFs,
    open: (path, how) => {
      const id = /incidents\/([^/]+)\/\d+\.log$/.exec(path)?.[1];
      if (id !== undefined) opened.add(id);
      return nodeFs.open(path, how);
    },
  };
  const store = await openStore({ dir, fs: disk, ...options });
  try {
    return { listed: await listOf(store), opened: [...opened].sort() };
  } finally {
    await store.close();
  }
}

test('a start opens only what is not ended', async () => {
  const dir = freshDir();
  await fill(dir);
  expect(await start(dir)).toEqual({ listed: right, opened: ['open'] });
  expect(await start(dir)).toEqual({ listed: right, opened: ['open'] });
});

test('a lost index is made anew', async () => {
  const dir = freshDir();
  await fill(dir);
  fs.rmSync(indexOf(dir));
  expect(await start(dir)).toEqual({ listed: right, opened: ['a', 'b', 'c', 'open'] });
  expect(await start(dir)).toEqual({ listed: right, opened: ['open'] });
});

test('an index torn or changed anywhere is noticed', async () => {
  const dir = freshDir();
  await fill(dir);
  const good = fs.readFileSync(indexOf(dir));
  for (let at = 0; at < good.length; at += 5) {
    fs.writeFileSync(indexOf(dir), good.subarray(0, at));
    expect((await start(dir)).listed, `cut at ${at}`).toEqual(right);
    const flipped = Buffer.from(good);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    fs.writeFileSync(indexOf(dir), flipped);
    expect((await start(dir)).listed, `flipped at ${at}`).toEqual(right);
    fs.writeFileSync(indexOf(dir), Buffer.concat([good, Buffer.from('12345678 ["half a li')]));
    expect((await start(dir)).listed).toEqual(right);
  }
});

test('details that are not those of the entries before them are not believed', async () => {
  const dir = freshDir();
  await fill(dir);
  const [header, columns, details = ''] = fs.readFileSync(indexOf(dir), 'utf8').split('\n');
  const turned = encodeLine(JSON.stringify((JSON.parse(details.slice(9)) as object[]).toReversed())).toString();
  fs.writeFileSync(indexOf(dir), `${header}\n${columns}\n${turned}`);
  expect(await start(dir)).toEqual({ listed: right, opened: ['a', 'b', 'c', 'open'] });
  expect(await start(dir)).toEqual({ listed: right, opened: ['open'] });
});

test('a record that was taken away while the hub was down is not listed', async () => {
  const dir = freshDir();
  await fill(dir);
  fs.rmSync(`${dir}/incidents/b`, { recursive: true });
  expect(await start(dir)).toEqual({ listed: right.filter((each) => each.stream !== 'b'), opened: ['open'] });
});

test('an index of another fold is ignored', async () => {
  const dir = freshDir();
  await fill(dir);
  expect((await start(dir, { version: 2 })).opened).toEqual(['a', 'b', 'c', 'open']);
});

test('an index that is older than its records is not believed of those that went on', async () => {
  for (const segmentBytes of [64 * 1024 * 1024, 10]) {
    const dir = freshDir();
    await fill(dir, { segmentBytes });
    const old = fs.readFileSync(indexOf(dir));
    const store = await openStore({ dir, segmentBytes });
    await store.append('b', 3, [{ events: [note('b', 4, 'it is not over')], origin: origin(4, 'b') }]);
    await store.close();
    fs.writeFileSync(indexOf(dir), old);
    const { listed, opened } = await start(dir, { segmentBytes });
    expect(opened).toEqual(['b', 'open']);
    expect(listed[1]).toEqual({ stream: 'b', cold: false, head: 4, summary: 'b: 4' });
  }
});

test('the index of another data folder is not believed', async () => {
  const [dir, other] = [freshDir(), freshDir()];
  await fill(dir);
  const store = await openStore({ dir: other });
  for (const id of ['a', 'b', 'x'])
    await store.append(id, 0, [{ events: [note(id, 1, 'elsewhere'), note(id, 2, 'end')], origin: origin(1, id) }]);
  await store.close();
  fs.copyFileSync(indexOf(other), indexOf(dir));
  expect(await start(dir)).toEqual({ listed: right, opened: ['a', 'b', 'c', 'open'] });
  // A copy of a whole folder has other files: they are read once.
  const copy = freshDir();
  fs.cpSync(dir, copy, { recursive: true, preserveTimestamps: true });
  expect(await start(copy)).toEqual({ listed: right, opened: ['a', 'b', 'c', 'open'] });
  expect(await start(copy)).toEqual({ listed: right, opened: ['open'] });
});

/** Writes the index anew with right checksums, and with what `lie` makes of each field of `a`. */
function forge(dir: string, lie: (field: string, value: unknown) => unknown): void {
  const [header = '', ...lines] = fs.readFileSync(indexOf(dir), 'utf8').trimEnd().split('\n');
  const [{ sum: _, ...columns } = {}, details] = lines.map((line): unknown => JSON.parse(line.slice(9))) as [
    Record<string, unknown[]>,
    Record<string, unknown>[],
  ];
  const row = columns['stream']?.indexOf('a') ?? -1;
  const { [row]: told = {} } = details;
  for (const field in told) told[field] = lie(field, told[field]);
  columns['bytes'] = details.map((each) => Buffer.byteLength(JSON.stringify(each)));
  for (const [field, column] of Object.entries(columns)) column[row] = lie(field, column[row]);
  const line = encodeLine(JSON.stringify(details)).toString();
  const first = encodeLine(JSON.stringify({ sum: line.slice(0, 9), ...columns })).toString();
  fs.writeFileSync(indexOf(dir), `${header}\n${first}${line}`);
}
const lies: readonly (readonly [field: string, lie: unknown])[] = [
  ['head', 9],
  ['lastHash', '0'.repeat(64)],
  ['n', 7],
  ['summary', 'all is well'],
  ['summary', { text: 'which is none' }],
];
for (const [name, lie] of lies) {
  const what = `${name} (${JSON.stringify(lie)})`;
  test(`an index that lies about the ${what} of a record is found out when the record is opened, and mended`, async () => {
    const dir = freshDir();
    await fill(dir);
    forge(dir, (field, value) => (field === name ? lie : value));
    const store = await openStore({ dir });
    const told: Listed<string>[] = [];
    store.onListed((listed) => told.push(listed));
    await store.list();
    expect((await store.open('a'))?.state.seqs).toEqual([1, 2, 3]);
    expect(told).toEqual([right[0]]);
    await store.close();
    expect(await start(dir)).toEqual({ listed: right, opened: ['open'] });
  });
  test(`a lie about the ${what} is found out in the background`, async () => {
    const dir = freshDir();
    await fill(dir);
    forge(dir, (field, value) => (field === name ? lie : value));
    const store = await openStore({ dir, checkEveryMs: 1 });
    const told: Listed<string>[] = [];
    store.onListed((listed) => told.push(listed));
    await store.list();
    await vi.waitFor(() => expect(told).toEqual([right[0]]));
    await store.close();
  });
}

test('an index that lies about length, time or file is not believed', async () => {
  for (const field of ['segments', 'size', 'mtimeMs', 'ino']) {
    const dir = freshDir();
    await fill(dir);
    forge(dir, (name, value) => (name === field ? Number(value) + 1 : value));
    expect(await start(dir)).toEqual({ listed: right, opened: ['a', 'open'] });
  }
});

const damagedOf = (listed: readonly Listed<string>[]): readonly Damaged[] =>
  listed.filter((one): one is Damaged => 'damaged' in one);

test('an ended record that lost its end is reported; the others are served and written', async () => {
  const dir = freshDir();
  await fill(dir);
  const file = segmentOf(dir, 'a');
  const bytes = fs.readFileSync(file);
  fs.truncateSync(file, bytes.length - 20);
  const store = await openStore({ dir });
  expect(damagedOf(await store.list())).toMatchObject([{ stream: 'a', damaged: expect.stringContaining(file) }]);
  await expect(store.open('a')).rejects.toMatchObject({ code: 'corrupt' });
  await store.append('open', 3, [{ events: [note('open', 4)], origin: origin(4) }]);
  expect(store.readOnly).toBeNull();
  await store.close();
  expect(fs.readFileSync(file)).toEqual(bytes.subarray(0, -20));
});

const spoilt: Readonly<Record<string, (dir: string) => void>> = {
  'is cut': (dir) => fs.truncateSync(segmentOf(dir, 'a'), 900),
  'is emptied': (dir) => fs.truncateSync(segmentOf(dir, 'a'), 0),
  'loses its file': (dir) => fs.rmSync(segmentOf(dir, 'a')),
  'loses its folder': (dir) => fs.rmSync(`${dir}/incidents/a`, { recursive: true }),
  'is replaced': (dir) => fs.copyFileSync(segmentOf(dir, 'b'), segmentOf(dir, 'a')),
  grows: (dir) => fs.appendFileSync(segmentOf(dir, 'a'), 'more\n'),
};
for (const [name, spoil] of Object.entries(spoilt)) {
  for (const when of name === 'is replaced' ? (['closed'] as const) : (['closed', 'open'] as const)) {
    test(`a cold record that ${name} while it is ${when}: it alone is not served`, async () => {
      const dir = freshDir();
      await fill(dir);
      const store = await openStore({ dir });
      const told: Listed<string>[] = [];
      store.onListed((listed) => told.push(listed));
      await store.list();
      if (when === 'open') await store.open('a');
      spoil(dir);
      const reading = store.read('a', 0, 10);
      // What was opened before its names went is still there.
      const isGone = when === 'closed' || name === 'is cut' || name === 'is emptied';
      if (isGone) {
        await expect(reading).rejects.toMatchObject({ code: 'corrupt' });
        expect(damagedOf(told)).toHaveLength(1);
      } else expect(await reading).toHaveLength(3);
      expect(store.readOnly).toBeNull();
      expect(await store.read('b', 0, 10)).toHaveLength(3);
      await store.append('open', 3, [{ events: [note('open', 4)], origin: origin(4) }]);
      await store.close();
    });
  }
}

test('one record that cannot be read is that record alone', async () => {
  for (const code of ['EIO', 'EACCES', 'EPERM']) {
    const dir = freshDir();
    await fill(dir);
    const failing = (call: 'stat' | 'readFile' | 'open'): JournalFs => ({
      ...nodeFs,
      [call]: (path: string, how: 'read' | 'edit' | 'create') => {
        if (path.startsWith(`${dir}/incidents/a/0`)) throw Object.assign(new Error(`${code}: no`), { code });
        return nodeFs[call](path, how);
      },
    });
    for (const call of ['stat', 'readFile', 'open'] as const) {
      const store = await openStore({ dir, fs: failing(call) });
      await store.list();
      await expect(store.open('a'), call).rejects.toMatchObject({ code: 'corrupt' });
      expect(damagedOf(await store.list())).toMatchObject([{ stream: 'a', damaged: expect.stringContaining(code) }]);
      expect((await store.open('b'))?.head).toBe(3);
      await store.append('open', 3, [{ events: [note('open', 4)], origin: origin(4) }]);
      expect(store.readOnly).toBeNull();
      await store.close();
      // It was over: the next start goes on without it, too.
      const next = await openStore({ dir, fs: failing(call) });
      expect(await next.list()).toHaveLength(4);
      await next.close();
      fs.rmSync(`${dir}/incidents/open`, { recursive: true });
      const again = await openStore({ dir });
      await again.append('open', 0, [{ events: [1, 2, 3].map((seq) => note('open', seq)), origin: origin(1) }]);
      await again.close();
    }
  }
});

test('a damaged record that may be open keeps the hub down, and the words say what to do', async () => {
  const dir = freshDir();
  await fill(dir);
  const bytes = fs.readFileSync(segmentOf(dir, 'open'));
  bytes[bytes.indexOf('second of open')] = 0x45;
  fs.writeFileSync(segmentOf(dir, 'open'), bytes);
  await expect(start(dir)).rejects.toThrow(`mv ${dir}/incidents/open ${dir}/damaged/`);
  expect(fs.readFileSync(segmentOf(dir, 'open'))).toEqual(bytes);
});

const memory = { segmentBytes: 2500 };
const steps = async (dir: string, disk: JournalFs): Promise<void> => {
  const store = await openStore({ dir, fs: disk, ...memory });
  for (const id of ['a', 'b', 'c']) {
    for (const [i, text] of ['one', 'end'].entries()) {
      await store.append(id, i, [{ events: [note(id, i + 1, text)], origin: origin(i + 1, id) }]);
    }
    await store.release(id);
  }
  await store.append('b', 2, [{ events: [note('b', 3, 'again')], origin: origin(3, 'b') }]);
  await store.release('b');
  await store.close();
};

test('the process or the power goes at each step: what the index says is true, or not believed', async () => {
  const rehearsed = freshDir();
  const whole = new MemoryDisk(rehearsed);
  await steps(rehearsed, whole);
  expect(whole.count).toBeGreaterThan(30);
  for (let k = 1; k <= whole.count; k++) {
    const dir = freshDir();
    const disk = new MemoryDisk(dir);
    disk.hook = (_operation, count) => {
      if (count >= k) throw Object.assign(new Error('EIO: gone'), { code: 'EIO' });
      return undefined;
    };
    await steps(dir, disk).catch(() => null);
    const random = randomFrom(k);
    for (const how of ['kill', 'kill', 'power', 'power', 'power'] as const) {
      const at = freshDir();
      const left = disk.image(at, how, random);
      const said = await listFrom(at, left);
      const index = left.files().find((file) => file.endsWith('index.ndjson'));
      if (index !== undefined) left.remove(index);
      expect(said, `step ${k}, ${how}`).toEqual(await listFrom(at, left));
    }
  }
});

async function listFrom(dir: string, disk: JournalFs): Promise<readonly Listed<string>[]> {
  const store = await openStore({ dir, fs: disk, ...memory });
  const listed = await listOf(store);
  await store.close();
  return listed;
}

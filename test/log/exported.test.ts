import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeFs, type JournalFs } from '../../src/log/disk.ts';
import { exported, readExported, type ExportedRecord } from '../../src/log/exported.ts';
import { EVERYTHING } from '../incident/every-kind.ts';
import { freshDir } from './fresh-dir.ts';
import { openLog } from './open-store.ts';
import { origin } from './sample.ts';

const { events } = EVERYTHING;
const NAME = events[0]!.incident;

/** The export of a record in several segments, as a hub sends it: in pieces. */
async function exportOf(dir: string): Promise<Buffer> {
  const log = await openLog({ dir, segmentBytes: 2_500 });
  if ((await log.store.open(NAME)) === null)
    for (const [i, event] of events.entries())
      await log.store.append(NAME, i, [{ events: [event], origin: origin(i + 1) }]);
  const parts: Buffer[] = [];
  for (let at = 0, size = 1; at < size; at += parts.at(-1)!.length) {
    const found = (await log.store.look(NAME, (record) => ({ bytes: record.bytes(at, 700), size: record.size })))!;
    size = found.size;
    parts.push(found.bytes);
  }
  await log.journal.close();
  return exported(Buffer.concat(parts), events.length);
}
const file = await exportOf(freshDir());
const lines = file.toString().split('\n').slice(0, -1);
const joined = (all: readonly string[]): Buffer => Buffer.from(all.map((line) => `${line}\n`).join(''));

/** What a program that shares no code with ours says of an export. */
function secondProgram(bytes: Buffer): string {
  const name = path.join(freshDir(), 'export.jsonl');
  fs.writeFileSync(name, bytes);
  try {
    return execFileSync(process.execPath, [path.join(import.meta.dirname, 'verify-export.js'), name]).toString();
  } catch (error) {
    return (error as { stdout: Buffer }).stdout.toString();
  }
}

test('every line is JSON, all events are there, and a second program comes to the same end', async () => {
  const parsed = lines.map((line) => JSON.parse(line) as { warroom?: number; events?: { kind: string }[] });
  expect(parsed.flatMap(({ events: own = [] }) => own.map(({ kind }) => kind))).toEqual(events.map(({ kind }) => kind));
  expect(parsed.filter(({ warroom }) => warroom === 2).length).toBeGreaterThan(2);
  const seen: number[] = [];
  const record = await readExported(file, ({ seq }) => seen.push(seq));
  expect(record).toMatchObject({ incident: NAME, head: events.length, lines: lines.length - 1 });
  expect(seen).toEqual(events.map(({ seq }) => seq));
  expect(secondProgram(file)).toBe(`${events.length} events, ends ${record.lastHash}\n`);
});

test('whatever is altered, taken out, doubled, moved or cut off is found, by both programs', async () => {
  const at = lines.findIndex((line) => line.includes('"kind":"noted"'));
  const altered = lines.with(at, lines[at]!.replace('why?', 'why!'));
  const cases: readonly (readonly [Buffer, number, RegExp])[] = [
    [joined(altered), at + 2, /chain/],
    [joined(lines.toSpliced(at, 1)), at + 1, /seq/],
    [joined(lines.toSpliced(at, 0, lines[at]!)), at + 2, /seq/],
    [joined(lines.slice(0, -2).concat(lines.at(-1)!)), lines.length - 1, /missing/],
    // Nothing follows the last event but the end.
    [joined(lines.with(lines.length - 2, lines.at(-2)!.replace('"by":"', '"by":"x'))), lines.length, /altered/],
    [joined(lines.slice(0, -1)), lines.length - 1, /part of the export/],
    [file.subarray(0, -5), lines.length, /part of the export/],
    [joined(lines.concat('{}')), lines.length, /follows the end/],
  ];
  for (const [bytes, line, reason] of cases) {
    await expect(readExported(bytes)).rejects.toMatchObject({ line, message: expect.stringMatching(reason) });
    expect(secondProgram(bytes)).toMatch(/^line \d+: /);
  }
  const converted = Buffer.from(file.toString().replaceAll('\n', '\r\n'));
  await expect(readExported(converted)).rejects.toThrow('converted');
  await expect(readExported(Buffer.from('seq,at\n'))).rejects.toThrow('no record');
  const newer = joined(lines.with(0, lines[0]!.replace('"warroom":2', '"warroom":3')));
  await expect(readExported(newer)).rejects.toThrow('version 3, and this warroom reads version 2: upgrade it');
});

test('an event of a kind that only newer versions know is carried on as it is', async () => {
  const dir = freshDir();
  const log = await openLog({ dir });
  const [declared] = events;
  const strange = { ...events[1]!, kind: 'dreamt', data: { of: 'sheep' } } as unknown as (typeof events)[number];
  await log.store.append(NAME, 0, [{ events: [declared!, strange], origin: origin(1) }]);
  const bytes = (await log.store.look(NAME, (record) => record.whole()))!;
  await log.journal.close();
  const kinds: string[] = [];
  await readExported(exported(bytes, 2), ({ kind }) => kinds.push(kind));
  expect(kinds).toEqual(['declared', 'dreamt']);
});

const adopted = async (dir: string, record: ExportedRecord, disk: JournalFs = nodeFs): Promise<void> => {
  const log = await openLog({ dir, fs: disk });
  try {
    await log.store.adopt(NAME, record.segments, new Map());
  } finally {
    await log.journal.close();
  }
};

test('an adopted record is the same, byte for byte; one that is there already is left alone', async () => {
  const dir = freshDir();
  const record = await readExported(file);
  await adopted(dir, record);
  expect((await exportOf(dir)).equals(file)).toBe(true);
  await expect(adopted(dir, record)).rejects.toMatchObject({ code: 'conflict' });
  expect((await exportOf(dir)).equals(file)).toBe(true);
});

test('an import that the disk ends at any step leaves nothing, and the journal goes on', async () => {
  const record = await readExported(file);
  let failed = 0;
  for (const operation of ['makeDir', 'write', 'sync', 'rename'] as const) {
    for (const nth of [1, 2, 5]) {
      let count = -1000;
      const dir = freshDir();
      const full = (): void => {
        if (++count === nth) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      };
      const log = await openLog({ dir, fs: brittle(operation, full) });
      count = 0;
      const fault: unknown = await log.store.adopt(NAME, record.segments, new Map()).catch((error: unknown) => error);
      const isThere = fs.existsSync(`${dir}/incidents/${NAME}`);
      if (fault !== undefined) {
        failed++;
        expect(fault).toMatchObject({ code: 'disk_low', message: expect.stringContaining('no space') });
        expect([isThere, fs.existsSync(`${dir}/importing`), log.readOnly]).toEqual([false, false, null]);
        await log.store.adopt(NAME, record.segments, new Map());
      }
      await log.journal.close();
      expect((await exportOf(dir)).equals(file)).toBe(true);
    }
  }
  expect(failed).toBe(12);
});

/** A disk on which `operation` first calls `before`. */
const brittle = (operation: 'makeDir' | 'write' | 'sync' | 'rename', before: () => void): JournalFs => {
  const own = nodeFs[operation] as (...args: never[]) => unknown;
  return {
    ...nodeFs,
    [operation]: (...args: never[]) => {
      before();
      return own(...args);
    },
  };
};

test('a damaged record stays in its place where no other can take it, and one that is gone does not stand in the way', async () => {
  const dir = freshDir();
  const record = await readExported(file);
  await adopted(dir, record);
  const place = `${dir}/incidents/${NAME}`;
  const broken = Buffer.from(record.segments[1]!.toString().replace('"seq":', '"seq";'));
  fs.writeFileSync(`${place}/000002.log`, broken);
  const full = (from: string, to: string): void => {
    if (from.endsWith('/importing')) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    nodeFs.rename(from, to);
  };
  await expect(adopted(dir, record, { ...nodeFs, rename: full })).rejects.toMatchObject({ code: 'disk_low' });
  expect(fs.readFileSync(`${place}/000002.log`).equals(broken)).toBe(true);
  expect(fs.readdirSync(`${dir}/damaged`)).toEqual([]);

  const log = await openLog({ dir });
  // It is known by now.
  await log.store.open(NAME).catch(() => {});
  fs.rmSync(place, { recursive: true });
  expect(await log.store.adopt(NAME, record.segments, new Map())).toBe(null);
  await log.journal.close();
  expect((await exportOf(dir)).equals(file)).toBe(true);
});

test('what a crash left of an import is gone after the next start', async () => {
  const dir = freshDir();
  fs.mkdirSync(`${dir}/importing`);
  fs.writeFileSync(`${dir}/importing/000001.log`, 'half');
  const log = await openLog({ dir });
  expect(await log.store.list()).toEqual([]);
  await log.journal.close();
  expect(fs.existsSync(`${dir}/importing`)).toBe(false);
});

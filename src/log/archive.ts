/**
 * The archive: records that were moved out of a hub's data, a folder each: the record as it is exported, the files that
 * lay beside it, its summary, and the hashes of all of them. docs/record.md describes it for other programs.
 */
import { hash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { hasCode, putFile, type JournalFs } from './disk.ts';
import { StoreFault } from './event-store.ts';
import { ExportFault, readExported, type ExportedRecord } from './exported.ts';
import { encodeLine, parseHeader } from './record.ts';
import { segmentNumber } from './segment-index.ts';
import { SNAPSHOT } from './snapshot.ts';
import type { VerifyOptions } from './verify.ts';

/** The folder in the data folder. */
export const ARCHIVE = 'archive';
/** The record as it is exported; what lists and figures need of it; the hashes, as `sha256sum -c` reads them. */
export const RECORD = 'record.jsonl';
export const SUMMARY = 'summary.json';
const SUMS = 'SHA256SUMS';
/** The folder, in the data folder, of a record on its way into the archive. */
export const ARCHIVING = 'archiving';

/** A file that is read when it is its turn: a record may have hundreds of MB beside it. */
interface Content {
  readonly size: number;
  readonly read: () => Buffer;
}
/** By their paths in a folder. */
export type Files = ReadonlyMap<string, Content>;

export const contentOf = (bytes: Buffer): Content => ({ size: bytes.length, read: () => bytes });
const contentAt = (disk: JournalFs, path: string): Content => ({
  size: disk.stat(path)?.size ?? 0,
  read: () => disk.readFile(path),
});
export const sizeOf = (files: Files): number => [...files.values()].reduce((sum, { size }) => sum + size, 0);

const SUM_LINE = /^([\da-f]{64}) {2}((?:[\w-][\w.-]*\/)*[\w-][\w.-]*)$/;

/** A segment, or what is made from the segments. */
const isOfRecord = (file: string): boolean => segmentNumber(file) !== null || file === SNAPSHOT;

/** What lies beside the segments of a record and cannot be made anew. */
export function filesBeside(disk: JournalFs, dir: string): Files {
  const files = new Map<string, Content>();
  const collect = (folder: string): void => {
    for (const name of disk.list(`${dir}${folder}`)) {
      const file = `${folder}/${name}`;
      if (isOfRecord(file.slice(1)) || name.endsWith('.tmp')) continue;
      try {
        collect(file);
      } catch (error) {
        if (!hasCode(error, 'ENOTDIR')) throw error;
        files.set(file.slice(1), contentAt(disk, `${dir}${file}`));
      }
    }
  };
  collect('');
  return files;
}

/** Writes and syncs the files of a new folder, subfolders too. Returns their hashes, as `sha256sum -c` reads them. */
export async function putFiles(disk: JournalFs, dir: string, files: Files): Promise<string> {
  let sums = '';
  disk.makeDir(dir);
  for (const [file, content] of files) {
    const place = dirname(`${dir}/${file}`);
    const bytes = content.read();
    disk.makeDir(place);
    await putFile(disk, place, basename(file), bytes);
    sums += `${hash('sha256', bytes, 'hex')}  ${file}\n`;
  }
  await disk.syncDir(dir);
  return sums;
}

/** Puts a folder into the archive by one rename, in place of an earlier one. Returns its path. */
export async function putArchived(disk: JournalFs, dataDir: string, name: string, files: Files): Promise<string> {
  const [arriving, archive] = [`${dataDir}/${ARCHIVING}`, `${dataDir}/${ARCHIVE}`];
  try {
    disk.remove(arriving);
    const sums = await putFiles(disk, arriving, files);
    await putFile(disk, arriving, SUMS, Buffer.from(sums));
    disk.makeDir(archive);
    await disk.syncDir(dataDir);
    disk.remove(`${archive}/${name}`);
    disk.rename(arriving, `${archive}/${name}`);
  } catch (error) {
    // It may be what fills the disk.
    disk.remove(arriving);
    throw error;
  }
  await disk.syncDir(archive);
  return `${archive}/${name}`;
}

/** Reads one folder of an archive, and verifies all of it. Rejects with StoreFault `corrupt`, which says what is wrong. */
export async function readArchived(
  disk: JournalFs,
  dir: string,
  fold?: VerifyOptions['fold'],
): Promise<{ readonly record: ExportedRecord; readonly beside: Files }> {
  const beside = new Map<string, Content>();
  let exported: Buffer | null = null;
  const sums = readAt(disk, `${dir}/${SUMS}`, `${dir} is no folder of an archive: it has no ${SUMS}`);
  const lines = sums.toString().split('\n').slice(0, -1);
  for (const [i, line] of lines.entries()) {
    const [, sum, file = ''] = SUM_LINE.exec(line) ?? [];
    if (sum === undefined) throw wrong(`${dir}/${SUMS}:${i + 1}: the line is no hash and name of a file`);
    const bytes = readAt(disk, `${dir}/${file}`, `${dir}/${file} is missing`);
    const found = hash('sha256', bytes, 'hex');
    if (found !== sum) throw wrong(`${dir}/${file} was altered: its sha256 is ${found}, ${SUMS} says ${sum}`);
    if (file === RECORD) exported = bytes;
    else if (file !== SUMMARY && !isOfRecord(file)) beside.set(file, contentAt(disk, `${dir}/${file}`));
  }
  if (exported === null) throw wrong(`${dir}/${SUMS} names no ${RECORD}`);
  try {
    return { record: await readExported(exported, fold), beside };
  } catch (fault) {
    if (!(fault instanceof ExportFault)) throw fault;
    throw wrong(`${dir}/${RECORD}:${fault.line}: ${fault.message}`);
  }
}

function readAt(disk: JournalFs, file: string, missing: string): Buffer {
  try {
    return disk.readFile(file);
  } catch (error) {
    throw hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR') ? wrong(missing) : error;
  }
}

const wrong = (words: string): StoreFault => new StoreFault('corrupt', words);

/** The epoch of the record in a folder of the archive; null: there is no such folder; undefined: it holds something else. */
export function archivedEpoch(disk: JournalFs, dir: string): string | null | undefined {
  const names = disk.list(dir);
  if (names.length === 0) return null;
  const bytes = names.includes(RECORD) ? disk.readFile(`${dir}/${RECORD}`) : Buffer.alloc(0);
  return parseHeader(encodeLine(bytes.subarray(0, Math.max(0, bytes.indexOf(10))).toString()))?.epoch;
}

/** Is it a folder of an archive? */
export const isArchived = (disk: JournalFs, dir: string): boolean => disk.list(dir).includes(SUMS);

/** Searches log files from their ends backwards, those that rotation has set aside included. */
import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { findPaths, listDirectory } from '../config/text-file.ts';
import { timeOfLine } from './line-time.ts';
import { MOST_BYTES, type Findings, type LogQuery, type SearchContext } from './query.ts';
import type { FileLog } from './source.ts';

/** Read at once, bytes. */
const BLOCK = 1024 * 1024;
/** What is kept of a line that goes on in the next block, bytes. */
const CARRIED = 64 * 1024;
const MOST_FILES = 200;
/** How many lines back the time of a line is looked for: of a stack trace only the first line has one. */
const TIME_LOOK_BACK = 100;
/** `.1`, `-20261123`, `.2026-11-23`: set aside; with one of the endings behind it compressed, too. */
const SET_ASIDE = /^[.-](?:\d{1,3}|\d{4}-?\d\d-?\d\d(?:[-.T]?\d+)?)(?:\.log)?$/;
const COMPRESSED = /\.(?:gz|xz|zst|bz2|lz4)$/;

export async function searchFiles(
  { pattern }: FileLog,
  query: LogQuery,
  context: SearchContext,
  findings: Findings,
): Promise<void> {
  const named = findPaths(pattern);
  if (named.length === 0) throw new Error(`there is no file ${pattern}`);
  const { files, compressed } = await newestFirst([...named, ...named.flatMap(setAside)], query.since);
  let left = MOST_FILES;
  for (const file of files) {
    if (findings.isFull || context.signal.aborted) return;
    if (findings.bytes >= MOST_BYTES || left-- === 0) {
      findings.troubles.push('older files were not searched');
      break;
    }
    const trouble = await searchFile(file, query, context, findings).catch(codeOf);
    if (trouble !== null) findings.troubles.push(`${path.basename(file)} ${trouble}`);
  }
  if (compressed > 0)
    findings.troubles.push(`${compressed} compressed ${compressed === 1 ? 'file was' : 'files were'} not searched`);
}

const codeOf = (error: unknown): string =>
  `cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`;

/** The files beside `file` that rotation made of it. */
function setAside(file: string): readonly string[] {
  const [dir, name] = [path.dirname(file), path.basename(file)];
  const stem = name.replace(/\.log$/, '');
  return listDirectory(dir)
    .filter((other) =>
      [name, stem].some((start) => {
        if (!other.startsWith(start) || other === name) return false;
        return SET_ASIDE.test(other.slice(start.length).replace(COMPRESSED, ''));
      }),
    )
    .map((other) => path.join(dir, other));
}

/** Each file once, the one written last first; those not written to since are left out. */
async function newestFirst(paths: readonly string[], since: number) {
  const known = new Map<string, { readonly file: string; readonly at: number }>();
  for (const file of new Set(paths)) {
    const found = await stat(file).catch(() => null);
    if (found === null) known.set(file, { file, at: Infinity });
    else if (found.mtimeMs >= since) known.set(`${found.dev}:${found.ino}`, { file, at: found.mtimeMs });
  }
  const all = [...known.values()].toSorted((a, b) => b.at - a.at).map(({ file }) => file);
  const files = all.filter((file) => !COMPRESSED.test(file));
  return { files, compressed: all.length - files.length };
}

/** What of the file was not searched; null: nothing. */
async function searchFile(
  file: string,
  query: LogQuery,
  { now, signal }: SearchContext,
  findings: Findings,
): Promise<string | null> {
  // A named pipe would otherwise wait for somebody who writes.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return 'is no file';
    let end = stats.size;
    /** The rest of a line whose beginning stands in the block before. */
    let rest: Buffer = Buffer.alloc(0);
    while (end > 0) {
      if (signal.aborted || findings.isFull) return null;
      const room = MOST_BYTES - findings.bytes;
      if (room <= 0) return `is long: only its last ${Math.round((stats.size - end) / BLOCK)} MiB were searched`;
      const start = Math.max(0, end - Math.min(BLOCK, room));
      const block = Buffer.concat([await readWhole(handle, start, end), rest]);
      findings.bytes += end - start;
      const first = start === 0 ? 0 : block.indexOf(0x0a) + 1;
      rest = block.subarray(0, Math.min(first, CARRIED));
      if (searchText(block.subarray(first).toString('utf8'), query, now, findings)) return null;
      end = start;
    }
    return null;
  } finally {
    await handle.close();
  }
}

/** Shorter than asked for where the file became shorter meanwhile. */
async function readWhole(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** True: lines before this text are older than what is asked for. */
function searchText(text: string, query: LogQuery, now: number, findings: Findings): boolean {
  const found: (readonly [at: number | null, line: string, offset: number])[] = [];
  let past = -1;
  for (const { index } of text.matchAll(findings.pattern)) {
    if (index < past) continue;
    const start = text.lastIndexOf('\n', index - 1) + 1;
    const end = text.indexOf('\n', index);
    past = end === -1 ? text.length : end;
    const at = timeAt(text, start, past, now);
    if (at !== null && at < query.since) continue;
    found.push([at, text.slice(start, past).replace(/\r$/, ''), index - start]);
  }
  for (const line of found.toReversed()) findings.add(...line);
  const firstEnd = text.indexOf('\n');
  const oldest = timeOfLine(firstEnd === -1 ? text : text.slice(0, firstEnd), now);
  return oldest !== null && oldest < query.since;
}

/** The time of the line from `start` to `end`, else that of the nearest line before it that has one. */
function timeAt(text: string, start: number, end: number, now: number): number | null {
  let [from, to] = [start, end];
  for (let back = 0; back < TIME_LOOK_BACK; back++) {
    const at = timeOfLine(text.slice(from, to), now);
    if (at !== null || from === 0) return at;
    to = from - 1;
    from = text.lastIndexOf('\n', to - 1) + 1;
  }
  return null;
}

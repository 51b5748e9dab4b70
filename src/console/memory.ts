/** What this console remembers when it ends, however it ends: the draft, the lines typed, how far one has read. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Memory {
  readonly draft: string;
  readonly history: readonly string[];
  /** Lines the hub refused, which nobody took back yet. */
  readonly refused: readonly string[];
  /** Seq of the last entry read, by incident. */
  readonly marks: Readonly<Record<string, number>>;
}
const NOTHING: Memory = { draft: '', history: [], refused: [], marks: {} };
const KEPT_LINES = 50;

const FILE = /^console-(\d+)\.json$/;

/** What consoles of this person that are gone left behind, where they differ the newest; their files are removed. */
export function recall(dir: string): Memory {
  let found = NOTHING;
  for (const name of listed(dir)) {
    const pid = Number(FILE.exec(name)?.[1]);
    if (pid === process.pid || isAlive(pid)) continue;
    const file = path.join(dir, name);
    const left = parse(readText(file));
    // Of several drafts one can stand on the line; the others are a step of Up away.
    const passed = left.draft === '' || found.draft === '' ? [] : [found.draft];
    found = {
      draft: left.draft === '' ? found.draft : left.draft,
      history: [...found.history, ...left.history, ...passed].slice(-KEPT_LINES),
      refused: [...found.refused, ...left.refused].slice(-KEPT_LINES),
      marks: further(found.marks, left.marks),
    };
    rmSync(file, { force: true });
  }
  return found;
}

/** Keeps `memory` for the next console; synchronous, so that it also works while the process ends. */
export function keep(dir: string, memory: Memory): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = path.join(dir, `console-${process.pid}.json`);
  const text = JSON.stringify({ ...memory, history: memory.history.slice(-KEPT_LINES) });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function listed(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .filter((name) => FILE.test(name))
      .map((name) => ({ name, at: statSync(path.join(dir, name)).mtimeMs }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Reads what `keep` wrote; anything else is nothing. */
function parse(text: string): Memory {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return NOTHING;
  }
  if (typeof raw !== 'object' || raw === null) return NOTHING;
  const { draft, history, refused, marks } = raw as Record<string, unknown>;
  const seqs = typeof marks === 'object' && marks !== null && !Array.isArray(marks) ? Object.entries(marks) : [];
  return {
    draft: typeof draft === 'string' ? draft : '',
    history: linesOf(history),
    refused: linesOf(refused),
    marks: Object.fromEntries(seqs.filter((pair): pair is [string, number] => Number.isInteger(pair[1]))),
  };
}

const linesOf = (raw: unknown): readonly string[] =>
  Array.isArray(raw) ? raw.filter((line) => typeof line === 'string') : [];

/** Of each incident the later mark: what was read on one console was read. */
function further(one: Memory['marks'], other: Memory['marks']): Memory['marks'] {
  const most = { ...one };
  for (const [id, seq] of Object.entries(other)) most[id] = Math.max(seq, most[id] ?? 0);
  return most;
}

/** What this console remembers when it ends, however it ends: the draft, the lines typed, how far one has read. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, readHolder, thisProcess, type Holder } from '../log/holder.ts';

export interface Memory {
  readonly draft: string;
  readonly history: readonly string[];
  /** Seq of the last entry read, by incident. */
  readonly marks: Readonly<Record<string, number>>;
}
const NOTHING: Memory = { draft: '', history: [], marks: {} };
const KEPT_LINES = 50;

const FILE = /^console-[\w-]+\.json$/;

export interface MemoryBook {
  /** What consoles of this person that are gone left behind, where they differ the newest. */
  readonly found: Memory;
  /** Keeps `memory` as this console's; synchronous, so that it also works while the process ends. Throws the system's error. */
  keep(memory: Memory): void;
  /** The last word: it is for the next console, which need not wait until this process is gone. */
  leave(memory: Memory): void;
}

/** Takes over what was left in `dir`. It is kept under this console's name before the files of the others go. */
export function openMemory(dir: string): MemoryBook {
  const file = path.join(dir, `console-${randomUUID()}.json`);
  const holder = thisProcess();
  let gone = false;
  const left = listed(dir)
    .map((name) => path.join(dir, name))
    .map((name) => ({ name, ...parse(readText(name)) }))
    .filter(({ heldBy }) => heldBy === null || !isAlive(heldBy));
  const found = left.reduce((all, { memory }) => joined(all, memory), NOTHING);
  if (left.length > 0) {
    try {
      write(dir, file, holder, found);
      for (const { name } of left) rmSync(name, { force: true });
    } catch {
      // What lies there can be taken over again.
    }
  }
  return {
    found,
    keep: (memory) => gone || write(dir, file, holder, memory),
    leave: (memory) => {
      if (gone) return;
      write(dir, file, null, memory);
      gone = true;
    },
  };
}

/** Of several drafts one can stand on the line; the others are a step of Up away. */
function joined(all: Memory, left: Memory): Memory {
  const passed = left.draft === '' || all.draft === '' ? [] : [all.draft];
  return {
    draft: left.draft === '' ? all.draft : left.draft,
    history: [...all.history, ...left.history, ...passed].slice(-KEPT_LINES),
    marks: further(all.marks, left.marks),
  };
}

function write(dir: string, file: string, heldBy: Holder | null, memory: Memory): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ heldBy, ...memory, history: memory.history.slice(-KEPT_LINES) });
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

/** Reads what `write` wrote; anything else is nothing, and nobody's. */
function parse(text: string): { readonly heldBy: Holder | null; readonly memory: Memory } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { heldBy: null, memory: NOTHING };
  }
  if (typeof raw !== 'object' || raw === null) return { heldBy: null, memory: NOTHING };
  const { heldBy, draft, history, marks } = raw as Record<string, unknown>;
  const seqs = typeof marks === 'object' && marks !== null && !Array.isArray(marks) ? Object.entries(marks) : [];
  const memory = {
    draft: typeof draft === 'string' ? draft : '',
    history: linesOf(history),
    marks: Object.fromEntries(seqs.filter((pair): pair is [string, number] => Number.isInteger(pair[1]))),
  };
  return { heldBy: readHolder(heldBy), memory };
}

const linesOf = (raw: unknown): readonly string[] =>
  Array.isArray(raw) ? raw.filter((line) => typeof line === 'string') : [];

/** Of each incident the later mark: what was read on one console was read. */
function further(one: Memory['marks'], other: Memory['marks']): Memory['marks'] {
  const most = { ...one };
  for (const [id, seq] of Object.entries(other)) most[id] = Math.max(seq, most[id] ?? 0);
  return most;
}

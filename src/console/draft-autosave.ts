/**
 * Saves the draft, the typed lines and the read marks for the next console, a second after a change at the latest, so
 * that a crash loses little.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../incident/event-codec.ts';
import { parseJson } from '../incident/shapes.ts';
import { type ProcessIdentity, isAlive, readProcessIdentity, thisProcessIdentity } from '../log/process-identity.ts';
import { editorText } from '../terminal/editor.ts';
import { sectionDrafts } from './actions/postmortem.ts';
import type { Ui } from './state.ts';

export interface SavedState {
  readonly draft: string;
  readonly history: readonly string[];
  /** Seq of the last entry read, by incident. */
  readonly marks: Readonly<Record<string, number>>;
  /** When the hub was last seen live, hub time, ms since 1970; null: never, or by an older version. */
  readonly leftAt: number | null;
}
const NOTHING: SavedState = { draft: '', history: [], marks: {}, leftAt: null };
const KEPT_LINES = 50;
const FILE = /^console-[\w-]+\.json$/;

export type StateFile = ReturnType<typeof openStateFile>;

/** Takes over what earlier consoles saved in `dir`; it is in this console's file before theirs are removed. */
export function openStateFile(dir: string) {
  const file = path.join(dir, `console-${randomUUID()}.json`);
  const holder = thisProcessIdentity();
  let gone = false;
  const left = listed(dir)
    .map((name) => path.join(dir, name))
    .map((name) => ({ name, ...read(name) }))
    .filter(({ heldBy }) => heldBy === null || !isAlive(heldBy));
  const found = left.reduce((all, { memory }) => joined(all, memory), NOTHING);
  if (left.length > 0) {
    try {
      write(dir, file, holder, found);
      for (const { name } of left) rmSync(name, { force: true });
    } catch {
      // The old files are taken over the next time.
    }
  }
  return {
    /** What earlier consoles of this person saved; of several drafts the newest. */
    found,
    /** Saves for this console, synchronously. Throws file system errors. */
    keep(memory: SavedState): void {
      if (!gone) write(dir, file, holder, memory);
    },
    /** Saves for the next console, for the last time. Throws file system errors. */
    leave(memory: SavedState): void {
      if (!gone) write(dir, file, null, memory);
      gone = true;
    },
  };
}

/** Of two drafts the earlier one goes to the history, where Up finds it. */
function joined(all: SavedState, left: SavedState): SavedState {
  const passed = left.draft === '' || all.draft === '' ? [] : [all.draft];
  const further = Object.fromEntries(
    Object.entries(left.marks).map(([id, seq]) => [id, Math.max(seq, all.marks[id] ?? 0)]),
  );
  return {
    draft: left.draft === '' ? all.draft : left.draft,
    history: [...all.history, ...left.history, ...passed].slice(-KEPT_LINES),
    marks: { ...all.marks, ...further },
    leftAt: left.leftAt === null ? all.leftAt : Math.max(left.leftAt, all.leftAt ?? 0),
  };
}

function write(dir: string, file: string, heldBy: ProcessIdentity | null, memory: SavedState): void {
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

/** Reads what `write` wrote; a file with any other content counts as empty and without an owner. */
function read(file: string): { readonly heldBy: ProcessIdentity | null; readonly memory: SavedState } {
  let raw: unknown;
  try {
    raw = parseJson(readFileSync(file, 'utf8'));
  } catch {
    // It counts as empty.
  }
  const { heldBy, draft, history, marks, leftAt } = fieldsOf(raw);
  const memory = {
    draft: typeof draft === 'string' ? draft : '',
    history: Array.isArray(history) ? history.filter((line) => typeof line === 'string') : [],
    marks: Object.fromEntries(
      Object.entries(fieldsOf(marks)).filter((pair): pair is [string, number] => Number.isInteger(pair[1])),
    ),
    leftAt: typeof leftAt === 'number' ? leftAt : null,
  };
  return { heldBy: readProcessIdentity(heldBy), memory };
}

const fieldsOf = (raw: unknown): Readonly<Record<string, unknown>> => (isObject(raw) ? raw : {});

/** A change is on disk after this time; ms. */
const KEEP_MS = 1000;

function worthKeeping(ui: Ui): SavedState {
  const looked = { ...ui.leftMarks, ...ui.marks };
  const marks = ui.incident === null || ui.readMark === null ? looked : { ...looked, [ui.incident]: ui.readMark };
  return {
    draft: editorText(ui.draft),
    history: [...ui.history, ...ui.setAside, ...sectionDrafts(ui)],
    marks,
    leftAt: ui.seenAt ?? ui.leftAt,
  };
}

/** `onFault` gets the reason when saving fails, once until it succeeds again. */
export function autosaveDraft(file: StateFile, ui: () => Ui, onFault: (why: string) => void) {
  let timer: NodeJS.Timeout | undefined;
  let kept: readonly unknown[] = [];
  let warned = false;
  function keep(): void {
    try {
      file.keep(worthKeeping(ui()));
      warned = false;
    } catch (fault) {
      if (!warned) onFault(fault instanceof Error ? fault.message : '');
      warned = true;
    }
  }
  return {
    keep,
    /** Schedules a save if something changed since the last one. */
    soon(): void {
      const { draft, history, setAside, readMark, kept: inForms, modal } = ui();
      const now = [draft.pieces, history, setAside, readMark, inForms, modal];
      if (timer !== undefined || now.every((each, i) => each === kept[i])) return;
      kept = now;
      timer = setTimeout(() => {
        timer = undefined;
        keep();
      }, KEEP_MS);
    },
    leave: (): void => file.leave(worthKeeping(ui())),
    stop: (): void => clearTimeout(timer),
  };
}

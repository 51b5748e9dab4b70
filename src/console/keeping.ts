/** Keeps what somebody would miss if this console died: the draft, the lines typed, how far they have read. */
import { textOf } from './draft.ts';
import type { Memory, MemoryBook } from './memory.ts';
import type { Ui } from './state.ts';

/** A draft is on disk this long after it was typed, at the latest; ms. */
const KEEP_MS = 1000;

function worthKeeping(ui: Ui): Memory {
  const looked = { ...ui.leftMarks, ...ui.marks };
  const marks = ui.incident === null || ui.readMark === null ? looked : { ...looked, [ui.incident]: ui.readMark };
  return { draft: textOf(ui.draft), history: ui.history, marks };
}

export class Keeper {
  readonly #memory: MemoryBook;
  readonly #ui: () => Ui;
  readonly #onFault: (why: string) => void;
  #timer: NodeJS.Timeout | null = null;
  #kept: readonly unknown[] = [];
  #warned = false;

  /** `onFault`: it cannot be kept; said once until it can again. What is typed stands on the screen all the same. */
  constructor(memory: MemoryBook, ui: () => Ui, onFault: (why: string) => void) {
    this.#memory = memory;
    this.#ui = ui;
    this.#onFault = onFault;
  }

  /** Something may have changed. */
  soon(): void {
    const { draft, history, readMark } = this.#ui();
    const now = [draft.pieces, history, readMark];
    if (this.#timer !== null || now.every((each, i) => each === this.#kept[i])) return;
    this.#kept = now;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.keep();
    }, KEEP_MS);
  }

  /** Keeps it now. */
  keep(): void {
    try {
      this.#memory.keep(worthKeeping(this.#ui()));
      this.#warned = false;
    } catch (fault) {
      if (!this.#warned) this.#onFault(fault instanceof Error ? fault.message : '');
      this.#warned = true;
    }
  }

  /** Leaves all of it to the next console, at once. Throws the system's error. */
  leave(): void {
    this.#memory.leave(worthKeeping(this.#ui()));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

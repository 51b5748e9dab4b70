/** What is searched for in a log, and what one log yields. */
import type { Trace } from '../protocol/questions.ts';

export interface LogQuery {
  readonly text: string;
  /** The text is one whole word, so that `req-12` is not found in `req-123`. */
  readonly isId: boolean;
  /** Older lines are left out; ms since 1970. */
  readonly since: number;
}
export interface SearchContext {
  readonly now: number;
  /** Ends the search; what was found until then is kept. */
  readonly signal: AbortSignal;
}

/** Lines that are kept. */
export const MOST_LINES = 500;
/** How much of one log is read, bytes. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** How much of a line is kept, characters: before what was searched for, and in all. */
const BEFORE = 300;
const LINE_LENGTH = 2_000;

/** What one log yields, the newest line first. */
export class Findings {
  readonly lines: Trace['lines'][number][] = [];
  bytes = 0;
  readonly troubles: string[] = [];
  readonly #log: string;
  /** Matches what is searched for; small and capital letters are the same. */
  readonly pattern: RegExp;

  constructor(log: string, { text, isId }: LogQuery) {
    this.#log = log;
    const literal = text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    this.pattern = new RegExp(isId ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal, 'giu');
  }

  /** Keeps a line, unless there are enough; a long one is cut around what was found at an offset of it. */
  add(at: number | null, line: string, offset: number): void {
    if (!this.isFull) this.lines.push({ log: this.#log, at, text: excerpt(line, offset) });
  }

  /** Keeps a line where the pattern is in it. */
  addMatch(at: number | null, line: string): void {
    this.pattern.lastIndex = 0;
    const found = this.pattern.exec(line);
    if (found !== null) this.add(at, line, found.index);
  }

  get isFull(): boolean {
    return this.lines.length >= MOST_LINES;
  }

  get done(): Trace['logs'][number] {
    const troubles = [
      ...this.troubles,
      ...(this.isFull ? [`only its newest ${this.lines.length} lines are kept`] : []),
    ];
    const trouble = troubles.length === 0 ? null : troubles.join('; ');
    return { log: this.#log, lines: this.lines.length, bytes: this.bytes, trouble };
  }
}

/** A line as it is kept: what was found at `at` stays in it. */
function excerpt(line: string, at: number): string {
  if (line.length <= LINE_LENGTH) return line;
  const from = Math.max(0, Math.min(at - BEFORE, line.length - LINE_LENGTH));
  const end = from + LINE_LENGTH;
  return `${from > 0 ? '…' : ''}${line.slice(from, end)}${end < line.length ? '…' : ''}`;
}

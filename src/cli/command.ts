/** What every command of the shell is made of: its record, its context, and the exit codes of the contract. */
import type { ParseArgsConfig } from 'node:util';

/** Exit codes; scripts rely on them. `io`: this machine would not read or write something: a file, or the answer. */
export const EXIT = { ok: 0, faults: 1, usage: 2, refused: 3, unreachable: 4, queued: 5, io: 74 } as const;

/** Thrown for words a command cannot take; becomes exit code 2 with this sentence. */
export class UsageError extends Error {}

/** Thrown to end with a code of the contract and a sentence on stderr. */
export class Exit extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export type Flags = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Context {
  /** What stands after the command's name, without the options. */
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Writes a line to stdout: a result, or with --json nothing but JSON. */
  out(line: string): void;
  /** Writes a line to stderr: what a person should know. */
  err(line: string): void;
  /** Where a long command is, on a terminal; nothing in a pipe. An empty line takes it away. */
  progress(line: string): void;
  /** The value of an option that takes one. */
  text(name: string): string | undefined;
  on(name: string): boolean;
}

export interface Command {
  readonly name: string;
  /** What follows `warroom`, e.g. `sev 0..3 [--why TEXT]`. */
  readonly usage: string;
  /** What it does; `--help` lists what stands before the first `; `. */
  readonly about: string;
  /** How many words it takes at most; without it any number. */
  readonly words?: number;
  /** Its own options, beside the common ones. */
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  run(context: Context): Promise<number>;
}

/** Options every command takes. */
export const COMMON: NonNullable<ParseArgsConfig['options']> = {
  hub: { type: 'string' },
  as: { type: 'string' },
  token: { type: 'string' },
  incident: { type: 'string' },
  config: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  plain: { type: 'boolean' },
  ascii: { type: 'boolean' },
  theme: { type: 'string' },
  utc: { type: 'boolean' },
  local: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

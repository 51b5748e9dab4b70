/** What every command of the shell is made of: its record, its context, and the exit codes of the contract. */
import type { ParseArgsConfig } from 'node:util';

/** Exit codes; scripts rely on them. `software`: a bug of the program. `io`: this machine would not read or write something. */
export const EXIT = {
  ok: 0,
  faults: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  queued: 5,
  software: 70,
  io: 74,
} as const;

/** Thrown to end with a code of the contract and a sentence on stderr. */
export class Exit extends Error {
  readonly code: number;
  /** What `--json` says; by default a word for the exit code, and the sentence. */
  readonly error: { readonly code: string; readonly message: string };
  /** What stands beside it there. */
  readonly details: object;
  constructor(code: number, message: string, error?: Exit['error'], details: object = {}) {
    super(message);
    this.code = code;
    this.error = error ?? { code: ERROR_WORDS[code] ?? 'failed', message };
    this.details = details;
  }
}

/** Refused with a code of the hub's: `not_found: there is no incident …`. */
export const refusalOf = (code: string, message: string): Exit =>
  new Exit(EXIT.refused, `${code}: ${message}`, { code, message });

/** The `code` of an error under `--json` where the hub gave none. */
const ERROR_WORDS: Readonly<Record<number, string>> = {
  [EXIT.faults]: 'faults',
  [EXIT.usage]: 'usage',
  [EXIT.refused]: 'refused',
  [EXIT.unreachable]: 'unreachable',
  [EXIT.io]: 'io',
};

/** Thrown for words a command cannot take: exit code 2. */
export class UsageError extends Exit {
  constructor(message: string) {
    super(EXIT.usage, message);
  }
}

type Options = NonNullable<ParseArgsConfig['options']>;

export type Flags = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface CliContext {
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
  /** The error for words this command cannot take, with how it is used. */
  wrong(message?: string): UsageError;
}

export interface CliCommand {
  /** What follows `warroom`, e.g. `sev 0..3 [--why TEXT]`. */
  readonly usage: string;
  /** What it does; `--help` lists what stands before the first `; `. */
  readonly about: string;
  /** How many words it takes at most; without it any number. */
  readonly words?: number;
  /** Those of its own options that its usage does not tell. */
  readonly options?: Options;
  run(context: CliContext): Promise<number>;
}

/** Options every command takes. */
export const COMMON: Options = {
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

/** A command's own options: those its usage tells, `--at T` with a value and `--off` without, and the others. */
export function optionsOf({ usage, options }: Pick<CliCommand, 'usage' | 'options'>): Options {
  const told = [...usage.matchAll(/--([a-z][a-z-]*)(?: (?=[^[| -]))?/g)].filter(([, name = '']) => !(name in COMMON));
  const typed = told.map(([match, name = '']) => [name, { type: match.endsWith(' ') ? 'string' : 'boolean' }] as const);
  return { ...Object.fromEntries(typed), ...options };
}

/** `1 rule`, `2 rules`. */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

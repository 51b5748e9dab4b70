/** The parts every shell command is made of: its record, its context, and the exit codes of the contract. */
import type { ParseArgsConfig } from 'node:util';
import { parseDuration, type Zone } from '../incident/time.ts';

/** Exit codes; scripts rely on them. `faults`: also what this machine could not read or write, and a bug of the program. */
export const EXIT = {
  ok: 0,
  faults: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  queued: 5,
} as const;

/** Ends the command with an exit code and a sentence on stderr. */
export class Exit extends Error {
  readonly code: number;
  /** The error under `--json`; by default the name of the exit code, and the sentence. */
  readonly error: { readonly code: string; readonly message: string };
  readonly details: object;
  constructor(code: number, message: string, error?: Exit['error'], details: object = {}) {
    super(message);
    this.code = code;
    const [name = 'failed'] = Object.entries(EXIT).find(([, each]) => each === code) ?? [];
    this.error = error ?? { code: name, message };
    this.details = details;
  }
}

export class UsageError extends Exit {
  constructor(message: string) {
    super(EXIT.usage, message);
  }
}

/** This machine failed to read or write something. */
export const ioFault = (message: string, details?: object): Exit =>
  new Exit(EXIT.faults, message, { code: 'io', message }, details);

/** Refused with a code of the hub's: `not_found: there is no incident …`. */
export const refusalOf = (code: string, message: string): Exit =>
  new Exit(EXIT.refused, `${code}: ${message}`, { code, message });

type Options = NonNullable<ParseArgsConfig['options']>;

export interface CliContext {
  /** The words after the command's name, without the options. */
  readonly args: readonly string[];
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Writes a line to stdout: results; with --json only JSON. */
  out(line: string): void;
  /** Writes to stdout as it is. */
  raw(text: string | Buffer): void;
  /** Writes a line to stderr: messages for a person. */
  err(line: string): void;
  /** Shows the progress of a long command on a terminal, nothing in a pipe. An empty line removes it. */
  progress(line: string): void;
  text(name: string): string | undefined;
  /** All values of an option that may be given more than once. */
  all(name: string): readonly string[];
  on(name: string): boolean;
  /** The error for words this command cannot take, followed by its usage. */
  wrong(message?: string): UsageError;
}
export type OptionSource = Pick<CliContext, 'text' | 'env'>;

export interface CliCommand {
  /** What follows `warroom`, e.g. `sev 0..3 [--why TEXT]`. */
  readonly usage: string;
  /** What it does; `--help` lists the part before the first `; `. */
  readonly about: string;
  /** How many words it takes at most; absent: any number, or none where the usage names none. */
  readonly words?: number;
  /** Its own options that `usage` does not mention. */
  readonly options?: Options;
  run(context: CliContext): Promise<number>;
}

/** The options in a usage: `--at T` takes a value, `--off` does not. */
const inUsage = (usage: string): Options =>
  Object.fromEntries(
    [...usage.matchAll(/--([a-z][a-z-]*)(?: (?=[^[| -]))?/g)].map(([match, name = '']) => [
      name,
      { type: match.endsWith(' ') ? 'string' : 'boolean' },
    ]),
  );

/** Whether anything but options stands in a usage behind the command's name. */
const namesWords = (usage: string): boolean =>
  /\w/.test(usage.replace(/^\w+/, '').replaceAll(/--[a-z-]+(?: [^\s[|-]\S*)?/g, ''));

export const mostWords = ({ usage, words = namesWords(usage) ? Infinity : 0 }: CliCommand): number => words;

/** Options every command takes. */
export const COMMON: Options = {
  ...inUsage('--hub URL --as NAME --token T --incident ID --config DIR --data DIR --theme NAME'),
  ...inUsage('--json --no-color --plain --ascii --utc --local'),
  help: { type: 'boolean', short: 'h' },
};

/** A command's own options: those in its usage, and its `options`. */
export const optionsOf = ({ usage, options }: Pick<CliCommand, 'usage' | 'options'>): Options => ({
  ...Object.fromEntries(Object.entries(inUsage(usage)).filter(([name]) => !(name in COMMON))),
  ...options,
});

/** Prints a result: `value` as one line of JSON with --json, else `lines`. */
export function print({ json, out }: Pick<CliContext, 'json' | 'out'>, value: unknown, lines: readonly string[]): void {
  for (const line of json ? [JSON.stringify(value)] : lines) out(line);
}

/** Only these fields. */
export const pickFields = <T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;

export const zoneOf = (context: CliContext): Zone => (context.on('local') ? 'local' : 'utc');

/** The option `name`, `30m` or `2h`, in ms; undefined without it. */
export function durationOption(context: CliContext, name: string): number | undefined {
  const text = context.text(name);
  const ms = text === undefined ? undefined : parseDuration(text);
  if (ms !== null && ms !== 0) return ms;
  throw new UsageError(`--${name} takes a duration such as 30m, 2h or 1h30m, not "${text}"`);
}

/** The word of `known` that was given, whatever its case. */
export const wordOf = <T extends string>(known: readonly T[], given: string | undefined): T | undefined =>
  known.find((word) => word === given?.toLowerCase());

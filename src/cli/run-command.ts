/** Runs one command: reads its options, refuses what it cannot take, gives it its context. */
import { parseArgs } from 'node:util';
import { safeText } from '../terminal/text.ts';
import { THEMES } from '../terminal/theme.ts';
import { COMMON, EXIT, mostWords, optionsOf, UsageError, type CliCommand, type CliContext } from './command.ts';

type Flags = Readonly<Record<string, unknown>>;

/** Where a command runs: this process, or what runs it inside. */
export interface Surroundings extends Pick<CliContext, 'env'> {
  /** Take whole lines, stdout also whole files. */
  readonly stdout: (text: string | Buffer) => void;
  readonly stderr: (text: string) => void;
}
/** This process. */
export const PROCESS: Surroundings = {
  env: process.env,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
};

/** `argv`: what follows the command's name. */
export async function runCommand(
  command: CliCommand,
  argv: readonly string[],
  surroundings: Surroundings = PROCESS,
): Promise<number> {
  let parsed: { values: Flags; positionals: string[] };
  try {
    parsed = parseArgs({
      args: protectTimes(argv),
      options: { ...COMMON, ...optionsOf(command) },
      allowPositionals: true,
      strict: true,
    });
  } catch (fault) {
    const { wrongOption } = await import('./help.ts');
    throw new UsageError(`${wrongOption(fault, command)}\nusage: warroom ${command.usage}`);
  }
  const { values: flags, positionals } = parsed;
  if (flags['help'] === true) {
    const { commandHelp } = await import('./help.ts');
    surroundings.stdout(commandHelp(command));
    return EXIT.ok;
  }
  refuseOdd(command, positionals, flags);
  return command.run(context(command, positionals, flags, surroundings));
}

/** Refuses what no command can mean: a word too many, an empty variable of a script, both time zones. */
function refuseOdd(command: CliCommand, args: readonly string[], flags: Flags): void {
  const extra = args[mostWords(command)];
  if (extra !== undefined) throw new UsageError(`"${extra}" is a word too many\nusage: warroom ${command.usage}`);
  for (const name of ['hub', 'as', 'token', 'incident', 'config', 'data'])
    if (flags[name] === '') throw new UsageError(`--${name} is empty; give it a value, or leave it out`);
  const theme = flags['theme'];
  if (typeof theme === 'string' && !THEMES.some((known) => known === theme))
    throw new UsageError(`--theme takes ${THEMES.join(', ')}, not "${theme}"`);
  if (flags['utc'] === true && flags['local'] === true) throw new UsageError('--utc or --local, not both');
}

const TIMES = ['--at', '--due', '--from', '--until'];

/** Joins `--at -5m`, because parseArgs takes no separate value that begins with a dash. */
function protectTimes(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (const word of argv) {
    const before = args.at(-1);
    const isTime = before !== undefined && TIMES.includes(before) && /^-\d/.test(word) && !args.includes('--');
    if (isTime) args[args.length - 1] = `${before}=${word}`;
    else args.push(word);
  }
  return args;
}

function context(
  { usage }: CliCommand,
  args: readonly string[],
  flags: Flags,
  { env, stdout, stderr }: Surroundings,
): CliContext {
  return {
    args,
    json: flags['json'] === true,
    env,
    raw: stdout,
    out: (line) => stdout(`${flags['json'] === true ? safeJson(line) : safeText(line)}\n`),
    err: (line) => stderr(`${safeText(line)}\n`),
    progress: (line) => void (process.stderr.isTTY && process.stderr.write(`\r${safeText(line).slice(0, 70)}\u001b[K`)),
    text: (name) => {
      const value = flags[name];
      return typeof value === 'string' ? value : undefined;
    },
    all: (name) => [flags[name]].flat().filter((value) => typeof value === 'string'),
    on: (name) => flags[name] === true,
    wrong: (message) => new UsageError(`${message === undefined ? '' : `${message}\n`}usage: warroom ${usage}`),
  };
}

/** JSON with control and reordering characters escaped; the value is the same. */
export const safeJson = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

#!/usr/bin/env node
/** The entry point: reads the command line, loads the one command, and turns its result into an exit code. */
import { parseArgs } from 'node:util';
import { safeText } from '../terminal/text.ts';
import { THEMES } from '../terminal/theme.ts';
import { COMMON, Exit, EXIT, messageOf, optionsOf, UsageError, type CliCommand, type CliContext } from './command.ts';

/** Ends quietly when the reader is gone (`warroom tail | head`). */
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code === 'EPIPE') process.exit(0);
  process.stderr.write(`warroom: the answer cannot be written: ${fault.message}\n`);
  process.exit(EXIT.io);
});

/** Without stderr only the exit code is left to report with. */
process.stderr.on('error', () => {});

async function main(argv: readonly string[]): Promise<number> {
  const name = argv.find((word, at) => !word.startsWith('-') && !takesValue(argv[at - 1]));
  if (name === undefined) {
    if (argv.includes('--help') || argv.includes('-h')) return help();
    if (argv.includes('--version') || argv.includes('-V')) return showVersion();
    return run((await import('./commands/open.ts')).open, argv);
  }
  if (name === 'help') {
    const asked = argv.slice(argv.indexOf(name) + 1).find((word) => !word.startsWith('-'));
    return asked === undefined ? help() : main([asked, '--help']);
  }
  const { COMMANDS } = await import('./commands/index.ts');
  const load = Object.hasOwn(COMMANDS, name) && name !== 'open' ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const { suggestion } = await import('../incident/fuzzy.ts');
    const known = Object.keys(COMMANDS).filter((each) => each !== 'open');
    throw new UsageError(`there is no command "${name}"${suggestion(name, known)} (warroom --help lists them)`);
  }
  return run(await load(), argv.toSpliced(argv.indexOf(name), 1));
}

/** Whether `word` is a common option followed by a value, so that `--as bob note` finds its command. */
function takesValue(word: string | undefined): boolean {
  if (word === undefined || !word.startsWith('--') || word.includes('=')) return false;
  return COMMON[word.slice(2)]?.type === 'string';
}

type Flags = Readonly<Record<string, unknown>>;

async function run(command: CliCommand, argv: readonly string[]): Promise<number> {
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
    process.stdout.write(commandHelp(command));
    return EXIT.ok;
  }
  refuseOdd(command, positionals, flags);
  return command.run(context(command, positionals, flags));
}

/** Refuses what no command can mean: a word too many, an empty variable of a script, both time zones. */
function refuseOdd(command: CliCommand, args: readonly string[], flags: Flags): void {
  const extra = args[command.words ?? args.length];
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
    if (before !== undefined && TIMES.includes(before) && /^-\d/.test(word))
      args[args.length - 1] = `${before}=${word}`;
    else args.push(word);
  }
  return args;
}

function context({ usage }: CliCommand, args: readonly string[], flags: Flags): CliContext {
  return {
    args,
    json: flags['json'] === true,
    env: process.env,
    out: (line) => void process.stdout.write(`${flags['json'] === true ? safeJson(line) : safeText(line)}\n`),
    err: (line) => void process.stderr.write(`${safeText(line)}\n`),
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
const safeJson = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

async function help(): Promise<number> {
  process.stdout.write(await (await import('./help.ts')).helpText());
  return EXIT.ok;
}

async function showVersion(): Promise<number> {
  process.stdout.write(`warroom ${await (await import('./runtime.ts')).version()}\n`);
  return EXIT.ok;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (fault: unknown) => {
    const { code, message, error, details } = failure(fault);
    process.stderr.write(`warroom: ${safeText(message)}\n`);
    if (wantsJson(process.argv)) process.stdout.write(`${safeJson(JSON.stringify({ error, ...details }))}\n`);
    process.exitCode = code;
  },
);

/** Whether JSON was asked for, also where the command line could not be parsed. */
const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
};

function failure(fault: unknown): Pick<Exit, 'code' | 'message' | 'error' | 'details'> {
  if (fault instanceof Exit) return fault;
  // A system error names the file and the reason: not a bug of the program.
  if (fault instanceof Error && 'syscall' in fault) return new Exit(EXIT.io, fault.message);
  const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  const error = { code: 'internal', message: messageOf(fault) };
  return new Exit(EXIT.software, `this is a fault of the program: ${text}`, error);
}

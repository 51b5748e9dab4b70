#!/usr/bin/env node
/** The entry point: reads the command line, loads the one command, and turns its result into an exit code. */
import { safeText } from '../terminal/text.ts';
import { COMMON, Exit, EXIT, messageOf, UsageError } from './command.ts';
import { runCommand, safeJson } from './run-command.ts';

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
    return runCommand((await import('./commands/open.ts')).open, argv);
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
  return runCommand(await load(), argv.toSpliced(argv.indexOf(name), 1));
}

/** Whether `word` is a common option followed by a value, so that `--as bob note` finds its command. */
function takesValue(word: string | undefined): boolean {
  if (word === undefined || !word.startsWith('--') || word.includes('=')) return false;
  return COMMON[word.slice(2)]?.type === 'string';
}

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

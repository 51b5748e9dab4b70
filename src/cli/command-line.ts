/** A whole command line: loads the one command it names, and turns its result into an exit code. */
import { errorMessage } from '../incident/words.ts';
import { safeText } from '../terminal/text.ts';
import { COMMON, Exit, EXIT, ioFault, UsageError } from './command.ts';
import { PROCESS, runCommand, safeJson, type Surroundings } from './run-command.ts';

/** `argv`: what follows `warroom`. A fault is said on stderr, under `--json` also on stdout. */
export async function runLine(argv: readonly string[], surroundings: Surroundings = PROCESS): Promise<number> {
  try {
    return await named(argv, surroundings);
  } catch (fault) {
    const { code, message, error, details } = failure(fault);
    surroundings.stderr(`warroom: ${safeText(message)}\n`);
    if (wantsJson(argv)) surroundings.stdout(`${safeJson(JSON.stringify({ error, ...details }))}\n`);
    return code;
  }
}

async function named(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const name = argv.find((word, at) => !word.startsWith('-') && !takesValue(argv[at - 1]));
  if (name === undefined) {
    if (argv.includes('--help') || argv.includes('-h')) return help(surroundings);
    if (argv.includes('--version') || argv.includes('-V')) return showVersion(surroundings);
    return runCommand((await import('./commands/open.ts')).open, argv, surroundings);
  }
  if (name === 'help') {
    const asked = argv.slice(argv.indexOf(name) + 1).find((word) => !word.startsWith('-'));
    return asked === undefined ? help(surroundings) : named([asked, '--help'], surroundings);
  }
  const { COMMANDS } = await import('./commands/index.ts');
  const load = Object.hasOwn(COMMANDS, name) && name !== 'open' ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const { suggestion } = await import('../incident/fuzzy.ts');
    const known = Object.keys(COMMANDS).filter((each) => each !== 'open');
    throw new UsageError(`there is no command "${name}"${suggestion(name, known)} (warroom --help lists them)`);
  }
  return runCommand(await load(), argv.toSpliced(argv.indexOf(name), 1), surroundings);
}

/** Whether `word` is a common option followed by a value, so that `--as bob note` finds its command. */
function takesValue(word: string | undefined): boolean {
  if (word === undefined || !word.startsWith('--') || word.includes('=')) return false;
  return COMMON[word.slice(2)]?.type === 'string';
}

async function help({ stdout }: Surroundings): Promise<number> {
  stdout(await (await import('./help.ts')).helpText());
  return EXIT.ok;
}

async function showVersion({ stdout }: Surroundings): Promise<number> {
  stdout(`warroom ${await (await import('./runtime.ts')).version()}\n`);
  return EXIT.ok;
}

/** Whether JSON was asked for, also where the command line could not be parsed. */
const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
};

function failure(fault: unknown): Pick<Exit, 'code' | 'message' | 'error' | 'details'> {
  if (fault instanceof Exit) return fault;
  // A system error names the file and the reason: not a bug of the program.
  if (fault instanceof Error && 'syscall' in fault) return ioFault(fault.message);
  const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  const error = { code: 'internal', message: errorMessage(fault) };
  return new Exit(EXIT.faults, `this is a fault of the program: ${text}`, error);
}

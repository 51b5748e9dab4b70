/** `warroom --help` and `warroom COMMAND --help`, generated from the command table; the errors for wrong options. */
import { errorMessage } from '../incident/words.ts';
import { wrapText } from '../terminal/text.ts';
import { nearest } from '../incident/fuzzy.ts';
import { COMMON, optionsOf, type CliCommand } from './command.ts';
import { COMMANDS } from './commands/index.ts';

const COLS = 80;

const COMMON_OPTIONS = `Options of every command:
    --hub URL        another hub than this machine's
    --as NAME        who you are
    --token T        what lets you in; or WARROOM_TOKEN
    --incident ID    which incident, where several are open
    --config DIR     --data DIR
    --json  --plain  --no-color  --ascii  --utc  --local
    --theme auto|dark|light|high-contrast|mono
`;
const EXIT_CODES = `Exit codes: 0 done and durable, 1 faults found, or this machine could not
    read or write, 2 wrong usage, 3 refused by the hub, 4 hub out of reach,
    5 queued and not yet sent
`;

export async function helpText(): Promise<string> {
  const lines = ['warroom: a war room in the terminal', ''];
  for (const [name, load] of Object.entries(COMMANDS)) {
    const [short = ''] = (await load()).about.split('; ', 1);
    lines.push(`    warroom ${(name === 'open' ? '' : name).padEnd(12)}${short}`);
  }
  return [
    ...lines,
    '',
    'warroom COMMAND --help says what one takes; warroom --version',
    '',
    COMMON_OPTIONS,
    EXIT_CODES,
  ].join('\n');
}

export function commandHelp(command: CliCommand): string {
  const { usage, about } = command;
  const own = Object.entries(optionsOf(command)).map(([name, { type }]) =>
    type === 'string' ? `--${name} VALUE` : `--${name}`,
  );
  const indented = (text: string): readonly string[] => wrapText(text, COLS - 8).map((line) => `        ${line}`);
  return [
    ...usage.split('  |  ').flatMap((one) => wrapText(`warroom ${one}`.trimEnd(), COLS)),
    ...indented(about),
    ...(own.length === 0 ? [] : indented(`options: ${own.join(', ')}`)),
    '',
    COMMON_OPTIONS,
  ].join('\n');
}

export function wrongOption(fault: unknown, command: Pick<CliCommand, 'options' | 'usage'>): string {
  const message = errorMessage(fault);
  const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
  if (unknown === undefined) return wrongValue(message);
  const guess = nearest(unknown.replace(/^-+/, ''), Object.keys({ ...COMMON, ...optionsOf(command) }));
  const meant = guess === null ? '' : `; did you mean "--${guess}"?`;
  const text = /TEXT|TITLE/.test(command.usage) ? ' (words that begin with a dash stand behind --)' : '';
  return `there is no option "${unknown}"${meant}${text}`;
}

function wrongValue(message: string): string {
  const option = /'(?:-\w, )?(--[\w-]+)[^']*'/.exec(message)?.[1];
  if (option === undefined) return message.split('\n')[0] ?? '';
  if (message.includes('does not take an argument')) return `${option} takes no value`;
  return `${option} needs a value${message.includes('ambiguous') ? `; one that begins with a dash is written ${option}=-…` : ''}`;
}

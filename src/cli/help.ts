/** `warroom --help` and `warroom COMMAND --help`, made from the command table. */
import { COMMON, type Command } from './command.ts';
import { COMMANDS } from './commands/index.ts';

export async function helpText(): Promise<string> {
  const lines = ['warroom: a war room in the terminal', ''];
  for (const load of Object.values(COMMANDS)) {
    const { usage, about } = await load();
    const head = `    warroom ${usage}`.trimEnd();
    lines.push(head.length < 46 ? `${head.padEnd(46)}${about}` : `${head}\n${' '.repeat(46)}${about}`);
  }
  return [
    ...lines,
    '',
    'Common options: --hub URL, --as NAME, --token T (or WARROOM_TOKEN), --incident ID, --config DIR, --data DIR,',
    '    --json, --no-color, --plain, --ascii, --theme auto|dark|light|high-contrast|mono, --utc | --local',
    'Exit codes: 0 done and durable, 1 faults found, 2 wrong usage, 3 refused by the hub, 4 hub out of reach, 5 queued',
    'warroom COMMAND --help says more of one; warroom --version',
    '',
  ].join('\n');
}

/** What one command takes. */
export function commandHelp({ usage, about, options = {} }: Command): string {
  const named = (from: NonNullable<Command['options']>): string =>
    Object.entries(from)
      .map(([name, { type }]) => (type === 'string' ? `--${name} VALUE` : `--${name}`))
      .join(', ');
  const own = Object.keys(options).length === 0 ? [] : [`    options: ${named(options)}`];
  const common = `    as for every command: ${named(COMMON)}`;
  return [`warroom ${usage}`.trimEnd(), `    ${about}`, ...own, common, ''].join('\n');
}

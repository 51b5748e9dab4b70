/** `docs/keys.md` is made from the tables of keys and actions. `npx vitest run test/console/keys.test.ts -u` writes it. */
import { expect, test } from 'vitest';
import { usageOf, type Group } from '../../src/console/action.ts';
import { ACTIONS } from '../../src/console/actions/index.ts';
import { JOBS, WORDS, type Job } from './jobs.ts';
import { keyLabel, KEYS, PREFIXES } from '../../src/console/keymap.ts';

test('docs/keys.md is what the tables say', async () => {
  await expect(keysDocument()).toMatchFileSnapshot('../../docs/keys.md');
});

const GROUPS: Readonly<Record<Group, string>> = {
  act: 'The incident',
  write: 'The timeline',
  look: 'Looking',
  room: 'The room',
};

/** A Markdown table with its columns aligned, as the formatter wants it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)];
}

/** `docs/keys.md`, whole. */
function keysDocument(): string {
  const lines = [
    '# Keys and commands',
    '',
    'Made from the tables in `src/console/keymap.ts` and `src/console/actions/`; `npm test` fails when it is stale.',
    'Letters never act: what you type goes into the input line, and Enter logs it.',
  ];
  for (const where of new Set(KEYS.map((line) => line.where))) {
    const rows = KEYS.filter((line) => line.where === where).map(({ keys, does }) => [keys, does]);
    lines.push(
      '',
      `## ${where === 'input line' || where === 'timeline and panels' ? 'In the' : 'In a'} ${where}`,
      '',
      ...table(['key', 'what it does'], rows),
    );
  }
  const typed = PREFIXES.map((prefix) => [`\`${prefix.typed}\``, prefix.does]);
  lines.push('', '## At the start of an entry', '', ...table(['typed', 'what it means'], typed));
  for (const group of Object.keys(GROUPS) as Group[]) {
    const rows = ACTIONS.filter((action) => action.group === group).map((action) => {
      const keys = [action.key, action.alt].flatMap((key) => (key === undefined ? [] : [keyLabel(key)])).join(', ');
      return [`\`${usageOf(action)}\``, keys, action.does];
    });
    lines.push('', `## ${GROUPS[group]}`, '', ...table(['command', 'key', 'what it does'], rows));
  }
  const jobs = Object.values<Job>(JOBS).map(({ does, keys, words }) => {
    const pressed = keys.filter((key) => key !== WORDS).length;
    return [
      does,
      keys.map((key) => (key === WORDS ? `_${words}_` : key)).join(' '),
      `${pressed}${words === undefined ? '' : ` and ${words}`}`,
    ];
  });
  lines.push(
    '',
    '## Keystrokes',
    '',
    'What people do most, counted; a test presses exactly these keys.',
    '',
    ...table(['to', 'press', 'keys'], jobs),
  );
  return `${lines.join('\n')}\n`;
}

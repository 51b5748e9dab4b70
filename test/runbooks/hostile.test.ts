/** Whatever a file holds: reading it never throws, ends soon, and every place it names is in the file. */
import { expect, test } from 'vitest';
import { readRunbook } from '../../src/runbooks/document.ts';
import fc from '../support/property.ts';
import { OURS } from './world.ts';

const SIZE = 2 ** 18;
const filled = (text: string): string => text.repeat(Math.ceil(SIZE / text.length)).slice(0, SIZE);
const inSql = (text: string): string => `${OURS}\`\`\`sql {name=a kind=observe}\n${text}\n\`\`\`\n`;

const HOSTILE: Readonly<Record<string, string>> = {
  fences: filled('```sh {name=a}\nrm x\n```\n'),
  'fences in lists': filled('- a\n  ```sh {"name":"a"}\n  x ${{y}}\n  ```\n'),
  'nested lists': Array.from({ length: 1_400 }, (_, i) => `${' '.repeat(i)}- a`).join('\n'),
  'nested lists with fences': Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}- \`\`\`sh\n`).join(''),
  quotes: filled('> '),
  'quotes without their marks': `${'> '.repeat(100)}a\n${'a\n'.repeat(20_000)}`,
  headings: filled('# a\n'),
  'headings about escalation': filled('# escalate\n- x\n'),
  'a heading of marks': `# ${filled('_*`[a](b {')}`,
  'a heading of blanks': `# a${filled(' ')}b`,
  items: filled('1. a\n'),
  comments: filled('<!-- a\n'),
  'a comment a line': filled('<!-- a -->\n'),
  attributes: `\`\`\`sh {${filled('a="b c" ')}}\nx\n\`\`\`\n`,
  'JSON attributes': `\`\`\`sh {"a":"b"${filled(',"a":"b"')}}\nx\n\`\`\`\n`,
  braces: `\`\`\`sh ${filled('{')}\nx\n\`\`\`\n`,
  'open fences': filled('```\n'),
  'front matter': `---\nwarroom:\n  params:\n${Array.from({ length: 30_000 }, (_, i) => `    p${i}: 1\n`).join('')}---\n`,
  'front matter without end': `---\na: b\n${filled('a: b\n')}`,
  'nested front matter': `---\nwarroom: ${filled('[')}\n---\n`,
  parameters: inSql(filled('${{zebra}} ')),
  'SQL statements': inSql(filled('DROP x;')),
  'SQL comments': inSql(filled('/*')),
  'SQL strings': inSql(filled("'")),
  'SQL dollars': inSql(filled('$a$ $b$ ')),
  words: inSql(filled('update ')),
  'redis commands': `${OURS}\`\`\`redis {name=a kind=observe}\n${filled('FLUSHALL\n')}\`\`\`\n`,
  placeholders: `\`\`\`sh\n${filled('<a b $C ')}\n\`\`\`\n`,
  'different placeholders': `\`\`\`sh\n${Array.from({ length: 100_000 }, (_, i) => `<p${i}> $V${i}\n`).join('')}\`\`\`\n`,
  prompts: `\`\`\`console\n${filled('$ a <<EOF\n')}\`\`\`\n`,
  'open quotes': `\`\`\`console\n${filled("$ echo 'a\n")}\`\`\`\n`,
  'kubectl in one line': `\`\`\`sh\n${filled('kubectl ')}\n\`\`\`\n`,
  'kubectl in lines': `\`\`\`sh\n${filled(`${'kubectl '.repeat(60)}\n`)}\`\`\`\n`,
  blanks: `\`\`\`\n${filled(' ')}\n\`\`\`\n`,
  underscores: `\`\`\`\n${filled('a_')}\n\`\`\`\n`,
  letters: filled('\0\u202e\u{1f600}'),
  'one line': filled('x'),
};

/** Processor time, which other programs do not stretch. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

test.each(Object.entries(HOSTILE))('256 KiB of %s are read within its time', (_, text) => {
  const start = process.cpuUsage();
  const { runbook, faults } = readRunbook({ path: 'r.md', text }, 'r');
  expect(cpuMs(start)).toBeLessThan(3_000);
  expect(runbook.steps.length).toBeLessThanOrEqual(500);
  expect(faults.length).toBeLessThanOrEqual(200);
});

test('four times the text takes about four times the time', () => {
  // Other parsers take minutes for a megabyte of this.
  const text = '- a\n  ```sh {name=a}\n  rm <x>\n  ```\n';
  const time = (repeats: number): number => {
    const times = Array.from({ length: 3 }, () => {
      const start = process.cpuUsage();
      readRunbook({ path: 'r.md', text: text.repeat(repeats) }, 'r');
      return cpuMs(start);
    });
    return Math.min(...times);
  };
  time(500);
  expect(time(8_000) / time(2_000)).toBeLessThan(10);
});

test('a file that is too long or cannot be read is a fault, and is empty', () => {
  const long = readRunbook({ path: 'r.md', text: 'x'.repeat(2_000_001) }, 'r');
  expect(long.faults.map(({ message }) => message)).toEqual(['the file is larger than 2000000 characters']);
  expect(long.runbook).toMatchObject({ steps: [], title: 'r', text: '' });
  const unread = readRunbook({ path: 'r.md', text: '', unread: 'EACCES' }, 'r');
  expect(unread.faults.map(({ message }) => message)).toEqual(['the file cannot be read (EACCES)']);
});

const pieces = [
  '---\n|warroom: { params: { a: 1 } }\n|# H\n|- |1. |  |\t|> |\n|\r\n|\r|\0|\uFEFF|[ ] |[a](b)|\\|\u{1f600}|\ud800|```|~~~|````|sh|sql|redis',
  'http|ask| {name=a| kind=mutate| kind=observe|}|{"name":"b"}| uses=redis.expire-missing|"|\'|=|${{a}}|${{|<x>|$Y|$ |<!--|-->',
  '<<EOF|;|--|/*|SELECT 1|DROP|INFO|GET /|constructor|__proto__',
].flatMap((some) => some.split('|'));

test('nothing throws, steps have names of their own, and places are in the file', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })), { maxLength: 60 }),
      (parts) => {
        const text = parts.join('');
        const { runbook, faults } = readRunbook({ path: 'r.md', text }, 'r');
        const lines = text.replace(/^\uFEFF/, '').split(/\r\n?|\n/);
        for (const { line, column } of faults) {
          expect(lines.length).toBeGreaterThanOrEqual(line);
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        }
        const { steps, sections } = runbook;
        expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
        for (const { line } of [...steps, ...sections]) expect(lines.length).toBeGreaterThanOrEqual(line);
        expect(runbook.text.split('\n')).toHaveLength(lines.length);
        // What would run has been said to be ours, with a name, and observes or uses a step that is built in.
        for (const step of steps.filter(({ isExecutable }) => isExecutable)) {
          expect(text).toContain('warroom');
          expect(['a', 'b']).toContain(step.name);
          expect(step.kind === 'observe' || step.uses !== null || step.language === 'sh').toBe(true);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

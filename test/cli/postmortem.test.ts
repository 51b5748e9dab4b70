/** `warroom postmortem` on a real hub; `--edit` as a whole process, with real shell scripts as editors. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InProcess, type Ran } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());
let incident = '';
beforeAll(async () => {
  mkdirSync(path.join(place.data, 'tmp'));
  await place.hub();
  ({ incident } = (await place.json(['declare', 'pool exhausted', '--sev', '1'])) as { incident: string });
  await place.json(['note', 'limit the pool', '--kind', 'action', '--to', 'ben']);
}, 60_000);

let scripts = 0;
/** Runs `--edit` with a shell script as the editor; `$1` is the file. */
function edit(script: string, more: readonly string[] = []): Promise<Ran> {
  const editor = path.join(place.data, `editor-${++scripts}.sh`);
  writeFileSync(editor, `#!/bin/sh\n${script}\n`);
  chmodSync(editor, 0o755);
  const env = { EDITOR: editor, TMPDIR: path.join(place.data, 'tmp') };
  return place.whole(['postmortem', '--edit', '--incident', incident, ...more], { env });
}
const into = (section: string, text: string): string => `sed -i 's/^<!-- begin ${section} -->$/&\\n${text}/' "$1"`;
const keptFile = ({ stderr }: Ran): string => /(\/\S+\/postmortem-\S+\.md)/.exec(stderr)?.[1] ?? '';
const shown = async (): Promise<Record<string, unknown>> =>
  (await place.json(['postmortem', '--incident', incident])) as Record<string, unknown>;

test('while it runs there is a draft to look at, and nothing to write', async () => {
  expect(await shown()).toMatchObject({ incident, publishedAt: null, dueAt: null, late: false });
  expect(await edit(into('cause', 'x'))).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('once the incident is resolved'),
  });
  expect(await place.run(['postmortem', '--publish'])).toMatchObject({
    code: 3,
    // Nothing was published, and so nothing is said of what is empty in it.
    stderr: expect.stringMatching(/^[^\n]*not_now[^\n]*\n$/),
  });
  expect((await place.run(['postmortem', '--edit', '--publish'])).code).toBe(2);
  await place.json(['status', 'resolved']);
});

test('an editor: what changed is written by section, rows of the table become actions', async () => {
  const rows = String.raw`sed -i 's/^| 2 | limit the pool | ben |  |/| 2 | limit the pool | cyd | 2099-01-31 |/; s/^<!-- end actions -->/|  | alarm at 80 % |  |  | OPS-7 | |\n&/' "$1"`;
  const ran = await edit(`${into('cause', 'The pool had no limit.')}\n${into('well', '- quick')}\n${rows}`);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout.split('\n')).toEqual([
    '#4 Root Cause: written',
    '#5 What Went Well: written',
    '#6 action #2: to, due: written',
    '#7 action "alarm at 80 %": written',
    '',
  ]);
  expect(await shown()).toMatchObject({
    sections: { cause: { text: 'The pool had no limit.', by: 'alice', seq: 4 }, impact: null },
    empty: ['impact', 'factors', 'poorly', 'lessons', 'whys'],
    actions: [
      { seq: 2, owner: 'cyd', due: '2099-01-31T23:59:59.000Z' },
      { seq: 7, ticket: 'OPS-7', owner: null },
    ],
  });
  // What is there is not sent again, and the file is gone.
  expect(await edit('true')).toMatchObject({ code: 0, stdout: 'nothing was changed\n' });
  expect(await edit('touch "$1"; cp "$1" "$1.bak"; cat "$1.bak" > "$1"')).toMatchObject({
    stdout: 'nothing was changed\n',
  });
  expect(await place.run(['next', '--incident', incident])).toMatchObject({
    stdout: expect.stringContaining('warroom postmortem --edit'),
  });
});

test('somebody else wrote meanwhile: theirs stays, mine is kept, and what did not meet is written', async () => {
  const meanwhile = `WARROOM_NAME=ben EDITOR="${path.join(place.data, 'theirs.sh')}" "${process.execPath}" dist/src/cli/main.js postmortem --edit --incident ${incident} >/dev/null`;
  writeFileSync(
    path.join(place.data, 'theirs.sh'),
    `#!/bin/sh\nsed -i 's/^The pool had no limit\\.$/The pool had a limit of 20./' "$1"\n`,
    { mode: 0o755 },
  );
  const ran = await edit(
    `${meanwhile}\nsed -i 's/^The pool had no limit\\.$/Mine./' "$1"\n${into('poorly', '- ana should have looked')}`,
  );
  expect(ran).toMatchObject({ code: 3, stdout: expect.stringMatching(/^#9 What Went Poorly: written\n$/) });
  expect(ran.stderr).toMatch(/Root Cause: not taken \(conflict\): ben wrote "Root Cause" at .*\(#8\)/);
  expect(ran.stderr).toContain('1 of 2 changes were not taken; 1 are written');
  expect(ran.stderr).toContain('What Went Poorly, line 1: "should have"');
  expect(readFileSync(keptFile(ran), 'utf8')).toContain('\nMine.\n');
  expect(await shown()).toMatchObject({ sections: { cause: { text: 'The pool had a limit of 20.', by: 'ben' } } });
});

test.each([
  [
    'one that fails after it wrote',
    `${into('whys', 'typed')}\nexit 3`,
    /ended with 3; nothing was sent, what you wrote is in /,
  ],
  ['one that is killed', `${into('whys', 'typed')}\nkill -9 $$`, /was killed \(SIGKILL\); nothing was sent/],
  [
    'control characters',
    into('whys', 'typed \\x1b[2J'),
    /line \d+, "5 Whys Analysis": a control character; nothing was sent/,
  ],
  ['bytes that are no text', `${into('whys', 'typed')}\nprintf '\\377\\376' >> "$1"`, /is not UTF-8; nothing was sent/],
  [
    'marks that are gone',
    `${into('whys', 'typed')}\nsed -i '/begin lessons/d' "$1"`,
    /has no "<!-- begin lessons -->"/,
  ],
] as const)('an editor: %s; nothing is lost, and nothing is sent', async (_, script, words) => {
  const before = await shown();
  const ran = await edit(script);
  expect([ran.code, ran.stdout]).toEqual([1, '']);
  expect(ran.stderr).toMatch(words);
  expect(readFileSync(keptFile(ran), 'latin1')).toContain('typed');
  expect(await shown()).toEqual(before);
});

test('an editor that is missing, deletes the file, or that nobody named', async () => {
  const gone = await edit('rm "$1"');
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot be read .*; nothing was sent\n$/) });
  expect(await edit('exit 1')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/ended with 1; nothing was changed/),
  });
  const run = (env: NodeJS.ProcessEnv) =>
    place.whole(['postmortem', '--edit', '--incident', incident, '--json'], { env });
  expect(JSON.parse((await run({ VISUAL: 'no-such-editor --wait' })).stdout)).toMatchObject({
    error: { message: expect.stringContaining('"no-such-editor --wait" cannot be found') },
  });
  expect((await run({})).code).toBe(2);
  // With words of its own, as `code --wait` has them; stdout stays JSON.
  const words = await run({ VISUAL: 'sh -c "echo said; sed -i s/^.Mine/x/ \\"\\$1\\"" sh' });
  expect(JSON.parse(words.stdout)).toEqual({ incident, written: [] });
});

test('the hub goes away while the editor is open: the file is kept, and its path is said', async () => {
  const other = new InProcess();
  await other.hub();
  await other.json(['declare', 'x', '--sev', '1']);
  await other.json(['status', 'resolved']);
  const stop = `"${process.execPath}" dist/src/cli/main.js hub stop --data ${other.data}`;
  const script = path.join(other.data, 'editor.sh');
  writeFileSync(script, `#!/bin/sh\n${into('cause', 'typed')}\n${stop}\n`, { mode: 0o755 });
  const ran = await other.whole(['postmortem', '--edit'], { env: { EDITOR: script } });
  expect(ran.code).toBe(4);
  expect(readFileSync(keptFile(ran), 'utf8')).toContain('\ntyped\n');
  // Without a hub there is still the draft.
  const draft = await other.run(['postmortem', '--incident', 'x']);
  expect(draft).toMatchObject({ code: 0, stdout: expect.stringContaining('# Incident Postmortem: x') });
  await other.close();
});

test('published with what is empty in the record, again after a change, as Markdown and as a page', async () => {
  const first = await place.run(['postmortem', '--publish', '--incident', incident]);
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(`published the postmortem of ${incident}`) });
  expect(first.stderr).toContain(
    'published without "Impact", "Contributing Factors", "Lessons Learned" and "5 Whys Analysis"; the record says so',
  );
  expect(await place.run(['postmortem', '--publish', '--incident', incident])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('nothing changed since'),
  });
  const published = (await shown())['publishedAt'];
  await edit(into('lessons', 'Limits belong to the pool.'));
  expect(await place.run(['postmortem', '--publish', '--incident', incident])).toMatchObject({ code: 0 });
  expect(await shown()).toMatchObject({
    publishedAt: published,
    late: false,
    hints: [{ section: 'poorly', words: 'should have' }],
  });
  expect(await place.json(['kpi'])).toMatchObject({ postmortemRate: { published: 1, late: 0 } });

  const out = path.join(place.data, 'pm.html');
  expect(await place.json(['postmortem', '--out', out, '--incident', incident])).toMatchObject({
    format: 'html',
    file: out,
  });
  expect(readFileSync(out, 'utf8')).toContain('<h2>Lessons Learned</h2>\n<p>Limits belong to the pool.</p>');
  expect(await place.run(['postmortem', '--out', '/no/such/pm.md', '--incident', incident])).toMatchObject({ code: 2 });
  expect(existsSync('/no/such')).toBe(false);
  const { stdout } = await place.run(['postmortem', '--incident', incident]);
  expect(stdout).toMatch(/^# Incident Postmortem: pool exhausted\n/);
});

/** `warroom runbook`: list, show and check, and the page about runbooks. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UsageError, type CliContext } from '../../src/cli/command.ts';
import runbook from '../../src/cli/commands/runbook.ts';
import { loadConfig, shippedDir } from '../../src/config/config.ts';
import { runbookFor } from '../../src/runbooks/find.ts';
import { readRunbooks } from '../../src/runbooks/folder.ts';
import { USES } from '../../src/runbooks/uses.ts';

const root = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/runbooks.md'), 'utf8');
const example = /^````md\n([\s\S]*?)^````$/m.exec(page)?.[1] ?? '';
const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-runbooks-'));
afterAll(() => rmSync(dir, { recursive: true }));
mkdirSync(path.join(dir, 'runbooks/teams/a'), { recursive: true });
const put = (name: string, text: string): void => writeFileSync(path.join(dir, name), text);
put('warroom.yaml', 'targets:\n  - { name: orders, kind: postgres, url: "postgres://127.0.0.1:1/x" }\n');
put('runbooks/queue-stuck.md', example);
put('runbooks/redis-memory-full.md', '# Ours\n\n1. Call ana.\n\x1b[2J\n');
put('runbooks/teams/a/KubeletDown.md', '# KubeletDown\n\n```sh\nkubectl get nodes\n```\n');
put('runbooks/notes.txt', 'no runbook');

async function run(args: readonly string[], json = false): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const context: CliContext = {
    args,
    json,
    env: {},
    out: (line) => void out.push(line.replaceAll(`${dir}/runbooks/`, '')),
    err: (line) => void err.push(line.replaceAll(`${dir}/runbooks/`, '')),
    raw: () => {},
    progress: () => {},
    text: (name) => (name === 'config' ? dir : undefined),
    on: () => false,
    all: () => [],
    wrong: (message) => new UsageError(message ?? ''),
  };
  return { code: await runbook.run(context), out, err };
}
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run(args, true)).out[0] ?? '');

test('the folder’s own runbooks, those in folders below it, and the shipped ones it does not replace', async () => {
  expect(await json('list')).toMatchObject([
    { name: 'database-connection-pool-exhausted', alert: 'Database Pool Exhausted', severity: 'SEV-1', runs: 7 },
    { name: 'oauth-provider-down' },
    { name: 'queue-stuck', title: 'Queue stuck', alert: 'Queue Stuck', severity: 'SEV-2', steps: 4, runs: 2 },
    { name: 'redis-memory-full', title: 'Ours', alert: null, severity: null, steps: 1, runs: 0 },
    { name: 'teams/a/KubeletDown', steps: 1, runs: 0 },
    { name: 'websocket-connections-down' },
    { name: 'websocket-server-overload' },
  ]);
  expect((await run(['list'])).out).toContain(
    'queue-stuck                         SEV-2  Queue stuck (4 steps, 2 can be run, for Queue Stuck)',
  );
});

test('show answers the contract’s shape, by name, by link and by alert', async () => {
  const shown = await json('show', 'queue-stuck');
  expect(shown).toMatchObject({ name: 'queue-stuck', title: 'Queue stuck', alert: 'Queue Stuck', severity: 'SEV-2' });
  const { steps } = shown as { steps: readonly Record<string, unknown>[] };
  expect(steps.map(({ name, kind, language, params }) => [name, kind, language, params])).toEqual([
    ['waiting', 'observe', 'sql', ['queue']],
    ['health', 'observe', 'http', ['token']],
    ['team', 'ask', null, []],
    ['end-idle', 'mutate', 'sql', ['idle']],
  ]);
  expect(steps[2]).toMatchObject({ text: 'Which team has been told?\n' });
  expect(await json('show', 'Queue Stuck')).toMatchObject({ name: 'queue-stuck' });
  expect(await json('show', 'https://x.org/r/kubeletdown/')).toMatchObject({ name: 'teams/a/KubeletDown' });
  const { out } = await run(['show', 'queue-stuck']);
  expect(out.slice(0, 3)).toEqual([
    'Queue stuck',
    'SEV-2, for Queue Stuck',
    'parameters: queue=mail, minutes=10, token=?',
  ]);
  expect(out.join('\n')).toContain('> waiting                  observe sql    SELECT id, created_at FROM jobs');
  expect((await run(['show', 'redis-memory-full'])).out.slice(0, -1).join('')).not.toContain('\x1b');
  await expect(run(['show', 'queue-stick'])).rejects.toThrow(
    'there is no runbook "queue-stick"; did you mean "queue-stuck"?',
  );
  await expect(run(['show'])).rejects.toThrow('runbook needs');
});

test('check says what the page says it says, and fails', async () => {
  const file = path.join(dir, 'runbooks/queue-stuck.md');
  const { code, out, err } = await run(['check', file]);
  expect(code).toBe(1);
  expect(page).toContain(`\`\`\`text\n${[...err, ...out].join('\n')}\n\`\`\``);
  expect(await json('check', file)).toMatchObject({
    runbooks: 1,
    faults: [{ file: 'queue-stuck.md', line: 41, column: 78, message: expect.stringContaining('${{idle}}') as string }],
    warnings: [{ line: 7 }],
  });
  await expect(run(['check', 'nowhere.md'])).rejects.toThrow('there is no file nowhere.md');
  const mended = example.replace('    minutes: 10\n', '    idle: 60s\n');
  put('runbooks/queue-stuck.md', mended);
  expect(await run(['check', file])).toEqual({ code: 0, out: ['1 runbook, 0 faults, 0 to look at'], err: [] });
  put('runbooks/queue-stuck.md', mended.replace('target=orders', 'target=order'));
  expect((await run(['check'])).err.join('\n')).toContain('there is no target "order"; did you mean "orders"?');
  put('runbooks/queue-stuck.md', example);
});

test('the targets are not checked where the configuration has faults, and that is said', async () => {
  const good = readFileSync(path.join(dir, 'warroom.yaml'), 'utf8');
  put('warroom.yaml', 'targets: 1\n');
  const { err } = await run(['check']);
  expect(err[0]).toBe('the configuration has faults (warroom check): the targets of steps are not checked');
  put('warroom.yaml', good);
});

test('the shipped runbooks are whole: each alert has one, and what they use is on the page', async () => {
  const shipped = readRunbooks([shippedDir()]);
  const config = await loadConfig({ dir: shippedDir(), env: {} });
  if ('faults' in config) throw new Error(JSON.stringify(config.faults));
  for (const rule of config.rules) {
    const found = runbookFor(shipped, { rule: rule.name, runbook: rule.runbook });
    expect(found?.runbook.name).toBe(rule.runbook);
    expect(found?.runbook.alerts).toContain(rule.name);
    expect(found?.runbook.severity).toBe(rule.severity);
  }
  const uses = shipped.flatMap(({ steps }) =>
    steps.filter(({ isExecutable }) => isExecutable).map((step) => step.uses),
  );
  for (const name of Object.keys(USES)) expect(uses, name).toContain(name);
  const rows = page.replace(/ +/g, ' ');
  for (const [name, { language, params }] of Object.entries(USES)) {
    const cells = [`\`${name}\``, `\`${language}\``, params.map((one) => `\`${one}\``).join(' ')];
    expect(rows).toContain(`| ${cells.join(' | ')} |`.replace(/ +/g, ' '));
  }
  const { code, out } = await run(['check', ...shipped.map(({ file }) => file)]);
  expect([code, out]).toEqual([0, [expect.stringMatching(/^5 runbooks, 0 faults/)]]);
});

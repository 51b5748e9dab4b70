/** `warroom runbook run`: what it prints, what it asks, and with which exit code it ends. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { InProcess } from '../support/program.ts';
import { typed } from './terminal.ts';

const place = new InProcess();
const made = path.join(place.data, 'made');
const config = path.join(place.data, 'config');
const RUNBOOK = `---
warroom:
  params:
    what: { about: what is said }
---
# Steps
\`\`\`sh {name=say kind=observe}
echo "\${{what}}"; seq 1 2000
\`\`\`
\`\`\`sh {name=fail kind=observe}
echo oh no >&2; exit 3
\`\`\`
\`\`\`sh {name=change kind=mutate excludeFromRunAll=true undo=none}
echo \${{what}} >> ${made}
\`\`\`
\`\`\`sh {name=often kind=observe}
for line in $(seq 300); do echo $line; sleep 0.005; done
\`\`\`
\`\`\`sh {name=long kind=observe timeout=5m}
echo begun; sleep 300
\`\`\`
`;
beforeAll(async () => {
  mkdirSync(path.join(config, 'runbooks'), { recursive: true });
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  writeFileSync(path.join(config, 'runbooks', 'steps.md'), RUNBOOK);
  await place.hub(['--config', config, '--allow-shell']);
  await place.json(['declare', 'orders time out', '--sev', '2']);
});
afterAll(() => place.close());
const run = (...args: readonly string[]) => place.run(['runbook', 'run', 'steps', ...args]);

test('a step that observes: its output whole, and as JSON', async () => {
  const { code, stdout } = await run('say', '--param', 'what=a=b "c"');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^a=b "c"\n1\n2\n[^]*\n2000\n#\d+ done: exit code 0/)]);
  const json = await place.json(['runbook', 'run', 'steps', 'say', '--param', 'what=x']);
  expect(json).toMatchObject({
    runbook: 'steps',
    step: 'say',
    kind: 'observe',
    state: 'done',
    result: { outputBytes: 8_895, output: expect.stringMatching(/^x\n1\n[^]*2000\n$/) },
    seq: expect.any(Number),
  });
  expect(await place.whole(['runbook', 'run', 'steps', 'fail'])).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/oh no\n#\d+ failed: exit code 3/),
  });
});

test('a step that prints often: all of it, and the hub is asked a few times a second', async () => {
  const { url } = (await place.json(['hub', 'status'])) as { readonly url: string };
  const answered = async (): Promise<number> => {
    const metrics = await (await fetch(`${url.replace(/^ws/, 'http')}/metrics`)).text();
    return Number(/outcome="acknowledged"\} (\d+)/.exec(metrics)?.[1]);
  };
  const [before, began] = [await answered(), Date.now()];
  const { code, stdout } = await run('often');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^1\n2\n[^]*\n300\n#\d+ done: exit code 0/)]);
  expect((await answered()) - before).toBeLessThan(20 + (Date.now() - began) / 100);
});

test('what is missing, misspelt or not there is a refusal with a hint', async () => {
  expect(await run('say')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/needs what \(what is said\): --param what=…/),
  });
  expect(await run('sy')).toMatchObject({ code: 3, stderr: expect.stringMatching(/did you mean "say"/) });
  expect(await run('say', '--param', 'what')).toMatchObject({ code: 2 });
  expect(await run()).toMatchObject({ code: 2 });
  expect(await place.json(['runbook', 'run', 'stps', 'say'], 3)).toMatchObject({ error: { code: 'not_found' } });
});

test('a change: without a terminal it needs the right text, and without that nothing happens', async () => {
  const change = ['runbook', 'run', 'steps', 'change', '--param', 'what=one'];
  const preview = { count: 1, samples: [expect.stringContaining('echo')], node: expect.any(String), confirm: '1' };
  expect(await place.json(change, 3)).toMatchObject({
    kind: 'mutate',
    state: 'refused',
    preview,
    error: { code: 'not_now' },
  });
  expect(await place.json([...change, '--confirm', '2'], 3)).toMatchObject({ state: 'refused' });
  expect(await place.json([...change, '--dry-run'])).toMatchObject({ state: 'done', preview });
  expect(await run('change', '--param', 'what=one')).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/would change 1 block of commands[^]*there is no way back/),
    stderr: expect.stringMatching(/to confirm: --confirm "1"/),
  });
  expect(existsSync(made)).toBe(false);
  expect(await place.json([...change, '--confirm', '1'])).toMatchObject({
    state: 'done',
    result: { of: 1, applied: 1 },
  });
  expect(readFileSync(made, 'utf8')).toBe('one\n');
  expect((await run('change', '--param', 'what=two', '--confirm', '1')).stderr).toMatch(
    /already run .* ago by alice: #\d+ done/,
  );
});

test('who is not the IC waits for the approval', async () => {
  await place.json(['role', 'ic', 'ana', '--as', 'ana']);
  const running = run('change', '--param', 'what=three', '--confirm', '1');
  const seq = await waiting('confirmed');
  expect(readFileSync(made, 'utf8')).not.toContain('three');
  await place.json(['runbook', 'approve', String(seq), '--as', 'ana']);
  expect(await running).toMatchObject({ code: 0, stderr: expect.stringMatching(/waits for the approval of the IC/) });
  expect(readFileSync(made, 'utf8')).toContain('three');
});

/** The number of the step whose run is at `confirmed`. */
async function waiting(sentence: string): Promise<number> {
  let seq = 0;
  await until('it waits', async () => {
    const events = (await place.run(['tail', '--json'])).stdout.trim().split('\n');
    const event = events.map((line) => JSON.parse(line) as { kind: string; ref?: number }).at(-1);
    seq = event?.kind === `step_${sentence}` ? (event.ref ?? 0) : 0;
    return seq > 0;
  });
  return seq;
}

test('at a terminal it asks; Ctrl-C ends what runs', async () => {
  const answered = (answer: string, when: string, ...args: readonly string[]) =>
    typed(place.env, ['runbook', 'run', 'steps', ...args, '--as', 'ana'], when, answer);
  const change = ['change', '--param', 'what=four'];
  expect(await answered('yes\r', 'type 1', ...change)).toMatchObject({ code: 3 });
  expect(readFileSync(made, 'utf8')).not.toContain('four');
  expect(await answered('1\r', 'type 1', ...change)).toMatchObject({ code: 0 });
  expect(readFileSync(made, 'utf8')).toContain('four');
  // What a step prints is seen while it runs.
  expect(await answered('\x03', 'begun', 'long')).toMatchObject({
    code: 1,
    screen: expect.stringMatching(/begun\r\n[^]*#\d+ stopped: before its end/),
  });
});

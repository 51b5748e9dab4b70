import { spawn } from '@lydell/node-pty';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { vt } from '../support/vt.ts';
import { until } from '../support/patience.ts';

const folder = mkdtempSync(join(tmpdir(), 'warroom-leave-'));
// Readline brackets pastes at its own prompt, which is not what is looked at here.
writeFileSync(join(folder, 'inputrc'), 'set enable-bracketed-paste off\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = fileURLToPath(new URL('leave-program.mjs', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
let count = 0;

/**
 * The program in a real pseudo terminal: under `sh`, under one that outlives its terminal to keep the exit code in a
 * file, or under a `bash` with job control.
 */
async function start(shell: 'sh' | 'surviving sh' | 'bash') {
  const file = join(folder, `run${++count}`);
  const command = `${process.execPath} ${program} ${file}`;
  const t = vt(70, 20);
  // The shell stays until it is killed: what a terminal holds when its last process ends may be lost unread.
  const story =
    shell === 'surviving sh'
      ? `trap : HUP; ${command}; echo $? > ${file}.code`
      : `${command}; echo rc=$?; stty -a; echo END; exec sleep 60`;
  const args = shell === 'bash' ? ['--norc', '--noprofile', '-i'] : ['-c', story];
  const env = { ...process.env, TERM: 'xterm-256color', PS1: 'PROMPT$ ', INPUTRC: join(folder, 'inputrc') } as Record<
    string,
    string
  >;
  delete env['NODE_OPTIONS'];
  const pty = spawn(shell === 'bash' ? 'bash' : 'sh', args, { cols: 70, rows: 20, cwd: root, env });
  pty.onData((data) => void t.output.write(data));
  let ended = '';
  pty.onExit(({ exitCode, signal }) => {
    ended = `the shell ended: code ${exitCode} signal ${signal}`;
  });
  const show = () => `${t.text().trimEnd()}\n${ended}\n${JSON.stringify(t.bytes().slice(-400))}`;
  const see = (what: string | RegExp) => until(String(what), () => t.text().match(what) ?? undefined, show);
  if (shell === 'bash') {
    await see('PROMPT');
    pty.write(`${command}\r`);
  }
  const [, pid] = await see(/READY pid=(\d+) frame/);
  return { t, pty, see, pid: Number(pid), file };
}

/** What must be so after leaving, whatever ended the program. */
function expectRestored({ t }: Awaited<ReturnType<typeof start>>): void {
  expect(t.alternate).toBe(false);
  expect(t.cursor.hidden).toBe(false);
  for (const mode of ['1000', '1002', '1003', '1004', '1005', '1006', '2004', '1', '1049'])
    expect([...t.modes]).not.toContain(mode);
}
function expectCooked(text: string): void {
  for (const flag of ['icanon', 'echo', 'isig', 'icrnl', 'opost'])
    expect(text).toMatch(new RegExp(`(^|\\s)${flag}\\b`));
}

describe.concurrent('the terminal is as it was, with the right exit code, after', () => {
  const rows: [string, { keys?: string; signal?: NodeJS.Signals; code: number; says?: RegExp; draft?: boolean }][] = [
    ['quitting', { keys: 'q', code: 0 }],
    [
      'an exception',
      { keys: 't', code: 70, says: /stopped by a fault of its own: thrown .\[2J on purpose/, draft: true },
    ],
    ['an exception with another listener', { keys: 'lt', code: 70, says: /stopped by a fault/, draft: true }],
    ['an unhandled rejection', { keys: 'r', code: 70, says: /stopped by a fault of its own: rejected/, draft: true }],
    ['SIGTERM', { signal: 'SIGTERM', code: 143, draft: true }],
    ['SIGINT', { signal: 'SIGINT', code: 130, draft: true }],
    ['SIGHUP', { signal: 'SIGHUP', code: 129, draft: true }],
  ];
  test.each(rows)('%s', async (_, { keys, signal, code, says, draft }) => {
    const run = await start('sh');
    expect([run.t.alternate, run.t.modes.has('1000'), run.t.modes.has('2004')]).toEqual([true, true, true]);
    if (keys !== undefined) run.pty.write(keys);
    if (signal !== undefined) process.kill(run.pid, signal);
    await run.see('END');
    expect(run.t.text()).toContain(`rc=${code}\n`);
    expectRestored(run);
    expectCooked(run.t.text());
    if (says !== undefined) expect(run.t.text()).toMatch(says);
    // One sentence before the shell goes on, and where the stack is.
    expect(run.t.text()).not.toContain('leave-program');
    if (says === undefined) expect(run.t.rows()[0]).toBe(`rc=${code}`);
    else {
      expect(run.t.rows().slice(0, 4).join('')).toContain(`(its stack is in ${run.file}.logs/log)rc=`);
      expect(readFileSync(`${run.file}.logs/log`, 'utf8')).toMatch(/^\d[^\x1b]*on purpose\n +at .*leave-program/);
    }
    expect(existsSync(`${run.file}.draft`)).toBe(draft === true);
    run.pty.kill();
  });

  test('the key and the signal that stop it, and it is whole again in the foreground', async () => {
    const run = await start('bash');
    run.pty.write('\x1a');
    await run.see(/Stopped[\s\S]*PROMPT/);
    expectRestored(run);
    run.pty.write('stty -a\r');
    await run.see(/icanon[\s\S]*PROMPT/);
    expectCooked(run.t.text());
    run.pty.write('fg\r');
    await run.see('READY');
    expect([run.t.alternate, run.t.modes.has('1000'), run.t.modes.has('2004')]).toEqual([true, true, true]);
    process.kill(run.pid, 'SIGTSTP');
    await run.see(/Stopped[\s\S]*PROMPT/);
    expectRestored(run);
    run.pty.write('fg\r');
    await run.see('READY');
    run.pty.write('q');
    await run.see('PROMPT');
    expectRestored(run);
    run.pty.kill();
  });

  test('its window closing: the process ends and the draft is kept', async () => {
    const run = await start('sh');
    run.pty.kill();
    const gone = () => {
      try {
        process.kill(run.pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    await until('the end of the process', gone, () => run.t.text());
    expect(existsSync(`${run.file}.draft`)).toBe(true);
  });

  test('its terminal being destroyed, as by `tmux kill-server`: it exits and does not abort', async () => {
    const run = await start('surviving sh');
    (run.pty as unknown as { destroy(): void }).destroy();
    const code = () => (existsSync(`${run.file}.code`) ? readFileSync(`${run.file}.code`, 'utf8').trim() : '');
    await until('the exit code', () => code() !== '', code);
    expect(code()).toBe('129');
    expect(existsSync(`${run.file}.draft`)).toBe(true);
  });

  test('warnings and the output of libraries, which go to the log', async () => {
    const run = await start('sh');
    run.pty.write('w');
    await run.see('frame=2');
    expect(run.t.rows().slice(1).join('')).toBe('');
    const log = readFileSync(`${run.file}.logs/log`, 'utf8');
    expect(log).toContain('Warning: a warning of the process');
    expect(log).toContain('a line of a library');
    // A full one begins anew.
    writeFileSync(`${run.file}.logs/log`, 'x'.repeat(300_000));
    run.pty.write('w');
    await run.see('frame=3');
    expect(readFileSync(`${run.file}.logs/log`, 'utf8')).toMatch(/^\d.* a line of a library\n[^x]*$/);
    run.pty.write('q');
    await run.see('END');
    expect(run.t.text()).not.toContain('warning of the process');
    run.pty.kill();
  });

  test('resizing the window, which only redraws', async () => {
    const run = await start('sh');
    run.pty.resize(100, 30);
    run.t.emulator.resize(100, 30);
    await run.see('size=100x30');
    run.pty.write('q');
    await run.see('END');
    expectRestored(run);
    run.pty.kill();
  });
});

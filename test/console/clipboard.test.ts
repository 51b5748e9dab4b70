/** What becomes of a copied text, with real files and real programs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { sendCopy } from '../../src/console/clipboard.ts';
import { openScreen } from '../../src/terminal/screen.ts';
import { makeTheme } from '../../src/terminal/theme.ts';
import { vt } from '../support/vt.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-copy-'));
const file = path.join(dir, 'deep', 'copied.txt');
afterEach(() => rmSync(path.join(dir, 'deep'), { recursive: true, force: true }));

const terminal = vt(40, 10);
const screen = openScreen({ ...terminal, theme: makeTheme('auto', 256), ascii: false });
const sent = async (how: string): Promise<{ said: string; bad: boolean; bytes: string }> => {
  terminal.forget();
  const answer = await sendCopy('#5 ünï\u001b', how, file, screen);
  return { ...answer, bytes: terminal.bytes() };
};

test('to the terminal, as it is and through tmux; off sends nothing; a file has it each time', async () => {
  const raw = await sent('raw');
  expect(raw.bytes).toMatch(/^\x1b\]52;c;[\w+/=]+\x07$/);
  expect(raw.said).toBe(`sent to terminal (7 characters); also in ${file}`);
  expect(readFileSync(file, 'utf8')).toBe('#5 ünï\u001b\n');
  expect((await sent('tmux')).bytes).toBe(`\x1bPtmux;\x1b${raw.bytes}\x1b\\`);
  rmSync(file);
  const off = await sent('off');
  expect([off.bytes, off.bad, off.said]).toEqual(['', false, `is in ${file} (7 characters)`]);
  expect(readFileSync(file, 'utf8')).toContain('ünï');
});

test('a program gets it, and one that fails is said to have', async () => {
  const taken = path.join(dir, 'taken');
  expect((await sent(`cat > '${taken}'`)).bad).toBe(false);
  expect(readFileSync(taken, 'utf8')).toBe('#5 ünï\u001b');
  expect(await sent('exit 3')).toMatchObject({ bad: true, bytes: '' });
  expect((await sent('warroom-no-such-program')).said).toContain(
    'not taken by warroom-no-such-program: it ended with 127',
  );
});

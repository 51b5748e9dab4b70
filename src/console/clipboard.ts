/** Sends text to the clipboard. A terminal does not say whether it took it, so the text is also kept in a file. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../incident/words.ts';
import type { Screen } from '../terminal/screen.ts';

/** What happened to the text, in words. */
export interface Sent {
  readonly said: string;
  readonly bad: boolean;
}

/** A clipboard program is stopped after this time; ms. */
const COMMAND_MS = 5000;

/** `how`: `raw` to the terminal (OSC 52), `tmux` through tmux's passthrough, `off`, or a program to run. */
export async function sendCopy(text: string, how: string, file: string, screen: Pick<Screen, 'copy'>): Promise<Sent> {
  const fault = keep(file, text);
  const inFile = fault === null ? `in ${short(file)}` : `not kept in a file: ${fault}`;
  const size = `(${text.length} characters)`;
  if (how === 'off') return { said: `is ${inFile} ${size}`, bad: fault !== null };
  if (how === 'raw' || how === 'tmux') {
    screen.copy(text, how === 'tmux');
    return { said: `sent to terminal ${size}; also ${inFile}`, bad: false };
  }
  const refused = await give(how, text);
  return refused === null
    ? { said: `given to ${how} ${size}; also ${inFile}`, bad: false }
    : { said: `not taken by ${how}: ${refused}; it is ${inFile}`, bad: true };
}

/** The path with the home folder as `~`. */
function short(file: string): string {
  const home = process.env['HOME'] || '/';
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}

/** Returns why writing the file failed; null when it succeeded. */
function keep(file: string, text: string): string | null {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    return null;
  } catch (fault) {
    return errorMessage(fault);
  }
}

/** Resolves with why the program failed; null when it succeeded. Its output must not reach the screen. */
function give(command: string, text: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'ignore', 'ignore'], timeout: COMMAND_MS });
    child.once('error', (fault) => resolve(fault.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? null : `it ended with ${signal ?? code}`));
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}

/**
 * A copied text on its way out. A terminal never says whether it took a text, so nothing here claims it was copied: it
 * was sent, and stands in a file too.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Screen } from '../terminal/screen.ts';

export interface Sent {
  /** What happened to it, in words. */
  readonly said: string;
  readonly bad: boolean;
}

/** A program that does not take its input ends after this; ms. */
const COMMAND_MS = 5000;

/**
 * Sends `text` the way `how` says: `raw` to the terminal (OSC 52), `tmux` through tmux's passthrough, `off` nowhere, or
 * to the program that it names. Always kept in `file`.
 */
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

/** `~/…` for what is below the home folder, where there is one. */
function short(file: string): string {
  const home = process.env['HOME'] || '/';
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}

/** Why it could not be kept, null when it was. */
function keep(file: string, text: string): string | null {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    return null;
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

/** Why the program failed, null when it did not. Its output must not reach the screen. */
function give(command: string, text: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'ignore', 'ignore'], timeout: COMMAND_MS });
    child.once('error', (fault) => resolve(fault.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? null : `it ended with ${signal ?? code}`));
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}

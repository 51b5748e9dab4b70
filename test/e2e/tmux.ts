/** A person at a real terminal: a private tmux server, keys sent, the screen read back. Reads like a story. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { MAIN, type Place } from '../support/program.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Is there a tmux to drive. Without one the tests at a real terminal are left out, and say so. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

export class Tmux {
  private readonly socket = `warroom-${randomBytes(4).toString('hex')}`;
  readonly windows: Terminal[] = [];

  run(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  }

  /** Opens a terminal of that size running the program under a shell, so that what is left behind can be seen. */
  open(place: Place, name: string, args: readonly string[] = [], cols = 120, rows = 36): Terminal {
    const words = Object.entries({ ...place.env, WARROOM_NAME: name })
      .filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[0] !== 'TERM')
      .map(([key, value]) => `${key}=${quote(value)}`);
    const command = [
      'env',
      '-i',
      'TERM=tmux-256color',
      ...words,
      quote(process.execPath),
      quote(MAIN),
      ...args.map(quote),
    ].join(' ');
    this.run('new-session', '-d', '-s', name, '-x', String(cols), '-y', String(rows), 'sh');
    const terminal = new Terminal(this, name);
    this.windows.push(terminal);
    terminal.line(`PS1='$ '; clear; ${command}; echo "left with $?"`);
    return terminal;
  }

  close(): void {
    try {
      this.run('kill-server');
    } catch {
      // It ends by itself with its last window.
    }
  }
}

export class Terminal {
  private readonly tmux: Tmux;
  readonly name: string;
  constructor(tmux: Tmux, name: string) {
    this.tmux = tmux;
    this.name = name;
  }

  /** Types text as it is, key by key for the program. */
  type(text: string): void {
    this.tmux.run('send-keys', '-t', this.name, '-l', '--', text);
  }
  /** Presses named keys: `Enter`, `F2`, `C-c`, `Escape`, `Tab`, `PPage`. */
  press(...keys: readonly string[]): void {
    this.tmux.run('send-keys', '-t', this.name, ...keys);
  }
  line(text: string): void {
    this.type(text);
    this.press('Enter');
  }
  /** A bracketed paste. */
  paste(text: string): void {
    this.tmux.run('set-buffer', '--', text);
    this.tmux.run('paste-buffer', '-p', '-t', this.name);
  }
  resize(cols: number, rows: number): void {
    this.tmux.run('resize-window', '-t', this.name, '-x', String(cols), '-y', String(rows));
  }
  screen(): string {
    return this.tmux.run('capture-pane', '-p', '-t', this.name);
  }
  /** With colours, as escape sequences. */
  colours(): string {
    return this.tmux.run('capture-pane', '-p', '-e', '-t', this.name);
  }
  /** A format of tmux, e.g. `#{alternate_on} #{cursor_flag}`. */
  flag(format: string): string {
    return this.tmux.run('display-message', '-p', '-t', this.name, format).trim();
  }

  /** Waits until the screen shows `what`; fails with the whole screen. */
  async sees(what: string | RegExp, ms = PATIENCE_MS): Promise<string> {
    return this.until(
      (screen) => (typeof what === 'string' ? screen.includes(what) : what.test(screen)),
      `to see ${what}`,
      ms,
    );
  }
  async losesSight(what: string | RegExp, ms = PATIENCE_MS): Promise<string> {
    return this.until(
      (screen) => !(typeof what === 'string' ? screen.includes(what) : what.test(screen)),
      `not to see ${what}`,
      ms,
    );
  }
  private async until(good: (screen: string) => boolean, wish: string, ms: number): Promise<string> {
    const end = Date.now() + ms;
    for (;;) {
      const screen = this.screen();
      if (good(screen)) return screen;
      if (Date.now() > end) throw new Error(`${this.name} wanted ${wish}, but the screen is:\n${screen}`);
      await sleep(30);
    }
  }
}

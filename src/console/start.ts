/** Opens the console: first the splash, then the renderer, then all else. Keys typed meanwhile are shown and kept. */
import { writeSync } from 'node:fs';
import path from 'node:path';
import { installLeave } from '../terminal/leave.ts';
import { paintSplash, LEAVE } from '../terminal/splash.ts';
import type { InputEvent } from '../terminal/sequences.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Frame, Region } from '../terminal/paint.ts';
import { cutLine, span, width, type Line, type Size } from '../terminal/text.ts';
import { depthOf, makeTheme, THEMES, type Theme } from '../terminal/theme.ts';
import type { PlainOptions } from './plain.ts';

interface ConsoleOptions extends PlainOptions {
  readonly dataDir: string;
  /** Lines instead of a screen, as without a terminal or on a dumb one. */
  readonly plain: boolean;
  readonly theme?: string | undefined;
  /** How to copy: `raw`, `tmux`, `off` or a command; called for each copy. */
  readonly clipboard: () => Promise<string>;
  /** How to tell the terminal of a page; called for each. */
  readonly notify: () => Promise<Parameters<Screen['ring']>[1]>;
}

/**
 * A console runs the same few functions once a second for hours. With V8's default budget (132 KiB of executed bytecode)
 * the optimising compiler takes up to a third of an idle console's processor time; code that is hot while somebody types
 * reaches this budget all the same.
 */
const OPTIMISE_LATER = '--interrupt-budget=1000000';

/** Resolves with the exit code when the person leaves. */
export async function startConsole(options: ConsoleOptions): Promise<number> {
  const { stdin, stdout } = process;
  const { env, me, color } = options;
  if (options.plain || env['TERM'] === 'dumb' || !stdin.isTTY || !stdout.isTTY) {
    const { runPlain } = await import('./plain.ts');
    return runPlain(options);
  }
  const theme = makeTheme(THEMES.find((name) => name === options.theme) ?? 'auto', color ? depthOf(env) : 0);
  const size = { cols: stdout.columns || 80, rows: stdout.rows || 24 };
  stdin.setRawMode(true);
  paintSplash(stdout, splashFrame(size, me, []), theme);
  let screen: Screen | null = null;
  let save = (): void => {};
  const gone: (() => void)[] = [];
  const leave = installLeave({
    screen: {
      close: () => {
        if (screen !== null) return screen.close();
        writeSync(stdout.fd, LEAVE);
        stdin.setRawMode(false);
      },
      suspend: () => screen?.suspend() ?? false,
      resume: () => screen?.resume(),
      onGone: (listener) => void gone.push(listener),
    },
    save: () => save(),
    logFile: path.join(options.dataDir, 'consoles', 'console.log'),
  });
  try {
    const opened = await openOver(theme, options);
    screen = opened;
    for (const listener of gone) opened.onGone(listener);
    const early: InputEvent[] = [];
    let take = (event: InputEvent): void => {
      early.push(event);
      opened.draw(splashFrame(opened.size(), me, early));
    };
    opened.onInput((event) => take(event));
    opened.draw(splashFrame(opened.size(), me, early));

    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString(OPTIMISE_LATER);
    const [{ runConsole }, { openStateFile }] = await Promise.all([import('./app.ts'), import('./draft-autosave.ts')]);
    // One folder for each name: on a shared account nobody gets another person's draft.
    const dir = path.join(options.dataDir, 'consoles', Buffer.from(me).toString('hex'));
    const app = runConsole({
      ...options,
      screen: opened,
      async copy(text) {
        const { sendCopy } = await import('./clipboard.ts');
        return sendCopy(text, await options.clipboard(), path.join(dir, 'copied.txt'), opened);
      },
      ring: (text) => void options.notify().then((how) => opened.ring(text, how)),
      memory: openStateFile(dir),
    });
    save = () => app.save();
    take = app.input;
    for (const event of early) app.input(event);
    return await app.left;
  } finally {
    leave.release();
  }
}

/** Opens the renderer over the splash. */
async function openOver(theme: Theme, { env, ascii }: ConsoleOptions): Promise<Screen> {
  const [{ openScreen }, { bracketsPastes }] = await Promise.all([
    import('../terminal/screen.ts'),
    import('../terminal/input.ts'),
  ]);
  return openScreen({ theme, ascii, title: 'warroom', bracketedPaste: bracketsPastes(env['TERM']), entered: true });
}

/** The first frame: whose console it is, and what was typed so far. */
function splashFrame({ cols, rows }: Size, me: string, typed: readonly InputEvent[]): Frame {
  const prompt = ` ${me} > `;
  let text = '';
  for (const event of typed) {
    if (event.type === 'key' && event.name === 'backspace') text = [...text].slice(0, -1).join('');
    else if (event.type === 'key' && event.text !== undefined) text += event.text;
  }
  const y = Math.max(0, rows - 3);
  const line = (id: string, at: number, ...spans: Line): Region => {
    const lines = [cutLine(spans, cols)];
    return { id, x: 0, y: at, cols, rows: 1, lines };
  };
  const regions = [
    line('header', 0, span(' WARROOM', 'title', { bold: true }), span('  connecting to the hub…', 'dim')),
    line('input', y, span(prompt, 'own', { bold: true }), span(text)),
    line('hints', Math.min(rows - 1, y + 1), span(' F1 help  / commands', 'dim')),
  ];
  return {
    regions: rows < 4 ? regions.slice(1, 2) : regions,
    cursor: { x: Math.min(cols - 1, width(prompt + text)), y },
  };
}

/**
 * Opens the console: the screen and a first frame at once, with nothing loaded but the terminal; everything else after.
 * What is typed meanwhile is seen and kept.
 */
import path from 'node:path';
import type { Connected } from './app.ts';
import { installLeave } from '../terminal/leave.ts';
import { openScreen, type Frame, type InputEvent } from '../terminal/screen.ts';
import { cutLine, span, width, type Size } from '../terminal/text.ts';
import { depthOf, makeTheme, THEMES } from '../terminal/theme.ts';

export interface ConsoleOptions {
  readonly me: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly zone: 'utc' | 'local';
  /** Lines instead of a screen; also without a terminal, or on a dumb one. */
  readonly plain: boolean;
  readonly ascii: boolean;
  readonly color: boolean;
  readonly theme?: string | undefined;
  /** The line to the hub; called after the first frame. Rejects, in words, when there will be none. */
  readonly connect: () => Promise<Connected>;
}

/** Resolves with the exit code when the person leaves. */
export async function startConsole(options: ConsoleOptions): Promise<number> {
  const { stdin, stdout } = process;
  const { env, me, color } = options;
  if (options.plain || env['TERM'] === 'dumb' || !stdin.isTTY || !stdout.isTTY) {
    const { runPlain } = await import('./plain.ts');
    return runPlain(options);
  }
  const theme = THEMES.find((name) => name === options.theme) ?? 'auto';
  const screen = openScreen({
    input: stdin,
    output: stdout,
    theme: makeTheme(theme, color ? depthOf(env) : 0),
    ascii: options.ascii,
    title: 'warroom',
  });
  let save = (): void => {};
  const leave = installLeave({ screen, save: () => save() });
  try {
    const early: InputEvent[] = [];
    let take = (event: InputEvent): void => {
      early.push(event);
      screen.draw(firstFrame(screen.size(), me, early));
    };
    screen.onInput((event) => take(event));
    screen.draw(firstFrame(screen.size(), me, early));

    const [{ runConsole }, { keep, recall }] = await Promise.all([import('./app.ts'), import('./memory.ts')]);
    const dir = path.join(options.dataDir, 'consoles');
    const app = runConsole({
      ...options,
      screen,
      memory: recall(dir),
      remember: (memory) => keep(dir, memory),
    });
    save = () => app.save();
    take = app.input;
    for (const event of early) app.input(event);
    return await app.left;
  } finally {
    leave.release();
  }
}

/** What can be shown with nothing known: whose console it is, that it is on its way, and what was typed so far. */
export function firstFrame({ cols, rows }: Size, me: string, typed: readonly InputEvent[]): Frame {
  const prompt = ` ${me} > `;
  let text = '';
  for (const event of typed) {
    if (event.type === 'key' && event.name === 'backspace') text = [...text].slice(0, -1).join('');
    else if (event.type === 'key' && event.text !== undefined) text += event.text;
  }
  const y = Math.max(0, rows - 3);
  const line = (id: string, at: number, ...spans: readonly ReturnType<typeof span>[]): Frame['regions'][number] => ({
    id,
    x: 0,
    y: at,
    cols,
    rows: 1,
    lines: [cutLine(spans, cols)],
  });
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

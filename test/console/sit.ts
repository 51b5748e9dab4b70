/** A console on a real hub and a real terminal emulator, with a person who types and looks. */
import os from 'node:os';
import { openScreen } from '../../src/terminal/screen.ts';
import { makeTheme } from '../../src/terminal/theme.ts';
import { sendCopy } from '../../src/console/clipboard.ts';
import { runConsole, type App, type RoomClient } from '../../src/console/app.ts';
import type { SavedState } from '../../src/console/draft-autosave.ts';
import { vt, type Vt } from '../support/vt.ts';
import { until } from '../support/patience.ts';

export interface Seat {
  readonly terminal: Vt;
  readonly app: App;
  /** What was kept for the next console. */
  readonly kept: () => SavedState;
  type(text: string): Promise<void>;
  /** Waits until the screen has `text`; fails showing the screen. */
  sees(text: string): Promise<void>;
  screen(): string;
}

/** `client` at a terminal of that size. `marks`: what the last console had read. */
export function sit(me: string, client: RoomClient, cols = 100, rows = 30, marks: SavedState['marks'] = {}): Seat {
  const terminal = vt(cols, rows);
  const screen = openScreen({ ...terminal, theme: makeTheme('auto', 256), ascii: false, strict: true });
  let kept: SavedState = { draft: '', history: [], marks, leftAt: null };
  const app = runConsole({
    me,
    zone: 'utc',
    ascii: false,
    color: true,
    env: {},
    screen,
    copy: (text) => sendCopy(text, 'raw', os.devNull, screen),
    ring: (text) => screen.ring(text, 'bell'),
    memory: {
      found: kept,
      keep: (memory) => {
        kept = memory;
      },
      leave: (memory) => {
        kept = memory;
      },
    },
    connect: () => Promise.resolve({ client, outbox: { close: () => Promise.resolve() } }),
  });
  screen.onInput((event) => app.input(event));
  return {
    terminal,
    app,
    kept: () => kept,
    screen: () => terminal.text(),
    async type(text) {
      for (const char of text) terminal.send(char === '\n' ? '\r' : char);
      await terminal.flush();
    },
    async sees(text) {
      const look = async (): Promise<boolean> => {
        await terminal.flush();
        return terminal.text().includes(text);
      };
      await until(`${me} sees "${text}"`, look, () => terminal.text());
    },
  };
}

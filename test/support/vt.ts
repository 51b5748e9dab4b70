/** A real terminal emulator without a window: what `openScreen` writes goes in, cells and colours come out. */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Unicode11Addon } from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import type { InputStream } from '../../src/terminal/input.ts';
import type { OutputStream } from '../../src/terminal/screen.ts';

// The addon is a script bundle; only `require` finds its class in every runner.
const unicode11 = createRequire(import.meta.url)('@xterm/addon-unicode11') as { Unicode11Addon: typeof Unicode11Addon };

/** One cell as the emulator has it. Colours are palette indexes, null for the terminal's own. */
export interface VtCell {
  readonly ch: string;
  /** 0 for the second half of a wide character. */
  readonly width: number;
  readonly fg: number | null;
  readonly bg: number | null;
  readonly bold: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
}

export interface Vt {
  /** For `openScreen`. */
  readonly input: InputStream & { readonly raw: boolean };
  readonly output: OutputStream;
  readonly cols: number;
  readonly height: number;
  /** The whole screen, rows joined by line ends, blanks at their ends cut. */
  text(): string;
  /** One row, blanks at its end cut. */
  row(y: number): string;
  rows(): string[];
  cell(x: number, y: number): VtCell;
  cells(): VtCell[][];
  /** What a person's terminal sends. */
  send(bytes: string | Uint8Array): void;
  /** The window gets another size. */
  resize(cols: number, rows: number): void;
  /** Waits until everything written has been taken in. */
  flush(): Promise<void>;
  /** Writes to the emulator past the screen: somebody else's output. */
  scribble(bytes: string): void;
  /** Everything written since the start, or since `forget`. */
  bytes(): string;
  forget(): void;
  readonly alternate: boolean;
  readonly cursor: { readonly x: number; readonly y: number; readonly hidden: boolean };
  readonly title: string;
  /** What OSC 52 put on the clipboard, newest last. */
  readonly clipboard: readonly string[];
  /** DEC private modes that are on: `2004` brackets pastes, `1000` the mouse. */
  readonly modes: ReadonlySet<string>;
  readonly emulator: InstanceType<typeof headless.Terminal>;
}

/** Makes a terminal of this size. */
export function vt(cols: number, rows: number): Vt {
  const emulator = new headless.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
  // Without it the emulator has the widths of Unicode 6 and agrees with mistakes.
  emulator.loadAddon(new unicode11.Unicode11Addon());
  emulator.unicode.activeVersion = '11';
  let written = '';
  let title = '';
  const clipboard: string[] = [];
  const modes = new Set<string>();
  emulator.onTitleChange((text) => {
    title = text;
  });
  emulator.parser.registerOscHandler(52, (data) => {
    clipboard.push(Buffer.from(data.split(';')[1] ?? '', 'base64').toString());
    return true;
  });
  const take = (text: string) => {
    written += text;
    for (const [, numbers, on] of text.matchAll(/\x1b\[\?([\d;]+)([hl])/g)) {
      for (const mode of numbers!.split(';')) {
        if (on === 'h') modes.add(mode);
        else modes.delete(mode);
      }
    }
    emulator.write(text);
  };
  const size = { columns: cols, rows };
  const output = Object.assign(new EventEmitter(), size, { isTTY: true, write: (text: string) => take(text) });
  const input = Object.assign(new EventEmitter(), {
    isTTY: true,
    raw: false,
    setRawMode(on: boolean) {
      input.raw = on;
      return input;
    },
    resume: () => input,
    pause: () => input,
  });
  const line = (y: number) => emulator.buffer.active.getLine(emulator.buffer.active.viewportY + y);
  const row = (y: number) => (line(y)?.translateToString(true) ?? '').trimEnd();
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);

  function cell(x: number, y: number): VtCell {
    const found = line(y)?.getCell(x);
    if (found === undefined) throw new Error(`no cell ${x},${y}`);
    return {
      // A cell nobody wrote in and a cell with a blank look the same.
      ch: found.getChars() || (found.getWidth() === 0 ? '' : ' '),
      width: found.getWidth(),
      fg: found.isFgDefault() ? null : found.getFgColor(),
      bg: found.isBgDefault() ? null : found.getBgColor(),
      bold: found.isBold() !== 0,
      inverse: found.isInverse() !== 0,
      underline: found.isUnderline() !== 0,
      strike: found.isStrikethrough() !== 0,
    };
  }

  return {
    input,
    output,
    emulator,
    clipboard,
    modes,
    get cols() {
      return emulator.cols;
    },
    get height() {
      return emulator.rows;
    },
    get alternate() {
      return emulator.buffer.active.type === 'alternate';
    },
    get title() {
      return title;
    },
    get cursor() {
      const { cursorX, cursorY } = emulator.buffer.active;
      return { x: cursorX, y: cursorY, hidden: written.lastIndexOf('\x1b[?25l') > written.lastIndexOf('\x1b[?25h') };
    },
    row,
    rows: () => range(emulator.rows).map(row),
    text: () => range(emulator.rows).map(row).join('\n'),
    cell,
    cells: () => range(emulator.rows).map((y) => range(emulator.cols).map((x) => cell(x, y))),
    send: (bytes) => void input.emit('data', typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
    resize(columns, height) {
      emulator.resize(columns, height);
      Object.assign(output, { columns, rows: height });
      output.emit('resize');
    },
    flush: () => new Promise((resolve) => void emulator.write('', resolve)),
    scribble: (bytes) => emulator.write(bytes),
    bytes: () => written,
    forget() {
      written = '';
    },
  };
}

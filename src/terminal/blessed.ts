/**
 * The adapter of blessed 0.1.81. Only its grid of cells, its boxes and its frame differences are used: its terminfo finds
 * 8 colours in tmux, its input loses pastes, its parser passes C1 controls, its tables count emoji as one cell, and its
 * signal handlers leave the alternate screen on.
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { stubModule } from './module-stub.ts';
import { cellWidth } from './widths.ts';

/** One cell: its attributes as blessed packs them, and what stands in it. */
export type ScreenCell = [attr: number, ch: string];
/** One row of cells; `dirty` tells blessed to look for differences in it. */
export type ScreenRow = ScreenCell[] & { dirty: boolean };
export interface Box {
  render(): void;
}

/** The part of blessed's screen that is used. */
interface Grid {
  readonly lines: ScreenRow[];
  /** Drawn in this order. */
  children: Box[];
  /** Clears the terminal, so that the next frame is written in full. */
  alloc(): void;
  /** Draws the boxes and writes the cells that differ. */
  render(): void;
}

/** The attribute bits above the colours. blessed has no strike: it sends blink, which the output filter turns back. */
export const FLAGS = { bold: 1, underline: 2, strike: 4, inverse: 8 } as const;
/** The packed form of the terminal's own foreground or background. */
export const OWN_COLOUR = 0x1ff;
/** The content of the second cell of a wide character. */
export const WIDE_TAIL = '\x03';

interface Program {
  _tputSetup: boolean;
  tput: object;
  put: object;
  isAlt: boolean;
  cols: number;
  rows: number;
  cursorHidden: boolean;
  _write: (text: string) => void;
}
interface Class<Options, Instance> {
  new (options: Options): Instance;
  _bound?: boolean;
  instances: Instance[];
  total: number;
}

// Sequences that every terminal in use understands, in place of terminfo.
const CAPABILITIES = {
  unicode: true,
  brokenACS: true,
  colors: 256,
  bools: {},
  numbers: { U8: -1 },
  acscr: {},
  strings: { parm_right_cursor: true },
  cup: (y: number, x: number) => `\x1b[${y + 1};${x + 1}H`,
  cuf: (n: number) => (n === 1 ? '\x1b[C' : `\x1b[${n}C`),
  sc: () => '\x1b7',
  rc: () => '\x1b8',
  civis: () => '\x1b[?25l',
  cnorm: () => '\x1b[?25h',
};

const require = createRequire(import.meta.url);

const unused = (): never => {
  throw new Error('a part of blessed was used that is left out');
};

/** Loads blessed without its unused parts, which saves half of its start-up time. */
function load(): { Screen: Class<object, Grid>; Program: Class<object, Program>; Box: Class<object, Box> } {
  stubModule(require, 'blessed/lib/tput', unused);
  stubModule(require, 'blessed/lib/colors', { reduce: (color: number) => color, convert: () => OWN_COLOUR });
  stubModule(require, 'blessed/lib/widgets/log', unused);
  stubModule(require, 'blessed/lib/unicode', {
    charWidth: (text: string) => (text === '' ? 0 : cellWidth(text.codePointAt(0)!)),
  });
  const Screen = require('blessed/lib/widgets/screen');
  const Program = require('blessed/lib/program');
  // Keeps both from installing handlers for exceptions and signals.
  Screen._bound = true;
  Program._bound = true;
  return { Screen, Program, Box: require('blessed/lib/widgets/box') };
}

/** A renderer of this size whose frames go to `write`. */
export function createRenderer(cols: number, rows: number, write: (frame: string) => void) {
  const { Screen, Program, Box } = load();
  // blessed does not listen to streams that are marked as bound.
  const input = Object.assign(new EventEmitter(), { _blessedInput: 1 });
  const bound = { _blessedOutput: 1, isTTY: true, writable: true, columns: cols, rows, write };
  const output = Object.assign(new EventEmitter(), bound);
  // Inside tmux blessed would run `tmux -V` before the first frame.
  const tmux = process.env['TMUX'];
  delete process.env['TMUX'];
  const program = new Program({ input, output, tput: false, zero: true, terminal: 'xterm-256color' });
  if (tmux !== undefined) process.env['TMUX'] = tmux;
  // Collected here: blessed flushes on a timer, and repeats a flush that throws for ever.
  let frame = '';
  program._write = (text) => {
    frame += text;
  };
  program._tputSetup = true;
  program.tput = CAPABILITIES;
  program.put = { clear: () => program._write('\x1b[H\x1b[2J') };
  // The caller enters and leaves the alternate screen, and owns the cursor.
  program.isAlt = true;
  program.cursorHidden = true;
  const grid = new Screen({ program, fullUnicode: true });
  // Lists for handlers that are not installed; they would keep every instance alive.
  Screen.instances.length = 0;
  Program.instances.length = 0;
  return {
    grid,
    resize(cols: number, rows: number): void {
      program.cols = cols;
      program.rows = rows;
      grid.alloc();
    },
    /** Appends to the pending frame. */
    write: (text: string): void => program._write(text),
    /** Sends the pending frame in one write. */
    flush(): void {
      const out = frame;
      frame = '';
      if (out !== '') write(out);
    },
    box: (render: () => void): Box => Object.assign(new Box({ screen: grid }), { render }),
  };
}

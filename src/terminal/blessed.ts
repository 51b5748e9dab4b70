/**
 * The adapter of blessed 0.1.81: its grid of cells, its boxes and its differences between two frames, and nothing
 * else. Its terminfo, input, content parser, width tables and signal handlers each broke something when tried (it
 * finds 8 colours in tmux, loses pastes, lets C1 controls through, counts emoji as one cell, leaves the alternate
 * screen on) and are replaced here or left unloaded.
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { stubModule } from './module-stub.ts';
import { cellWidth } from './widths.ts';

/** One cell: its attributes as blessed packs them, and what stands in it. */
export type ScreenCell = [attr: number, ch: string];
/** One row of cells; `dirty` tells blessed to look for differences in it. */
export type ScreenRow = ScreenCell[] & { dirty: boolean };
/** A box of blessed: a place in the order of drawing. */
export interface Box {
  render(): void;
}

/** What we use of blessed's screen. */
export interface Grid {
  readonly lines: ScreenRow[];
  /** Drawn in this order. */
  children: Box[];
  /** Forgets what is on the terminal and clears it; `resize` first when the size is another. */
  alloc(): void;
  /** Draws the boxes, and writes what differs. */
  render(): void;
}
export interface Renderer {
  readonly grid: Grid;
  resize(cols: number, rows: number): void;
  /** Adds to the frame that is being written. */
  write(text: string): void;
  /** Sends the frame, in one write. */
  flush(): void;
  box(render: () => void): Box;
}

/** The attributes blessed packs above the colours. Strike is sent as blink; the output filter turns it back. */
export const FLAGS = { bold: 1, underline: 2, strike: 4, inverse: 8 } as const;
/** The packed form of the terminal's own foreground or background. */
export const OWN_COLOUR = 0x1ff;
/** What stands in the second cell of a wide character. */
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

// Sequences that every terminal in use understands; no terminfo is read.
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

function unused(): never {
  throw new Error('a part of blessed was used that is left out');
}

/** Loads blessed without the parts that are not used here, which saves half of its start-up time. */
function load(): { Screen: Class<object, Grid>; Program: Class<object, Program>; Box: Class<object, Box> } {
  stubModule(require, 'blessed/lib/tput', unused);
  stubModule(require, 'blessed/lib/colors', { reduce: (color: number) => color, convert: () => OWN_COLOUR });
  stubModule(require, 'blessed/lib/widgets/log', unused);
  stubModule(require, 'blessed/lib/unicode', {
    charWidth: (text: string) => (text === '' ? 0 : cellWidth(text.codePointAt(0)!)),
  });
  const Screen = require('blessed/lib/widgets/screen');
  const Program = require('blessed/lib/program');
  // Otherwise they would install their own handlers for exceptions and signals.
  Screen._bound = true;
  Program._bound = true;
  return { Screen, Program, Box: require('blessed/lib/widgets/box') };
}

/** A renderer of this size whose frames go to `write`. */
export function createRenderer(cols: number, rows: number, write: (frame: string) => void): Renderer {
  const { Screen, Program, Box } = load();
  // blessed leaves streams that are marked as bound alone, so that only we listen to keys and resizes.
  const input = Object.assign(new EventEmitter(), { _blessedInput: 1 });
  const output = Object.assign(new EventEmitter(), {
    _blessedOutput: 1,
    isTTY: true,
    writable: true,
    columns: cols,
    rows,
    write,
  });
  const program = withoutTmux(
    () => new Program({ input, output, tput: false, zero: true, terminal: 'xterm-256color' }),
  );
  // Collected here, because blessed flushes on a timer, and repeats that for ever when a write throws.
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
  // Both keep lists of their instances, for handlers that are not installed.
  Screen.instances.length = 0;
  Program.instances.length = 0;
  return {
    grid,
    resize(cols, rows) {
      program.cols = cols;
      program.rows = rows;
      grid.alloc();
    },
    write: (text) => program._write(text),
    flush() {
      const out = frame;
      frame = '';
      if (out !== '') write(out);
    },
    box: (render) => Object.assign(new Box({ screen: grid }), { render }),
  };
}

/** Inside tmux blessed would start a `tmux -V` to learn the version, before the first frame. */
function withoutTmux<T>(make: () => T): T {
  const tmux = process.env['TMUX'];
  delete process.env['TMUX'];
  try {
    return make();
  } finally {
    if (tmux !== undefined) process.env['TMUX'] = tmux;
  }
}

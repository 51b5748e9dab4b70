/** The full screen: writes frames to a terminal, and delivers its input as events. */
import { Buffer } from 'node:buffer';
import { readFileSync, writeSync } from 'node:fs';
import { type Box, createRenderer } from './blessed.ts';
import { type InputStream, listenToKeys } from './input.ts';
import { filterOutput } from './output-filter.ts';
import { type Frame, type Region, blankAll, makeBrush, paintRegion } from './paint.ts';
import type { InputEvent } from './sequences.ts';
import { ENTER, LEAVE, MOUSE_OFF, MOUSE_ON } from './splash.ts';
import { type Size, cut } from './text.ts';
import type { Theme } from './theme.ts';

/** The part of a terminal's output that is used, such as `process.stdout`. */
export interface OutputStream {
  readonly columns?: number;
  readonly rows?: number;
  /** Takes the sequences that leave the full screen, past any buffer. */
  readonly fd?: number;
  write(text: string): unknown;
  on(event: 'resize' | 'error', listener: () => void): unknown;
  off(event: 'resize' | 'error', listener: () => void): unknown;
}

export interface ScreenOptions {
  /** `process.stdin` if absent. */
  readonly input?: InputStream;
  /** `process.stdout` if absent. */
  readonly output?: OutputStream;
  readonly theme: Theme;
  readonly ascii: boolean;
  readonly title?: string;
  /** For tests: throws on forbidden bytes instead of replacing them. */
  readonly strict?: boolean;
  /** The terminal brackets pastes; true if absent. */
  readonly bracketedPaste?: boolean;
  /** `paintSplash` has entered the full screen. */
  readonly entered?: boolean;
}

export type Screen = ReturnType<typeof openScreen>;

/** While a window is resized it reports many sizes: the screen is drawn once after this time; ms. */
const RESIZE_MS = 60;

/** Calls `action` on a terminal that may be gone. */
function unlessGone(action: () => unknown): void {
  try {
    action();
  } catch {
    // EIO, EPIPE: nobody is at the other end.
  }
}

/** A region's place in blessed's order of drawing, and the lines its cells hold (null: unknown). */
interface Painted {
  readonly box: Box;
  region: Region;
  painted: Region['lines'] | null;
}

export function openScreen(opts: ScreenOptions) {
  const { input = process.stdin, output = process.stdout, ascii, strict = false } = opts;
  let onResized = (_size: Size): void => {};
  let onEvent = (_event: InputEvent): void => {};
  let onceGone = (): void => {};
  const boxes = new Map<string, Painted>();
  const repainted = new Set<number>();
  const measure = (): Size => ({ cols: Math.max(1, output.columns || 80), rows: Math.max(1, output.rows || 24) });
  let brush = makeBrush(opts.theme, ascii);
  let size = measure();
  let last: Frame | null = null;
  let layout = '';
  let cursor = '';
  let mouse = false;
  let active = false;

  const send = (text: string) => {
    if (active) output.write(filterOutput(text, strict));
  };
  const renderer = createRenderer(size.cols, size.rows, send);

  const keyboard = listenToKeys(input, opts.bracketedPaste ?? true, (event) => onEvent(event));
  let resizing: NodeJS.Timeout | undefined;
  const onOutputResize = () => {
    resizing ??= setTimeout(() => {
      resizing = undefined;
      if (!active) return;
      takeSize();
      onResized(size);
      if (last !== null) draw(last);
    }, RESIZE_MS);
  };
  const onGone = () => {
    active = false;
    onceGone();
    onceGone = () => {};
  };

  function takeSize(): void {
    size = measure();
    renderer.resize(size.cols, size.rows);
    forgetPainted();
    cursor = '';
  }

  function boxOf(region: Region): Box {
    const entry: Painted = boxes.get(region.id) ?? { box: renderer.box(() => paint(entry)), region, painted: null };
    entry.region = region;
    boxes.set(region.id, entry);
    return entry.box;
  }

  function paint(entry: Painted): void {
    paintRegion(renderer.grid.lines, entry.region, brush, entry.painted, repainted);
    entry.painted = entry.region.lines;
  }

  /** To be called when the cells no longer hold what the regions painted. */
  function forgetPainted(): void {
    for (const entry of boxes.values()) entry.painted = null;
  }

  function draw(frame: Frame): void {
    last = frame;
    if (!active) return;
    const { grid } = renderer;
    grid.children = frame.regions.map(boxOf);
    const places = frame.regions.map(({ id, x, y, cols, rows }) => `${id}:${x},${y},${cols},${rows}`).join(' ');
    if (places !== layout) {
      blankAll(grid.lines);
      forgetPainted();
    }
    layout = places;
    repainted.clear();
    grid.render();
    placeCursor(frame.cursor);
    renderer.flush();
  }

  function placeCursor(at: Frame['cursor']): void {
    // The renderer restores the cursor after its writes, so only changes are sent.
    const x = Math.min(size.cols, Math.max(0, at?.x ?? 0) + 1);
    const y = Math.min(size.rows, Math.max(0, at?.y ?? 0) + 1);
    const wanted = at === null ? '\x1b[?25l' : `\x1b[${y};${x}H\x1b[?25h`;
    if (wanted !== cursor) renderer.write(wanted);
    cursor = wanted;
  }

  function enter(entered = false): void {
    active = true;
    // Twice: Node only sets raw mode when it believes it is off, and a shell may have changed it.
    input.setRawMode?.(false);
    input.setRawMode?.(true);
    input.resume();
    output.write((entered ? '' : ENTER) + (mouse ? MOUSE_ON : ''));
    cursor = '';
  }

  function release(): void {
    if (!active) return;
    renderer.flush();
    active = false;
    keyboard.idle();
    // Synchronous, as it must work in an exit handler.
    unlessGone(() => (output.fd === undefined ? output.write(LEAVE) : writeSync(output.fd, LEAVE)));
    unlessGone(() => input.setRawMode?.(false));
    input.pause();
  }

  function resume(): void {
    enter();
    takeSize();
    if (last !== null) draw(last);
  }

  const setTitle = (title: string): void => {
    if (active) output.write(`\x1b]2;${cut(title, 120)}\x07`);
  };

  output.on('resize', onOutputResize);
  // These listeners stay after closing, as an error event without a listener throws.
  output.on('error', onGone);
  input.on('error', onGone);
  input.on('end', onGone);
  enter(opts.entered);
  renderer.grid.alloc();
  if (opts.title !== undefined) setTitle(opts.title);

  return {
    size: () => size,
    /** Writes the difference to the frame before. */
    draw,
    /** Called after the terminal's size changed, at most every 60 ms. */
    onResize: (listener: typeof onResized) => void (onResized = listener),
    onInput: (listener: typeof onEvent) => void (onEvent = listener),
    /** Called once when the terminal is gone. */
    onGone: (listener: typeof onceGone) => void (onceGone = listener),
    setTheme(theme: Theme): void {
      brush = makeBrush(theme, ascii);
      forgetPainted();
      if (last !== null) draw(last);
    },
    /** Clears the terminal and draws everything, after something else wrote on it. */
    redraw(): void {
      takeSize();
      if (last !== null) draw(last);
    },
    /** Restores the terminal and stops the process until it is continued. False: there is no shell to stop for. */
    suspend(): boolean {
      if (!hasShellBehind()) return false;
      release();
      // The timer keeps the process alive until the signal arrives; the paused input does not.
      const hold = setInterval(() => {}, 1000);
      process.once('SIGCONT', () => {
        clearInterval(hold);
        if (!active) resume();
      });
      // The whole process group, as a parent such as npm would keep the shell waiting; SIGTSTP has a listener.
      process.kill(0, 'SIGSTOP');
      return true;
    },
    /** Takes the terminal again after a stop. */
    resume,
    /** Restores the terminal at once; idempotent. */
    close(): void {
      release();
      clearTimeout(resizing);
      keyboard.stop();
      output.off('resize', onOutputResize);
    },
    setMouse(on: boolean): void {
      mouse = on;
      if (active) output.write(on ? MOUSE_ON : MOUSE_OFF);
    },
    /** Rings the bell, and lets the terminal show `text` where it understands OSC 9 or OSC 777. */
    ring(text: string, how: 'bell' | 'osc9' | 'osc777'): void {
      const said = cut(text, 120).replaceAll(';', ',');
      const shown = { bell: '', osc9: `\x1b]9;${said}\x1b\\`, osc777: `\x1b]777;notify;warroom;${said}\x1b\\` };
      if (active) output.write(`${shown[how]}\x07`);
    },
    /** Sends text to the terminal's clipboard (OSC 52); `wrapped`: through tmux's `allow-passthrough`. */
    copy(text: string, wrapped = false): void {
      const plain = `\x1b]52;c;${Buffer.from(text.toWellFormed()).toString('base64')}\x07`;
      if (active) output.write(wrapped ? `\x1bPtmux;\x1b${plain}\x1b\\` : plain);
    },
    setTitle,
  };
}

/** False when this process leads its session, so that no shell would take over its window; true without /proc. */
function hasShellBehind(): boolean {
  try {
    // proc(5): pid (comm) state ppid pgrp session; comm may hold spaces and brackets.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
    return session !== String(process.pid);
  } catch {
    return true;
  }
}

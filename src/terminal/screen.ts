/** The screen: frames of lines to a terminal, and what a person does there back as events. */
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

/** The part of a terminal's output that is used; `process.stdout` is one. */
export interface OutputStream {
  readonly columns?: number;
  readonly rows?: number;
  /** When there is one, leaving is written to it at once, past any buffer. */
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
  /** Throw on bytes that do not belong to a frame, instead of replacing them: for tests. */
  readonly strict?: boolean;
  /** The terminal brackets pastes (`bracketsPastes`); false counts a burst of text as one. True if absent. */
  readonly bracketedPaste?: boolean;
  /** The full screen was entered already, by `paintSplash`. */
  readonly entered?: boolean;
}

export interface Screen {
  size(): Size;
  /** Draws a frame: writes what differs from the one before, at once. */
  draw(frame: Frame): void;
  /** Called when the size of the terminal changed, at most every 60 ms; the screen must be drawn again. */
  onResize(listener: (size: Size) => void): void;
  onInput(listener: (event: InputEvent) => void): void;
  /** Called once when the terminal is gone: closed, or its connection lost. */
  onGone(listener: () => void): void;
  setTheme(theme: Theme): void;
  /** Clears the terminal and draws everything again: when something else has written on it. */
  redraw(): void;
  /** Gives the terminal back and stops the process until it is continued. False: no shell to stop for. */
  suspend(): boolean;
  /** Takes the terminal again after a stop, whoever caused it. */
  resume(): void;
  /** Gives the terminal back as it was, at once; twice is harmless. */
  close(): void;
  setMouse(on: boolean): void;
  /**
   * Hands text to the terminal's clipboard (OSC 52). Terminals do not say whether they took it. `wrapped`: for a tmux
   * that passes it on unread instead of taking it itself (`allow-passthrough`).
   */
  copy(text: string, wrapped?: boolean): void;
  setTitle(title: string): void;
}

/** A window that is being resized reports many sizes; the screen is drawn once after this time, ms. */
const RESIZE_MS = 60;

/** Writes synchronously to a terminal that may be gone: it must work in an exit handler. */
function writeNow(output: OutputStream, text: string): void {
  try {
    if (output.fd === undefined) output.write(text);
    else writeSync(output.fd, text);
  } catch {
    // EIO, EPIPE: nobody is at the other end any more.
  }
}

/** Opens the full screen on a terminal. */
export function openScreen(opts: ScreenOptions): Screen {
  const { input = process.stdin, output = process.stdout, ascii, strict = false } = opts;
  const listeners = {
    resize: [] as ((size: Size) => void)[],
    input: [] as ((event: InputEvent) => void)[],
    gone: [] as (() => void)[],
  };
  const boxes = new Map<string, { box: Box; region: Region; painted: Region['lines'] | null }>();
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

  const keyboard = listenToKeys(input, opts.bracketedPaste ?? true, (event) => {
    for (const listener of listeners.input) listener(event);
  });
  let resizing: NodeJS.Timeout | undefined;
  const onOutputResize = () => {
    resizing ??= setTimeout(() => {
      resizing = undefined;
      if (!active) return;
      takeSize();
      for (const listener of listeners.resize) listener(size);
      if (last !== null) draw(last);
    }, RESIZE_MS);
  };
  const onGone = () => {
    active = false;
    for (const listener of listeners.gone.splice(0)) listener();
  };

  function takeSize(): void {
    size = measure();
    renderer.resize(size.cols, size.rows);
    forgetPainted();
    cursor = '';
  }

  function boxOf(region: Region): Box {
    const known = boxes.get(region.id);
    if (known !== undefined) {
      known.region = region;
      return known.box;
    }
    const box = renderer.box(() => {
      paintRegion(renderer.grid.lines, entry.region, brush, entry.painted, repainted);
      entry.painted = entry.region.lines;
    });
    const entry: { box: Box; region: Region; painted: Region['lines'] | null } = { box, region, painted: null };
    boxes.set(region.id, entry);
    return box;
  }

  /** The cells no longer hold what the regions painted. */
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
    // The renderer saves and restores the cursor around its writes, so it stays where it was put.
    const x = Math.min(size.cols, Math.max(0, at?.x ?? 0) + 1);
    const y = Math.min(size.rows, Math.max(0, at?.y ?? 0) + 1);
    const wanted = at === null ? '\x1b[?25l' : `\x1b[${y};${x}H\x1b[?25h`;
    if (wanted !== cursor) renderer.write(wanted);
    cursor = wanted;
  }

  function enter(entered = false): void {
    active = true;
    // Twice, because raw mode is only set when the stream believes it is not: a shell may have changed it meanwhile.
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
    writeNow(output, LEAVE);
    try {
      input.setRawMode?.(false);
    } catch {
      // EIO: the terminal is gone.
    }
    input.pause();
  }

  function resume(): void {
    enter();
    takeSize();
    if (last !== null) draw(last);
  }

  const setTitle = (title: string) => {
    if (active) output.write(`\x1b]2;${cut(title, 120)}\x07`);
  };

  output.on('resize', onOutputResize);
  // These listeners stay after closing: an error event without a listener would throw.
  output.on('error', onGone);
  input.on('error', onGone);
  input.on('end', onGone);
  enter(opts.entered);
  renderer.grid.alloc();
  if (opts.title !== undefined) setTitle(opts.title);

  return {
    size: () => size,
    draw,
    onResize: (listener) => void listeners.resize.push(listener),
    onInput: (listener) => void listeners.input.push(listener),
    onGone: (listener) => void listeners.gone.push(listener),
    setTheme(theme) {
      brush = makeBrush(theme, ascii);
      forgetPainted();
      if (last !== null) draw(last);
    },
    redraw() {
      takeSize();
      if (last !== null) draw(last);
    },
    suspend() {
      if (!hasShellBehind()) return false;
      release();
      // The paused input no longer keeps the process alive; the timer does until the signal is delivered.
      const hold = setInterval(() => {}, 1000);
      process.once('SIGCONT', () => {
        clearInterval(hold);
        if (!active) resume();
      });
      // The whole process group, or a parent such as npm would keep the shell waiting. SIGTSTP does nothing while it
      // has a listener.
      process.kill(0, 'SIGSTOP');
      return true;
    },
    resume,
    close() {
      release();
      clearTimeout(resizing);
      keyboard.stop();
      output.off('resize', onOutputResize);
    },
    setMouse(on) {
      mouse = on;
      if (active) output.write(on ? MOUSE_ON : MOUSE_OFF);
    },
    copy(text, wrapped = false) {
      const plain = `\x1b]52;c;${Buffer.from(text.toWellFormed()).toString('base64')}\x07`;
      if (active) output.write(wrapped ? `\x1bPtmux;\x1b${plain}\x1b\\` : plain);
    },
    setTitle,
  };
}

/**
 * False when this process leads its session: it is the only thing in its window, so no shell would take over and the
 * window would be dead. Where that cannot be known (no /proc), a shell is assumed.
 */
export function hasShellBehind(): boolean {
  try {
    // proc(5): pid (comm) state ppid pgrp session; comm may hold spaces and brackets.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
    return session !== String(process.pid);
  } catch {
    return true;
  }
}

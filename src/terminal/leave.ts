/**
 * Leaving the terminal as it was, however this process ends, and keeping everybody else's output off the screen while
 * it is on. Only kill -9 leaves a broken terminal; `reset` mends it.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { Screen } from './screen.ts';
import { oneLine } from './text.ts';

/** The exit code after a fault of our own (sysexits.h EX_SOFTWARE). */
const EXIT_FAULT = 70;

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface LeaveOptions {
  readonly screen: Pick<Screen, 'close' | 'suspend' | 'resume' | 'onGone'>;
  /** Called once before the process ends by a fault or a signal: keeps the draft. Must be synchronous. */
  readonly save?: () => void;
  /** Where warnings, foreign output and the stack of a fault go; must not write to the terminal. */
  readonly log?: (text: string) => void;
}

export interface Leave {
  /** Gives the terminal back, keeping the process: the screen is closed, warnings go to stderr again. */
  release(): void;
}

function toStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // EIO, EPIPE, EAGAIN: nobody can read it.
  }
}

/**
 * Puts the null device in place of a terminal that is gone. Node sets the terminal's mode once more while it exits, and
 * aborts with a core dump when that fails (`node::ResetStdio`); it leaves a descriptor alone that is another file now.
 */
function detachTerminal(): void {
  for (const fd of [0, 1, 2])
    try {
      if (!fstatSync(fd).isCharacterDevice()) continue;
      closeSync(fd);
      // The lowest free descriptor is the one that was closed.
      openSync('/dev/null', 'r+');
    } catch {
      // EBADF: it was closed before, and is skipped, too.
    }
}

/** From here on the terminal is restored on exit, faults, SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGCONT, once. */
export function installLeave({ screen, save, log = () => {} }: LeaveOptions): Leave {
  const stderrWrite = process.stderr.write;
  const printers = process.listeners('warning');
  let saved = false;
  let released = false;

  const keep = () => {
    if (saved) return;
    saved = true;
    try {
      save?.();
    } catch (error) {
      log(`the draft could not be kept: ${String(error)}`);
    }
  };

  const onFault = (error: unknown) => {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    keep();
    release();
    try {
      log(detail);
    } catch {
      // Only the line on stderr remains.
    }
    toStderr(`warroom: stopped by a fault of its own: ${oneLine(error instanceof Error ? error.message : detail)}\n`);
    process.exit(EXIT_FAULT);
  };

  const onSignal = (signal: NodeJS.Signals) => {
    keep();
    release();
    if (signal === 'SIGHUP') detachTerminal();
    process.exit(SIGNALS[signal as keyof typeof SIGNALS]);
  };
  const onStop = () => void screen.suspend();
  const onContinue = () => screen.resume();
  const onWarning = (warning: Error) => log(`${warning.name}: ${warning.message}`);

  function release(): void {
    if (released) return;
    released = true;
    screen.close();
    process.stderr.write = stderrWrite;
    process.off('warning', onWarning);
    for (const printer of printers) process.on('warning', printer as (warning: Error) => void);
    process.off('exit', release).off('uncaughtException', onFault).off('unhandledRejection', onFault);
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    process.off('SIGTSTP', onStop).off('SIGCONT', onContinue);
  }

  // Node prints warnings in a listener of its own, libraries write to stderr: both would garble the screen.
  process.removeAllListeners('warning').on('warning', onWarning);
  process.stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    log((typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)).trimEnd());
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  process.on('exit', release).on('uncaughtException', onFault).on('unhandledRejection', onFault);
  for (const signal of Object.keys(SIGNALS)) process.on(signal as NodeJS.Signals, onSignal);
  process.on('SIGTSTP', onStop).on('SIGCONT', onContinue);
  screen.onGone(() => {
    if (!released) onSignal('SIGHUP');
  });
  return { release };
}

/**
 * Restores the terminal however this process ends (but for SIGKILL, after which `reset` helps), and keeps warnings and
 * the output of libraries off the screen.
 */
import { closeSync, fstatSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Screen } from './screen.ts';
import { oneLine, safeText } from './text.ts';

/** sysexits.h EX_SOFTWARE. */
const EXIT_FAULT = 70;

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

interface LeaveOptions {
  readonly screen: Pick<Screen, 'close' | 'suspend' | 'resume' | 'onGone'>;
  /** Saves the draft. Called once, before the process ends by a fault or a signal; must be synchronous. */
  readonly save?: () => void;
  /** Gets warnings, the output of libraries and the stack of a fault. */
  readonly logFile: string;
}

/** A log with more bytes begins anew; most characters of one text in it. */
const LOG_MOST = 256 * 1024;
const TEXT_MOST = 16 * 1024;

/** False: the log cannot be written. */
function appendLog(file: string, text: string): boolean {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const line = `${new Date().toISOString()} ${process.pid} ${safeText(text.slice(0, TEXT_MOST))}\n`;
    writeFileSync(file, line, { flag: size > LOG_MOST ? 'w' : 'a', mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Replaces the descriptors of a terminal that is gone by the null device: while Node exits it sets the terminal's mode
 * again, and dumps core when that fails (`node::ResetStdio`).
 */
function detachTerminal(): void {
  for (const fd of [0, 1, 2])
    try {
      if (!fstatSync(fd).isCharacterDevice()) continue;
      closeSync(fd);
      // The lowest free descriptor is the one that was closed.
      openSync('/dev/null', 'r+');
    } catch {
      // EBADF: already closed.
    }
}

/**
 * Restores the terminal once, on exit, faults and signals. `release` does so while the process goes on: it closes the
 * screen and removes the handlers.
 */
export function installLeave({ screen, save, logFile }: LeaveOptions): { release(): void } {
  const log = (text: string): boolean => appendLog(logFile, text);
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
    const reason = error instanceof Error ? error.message : detail;
    const where = log(detail) ? ` (its stack is in ${logFile})` : '';
    try {
      writeSync(2, `${oneLine(`warroom: stopped by a fault of its own: ${reason}${where}`)}\n`);
    } catch {
      // EIO, EPIPE, EAGAIN: nobody can read it.
    }
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
  const onWarning = (warning: Error) => void log(`${warning.name}: ${warning.message}`);

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

  // Warnings that Node prints, and libraries that write to stderr, would garble the screen.
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

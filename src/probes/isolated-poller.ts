/**
 * Polls targets in a child process with bounded memory and time. When it ends or freezes, another one is started, and the
 * target that was being polled is left out for a while. If it may have been one of several, these are polled one at a time
 * until it is known which.
 */
import type { ChildProcess } from 'node:child_process';
import { readReading, type Reading } from '../protocol/reading.ts';
import { forkProgram } from './child-program.ts';
import type { Failure } from './failure.ts';
import type { PollerInspection, Poller, PollerOptions } from './poller.ts';
import type { Raw, Target } from './probe.ts';
import { readingOf } from './session.ts';

/** Memory limits of the child, MiB: of its heap, and in all. */
const HEAP_MIB = 192;
const RSS_MIB = 400;
const PING_MS = 1_000;
const MEMORY_MS = 5_000;
/** A child that has not answered for this long is frozen, ms; its start takes a while on a busy machine. */
const FROZEN_MS = 4_000;
const START_MS = 15_000;
/** How long a target is left out that ended the child once, twice, … in a row, ms. */
const QUARANTINE_MS = [10_000, 30_000, 60_000, 300_000];
/** Pause before the first, second, … start in a row that did not last, ms. */
const RESTART_MS = [100, 1_000, 3_000, 10_000];
/** A child that lived for this long has started, ms. */
const LASTED_MS = 20_000;
/** Number of readings after which a target is no suspect any more. */
const CLEARED_AFTER = 3;

export type FromParent =
  | { readonly type: 'targets'; readonly targets: readonly Target[]; readonly suspects: readonly string[] }
  | { readonly type: 'inspect'; readonly id: number; readonly target: string }
  | { readonly type: 'ping' };

interface IsolatedPollerOptions extends Pick<PollerOptions, 'targets' | 'onReading'> {
  readonly say?: (line: string) => void;
}

/** A poller in a child process. Never throws: that the child cannot be started is reported as readings. */
export class IsolatedPoller implements Omit<Poller, 'crashed'> {
  readonly #options: IsolatedPollerOptions;
  #targets: readonly Target[];
  readonly #working = new Set<string>();
  /** Suspect -> number of readings until it is cleared. */
  readonly #suspects = new Map<string, number>();
  /** Targets that ended a child: how often, and until when they are not polled. */
  readonly #quarantine = new Map<string, { times: number; until: number }>();
  readonly #inspections = new Map<number, (answer: PollerInspection) => void>();
  #inspectionId = 0;
  #child: ChildProcess | null = null;
  #startedAt = 0;
  #heardAt = 0;
  #pingedAt = 0;
  #hasAnswered = false;
  #beatAt = performance.now();
  #failedStarts = 0;
  readonly #timer: NodeJS.Timeout;
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: IsolatedPollerOptions) {
    this.#options = options;
    this.#targets = options.targets;
    this.#startChild();
    this.#timer = setInterval(() => this.#beat(), PING_MS);
    this.#timer.unref();
  }

  async inspect(target: string): Promise<PollerInspection> {
    if (!this.#child?.connected) return { refused: 'the process that polls targets is being started: try again' };
    return new Promise((resolve) => {
      this.#inspections.set(++this.#inspectionId, resolve);
      this.#send({ type: 'inspect', id: this.#inspectionId, target });
    });
  }

  retarget(targets: readonly Target[]): void {
    this.#targets = targets;
    const names = new Set(targets.map(({ name }) => name));
    for (const known of [this.#suspects, this.#quarantine])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    this.#sendTargets();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), PING_MS);
    await gone;
    clearTimeout(late);
  }

  #startChild(): void {
    this.#working.clear();
    this.#startedAt = this.#heardAt = performance.now();
    this.#hasAnswered = false;
    const child = forkProgram('probes/probe-process', HEAP_MIB);
    this.#child = child;
    child.on('message', (messages) => {
      if (child !== this.#child || this.#isClosed || !Array.isArray(messages)) return;
      for (const message of messages as readonly unknown[]) this.#hear(message);
    });
    child.on('error', () => this.#ended(child, 'could not be started'));
    child.on('exit', (code, signal) => this.#ended(child, `ended (${signal ?? `exit code ${code}`})`));
    this.#sendTargets();
  }

  /** Invalid parts of a message are ignored: the child parses the answers of untrusted servers. */
  #hear(message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    this.#heardAt = performance.now();
    this.#hasAnswered = true;
    const { type, reading, id, answer, target, on, rssBytes }: Raw = { ...message };
    const read = type === 'reading' ? readReading(reading) : null;
    if (read) this.#take(read);
    if (type === 'working' && typeof target === 'string') this.#working[on === true ? 'add' : 'delete'](target);
    if (type === 'pong' && Number(rssBytes) > RSS_MIB * 1024 * 1024) this.#child?.kill('SIGKILL');
    if (type !== 'inspected' || typeof id !== 'number' || typeof answer !== 'object') return;
    const { said, refused }: Raw = { ...answer };
    this.#inspections.get(id)?.(said === undefined ? { refused: String(refused) } : { said: String(said) });
    this.#inspections.delete(id);
  }

  #take(taken: Reading): void {
    const { target } = taken;
    if (!this.#targets.some(({ name }) => name === target) || this.#isQuarantined(target)) return;
    const owed = this.#suspects.get(target);
    if (owed !== undefined && owed > 1) this.#suspects.set(target, owed - 1);
    else if (owed !== undefined) {
      this.#suspects.delete(target);
      this.#quarantine.delete(target);
      this.#sendTargets();
    }
    this.#options.onReading(taken);
  }

  #isQuarantined(target: string): boolean {
    return performance.now() < (this.#quarantine.get(target)?.until ?? 0);
  }

  #beat(): void {
    const now = performance.now();
    // After a pause of this process the answers of the child are still to be read.
    if (now - this.#beatAt > 2 * PING_MS) this.#heardAt = Math.max(this.#heardAt, now);
    this.#beatAt = now;
    const limit = this.#hasAnswered ? FROZEN_MS : START_MS;
    if (this.#child?.connected && now - this.#heardAt > limit) this.#child.kill('SIGKILL');
    // Readings are signs of life, too: a ping is needed only without them.
    if (now - this.#heardAt >= PING_MS || now - this.#pingedAt >= MEMORY_MS) {
      this.#pingedAt = now;
      this.#send({ type: 'ping' });
    }
    let isReleased = false;
    for (const target of this.#targets) {
      const held = this.#quarantine.get(target.name);
      if (held !== undefined && now < held.until) {
        const seconds = Math.ceil((held.until - now) / 1_000);
        const message = `what it sent ended the process that polls; next try in ${seconds} s`;
        this.#options.onReading(down(target, { class: 'protocol', message }));
      } else if (held !== undefined && !this.#suspects.has(target.name)) {
        this.#suspects.set(target.name, CLEARED_AFTER);
        isReleased = true;
      } else if (this.#failedStarts > 1) {
        const message = 'the process that polls targets does not start; nothing is known';
        // Without samples no rule takes this for an outage of the target.
        this.#options.onReading({ ...down(target, { class: 'unknown', message }), samples: [] });
      }
    }
    if (isReleased) this.#sendTargets();
  }

  /** Blames the target that was being polled; of several, each is a suspect until it is cleared. */
  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child || this.#isClosed) return;
    this.#child = null;
    const working = this.#targets.filter(({ name }) => this.#working.has(name));
    const blamed = working.length > 0 ? working : this.#targets;
    const { say = () => {} } = this.#options;
    say(`the process that polls targets ${how}; at work: ${working.map(({ name }) => name).join(', ') || 'none'}`);
    for (const answer of this.#inspections.values()) answer({ refused: `the process that polls targets ${how}` });
    this.#inspections.clear();
    if (blamed.length === 1 && blamed[0]) {
      const times = (this.#quarantine.get(blamed[0].name)?.times ?? 0) + 1;
      const waitMs = QUARANTINE_MS[Math.min(times, QUARANTINE_MS.length) - 1] ?? 0;
      this.#quarantine.set(blamed[0].name, { times, until: performance.now() + waitMs });
      this.#suspects.delete(blamed[0].name);
    } else for (const { name } of blamed) this.#suspects.set(name, CLEARED_AFTER);
    this.#failedStarts =
      performance.now() - this.#startedAt < LASTED_MS && blamed.length !== 1 ? this.#failedStarts + 1 : 0;
    const waitMs = RESTART_MS[Math.min(this.#failedStarts, RESTART_MS.length - 1)] ?? 0;
    this.#restart = setTimeout(() => this.#startChild(), waitMs);
  }

  #sendTargets(): void {
    const targets = this.#targets.filter(({ name }) => !this.#isQuarantined(name)).map(forPolling);
    this.#send({ type: 'targets', targets, suspects: [...this.#suspects.keys()] });
  }

  #send(message: FromParent): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }
}

/** Without the user that runbooks change something with, whom a hostile target could get hold of there. */
export const forPolling = (target: Target): Target =>
  typeof target.settings === 'object' && target.settings !== null && 'remediationUrl' in target.settings
    ? { ...target, settings: { ...target.settings, remediationUrl: null } }
    : target;

const down = (target: Target, failure: Failure): Reading =>
  readingOf(target, performance.now(), { failure, samples: [] });

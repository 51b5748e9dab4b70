/** The contract of a probe: one file per kind of target. */
import type { Reading, Row, Sample } from '../protocol/reading.ts';
import type { Failure } from './failure.ts';

/** One entry of `targets:` in warroom.yaml, with its kind's own settings already validated. */
export interface Target<Settings = unknown> {
  /** Unique; what panels and rules call it. */
  readonly name: string;
  readonly kind: string;
  readonly intervalMs: number;
  /** A server that was only guessed: while it has never answered, its absence is no failure. */
  readonly optional?: boolean;
  readonly settings: Settings;
}

/** Metric -> does it go up and down, or only rise until its source begins anew. */
export type MetricTypes = Readonly<Record<string, Sample['type']>>;

/** The names in `text`, with blanks between them, each of this type. */
export const metricTable = (type: Sample['type'], text: string): MetricTypes =>
  Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((name) => [name, type]),
  );

export interface Probe<Settings = unknown> {
  readonly kind: string;
  /** One line for `--help` and docs: what it polls. */
  readonly about: string;
  /** All its readings can hold, whether there is a target to give it or not: rules are held against it. */
  readonly metrics: MetricTypes;
  /** It holds a connection between polls: after a failed connect (phase `connect`) the poller backs off. */
  readonly isHeld?: boolean;
  /**
   * Reads this kind's own keys of a target (everything but name, kind, every).
   * Answers the settings, or faults each naming the key they are about.
   */
  parse(raw: Readonly<Record<string, unknown>>): Settings | { readonly faults: readonly Fault[] };
  /** The statements that make a user with just the rights it needs; PASSWORD stands for one. In docs/probes.md too. */
  readonly rights?: readonly string[];
  /** What a closer look finds, in words, when its sessions can `inspect`: `big keys`. */
  readonly inspects?: string;
  /** Loads its client library, which takes longer than a poll may. To be awaited before the first poll. */
  load?(): Promise<unknown>;
  /** Makes a session. Opens nothing yet and never throws: the first poll connects. */
  open(target: Target<Settings>): Session;
}
export interface Fault {
  /** Path of keys below the target, e.g. `['json', 'ws_connections']`. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** The character of the text at `path` that is wrong; the first one unless given. */
  readonly at?: number;
  /** Not the value but its key is wrong. */
  readonly isKey?: boolean;
  /** For an unknown key: the keys there are. */
  readonly allowed?: readonly string[];
}

/** What is held open between polls. One poll in flight at a time; the caller sees to it. */
export interface Session {
  /** Never rejects: trouble is a Reading with `up: false` and an error class. Ends soon after `signal` aborts. */
  poll(signal: AbortSignal): Promise<Reading>;
  /**
   * One slice of a closer look that costs more, on demand, over the connection a poll has opened; asked again, it goes
   * on where it stopped. Never rejects.
   */
  inspect?(signal: AbortSignal): Promise<Inspection>;
  close(): Promise<void>;
}

/** How far a closer look has come, and what it has found so far. */
export interface Inspection {
  readonly failure: Failure | null;
  readonly isDone: boolean;
  /** What the numbers stand for, in words: `46 % of 23053 keys`. */
  readonly seen: string;
  readonly rows: Readonly<Record<string, readonly Row[]>>;
}

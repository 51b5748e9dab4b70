/** The contract of a probe: one file per kind of target. */
import type { Reading, Row, Sample } from '../protocol/reading.ts';
import type { Failure } from './failure.ts';

/** One entry of `targets:` in warroom.yaml, with its kind's own settings already validated. */
export interface Target<Settings = unknown> {
  /** Unique; what panels and rules call it. */
  readonly name: string;
  readonly kind: string;
  readonly intervalMs: number;
  /** A default that may not exist: until it has answered once, its absence is not a failure. */
  readonly optional?: boolean;
  readonly settings: Settings;
}

/** The type of each metric. */
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
  /** Every metric that its readings can hold. Rules are checked against it without polling. */
  readonly metrics: MetricTypes;
  /** Its sessions hold a connection between polls: after a failure in phase `connect` the poller backs off. */
  readonly isHeld?: boolean;
  /**
   * Reads this kind's own keys of a target (everything but name, kind, every).
   * Answers the settings, or faults each naming the key they are about.
   */
  parse(raw: Readonly<Record<string, unknown>>): Settings | { readonly faults: readonly SettingsFault[] };
  /** Statements that create a user with the least rights it needs; PASSWORD is a placeholder. Also in docs/probes.md. */
  readonly rights?: readonly string[];
  /** What an inspection looks for, in words, where sessions can `inspect`: `big keys`. */
  readonly inspects?: string;
  /** Loads the client library, which takes longer than a poll may. Must be awaited before the first poll. */
  load?(): Promise<unknown>;
  /** Creates a session without connecting; never throws. The first poll connects. */
  open(target: Target<Settings>): ProbeSession;
}
export interface SettingsFault {
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

/** Polls one target. The caller runs one poll at a time. */
export interface ProbeSession {
  /** Never rejects: a failure is a Reading with `up: false` and an error class. Ends soon after `signal` aborts. */
  poll(signal: AbortSignal): Promise<Reading>;
  /**
   * Runs one slice of an inspection over the connection that a poll has opened; the next call continues. Never rejects.
   */
  inspect?(signal: AbortSignal): Promise<Inspection>;
  close(): Promise<void>;
}

/** The progress of an inspection, and its results so far. */
export interface Inspection {
  readonly failure: Failure | null;
  readonly isDone: boolean;
  /** What share of the target was seen, in words: `46 % of 23053 keys`. */
  readonly seen: string;
  readonly rows: Readonly<Record<string, readonly Row[]>>;
}

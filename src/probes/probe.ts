/** The contract of a probe: one file per kind of target. */
import type { Reading, Row, Sample } from '../protocol/reading.ts';
import type { Failure } from './failure.ts';

/** One entry of `targets:` in warroom.yaml, validated. */
export interface Target<Settings = unknown> {
  readonly name: string;
  readonly kind: string;
  readonly intervalMs: number;
  /** A default that may not exist: until it has answered once, its absence is no failure. */
  readonly optional?: boolean;
  readonly settings: Settings;
}

type MetricTypes = Readonly<Record<string, Sample['type']>>;

/** Reads names of metrics, separated by white space. */
export function metricTypes(names: { readonly gauge: string; readonly counter?: string }): MetricTypes {
  const typed = Object.entries(names) as [Sample['type'], string][];
  return Object.fromEntries(typed.flatMap(([type, text]) => text.split(/\s+/).map((name) => [name, type])));
}

/** A map of warroom.yaml as it was written. */
export type Raw = Readonly<Record<string, unknown>>;
export type ParsedSettings<Settings> = Settings | { readonly faults: readonly SettingsFault[] };

export interface Probe<Settings = unknown> {
  /** Every metric of its readings, except those that a body of an http target adds. Rules are checked against it. */
  readonly metrics: MetricTypes;
  /** Its sessions hold a connection between polls: after a failure in phase `connect` the poller backs off. */
  readonly isHeld?: boolean;
  /** Reads the kind's own keys of a target (all but name, kind, every, optional). */
  parse(raw: Raw): ParsedSettings<Settings>;
  /** Statements that create a user with the least rights it needs; PASSWORD is a placeholder. Also in docs/probes.md. */
  readonly rights?: readonly string[];
  /** What an inspection looks for, for messages, where sessions have `inspect`: `big keys`. */
  readonly inspects?: string;
  /** Loads the client library, which takes longer than a poll may. Must be awaited before the first poll. */
  load?(): Promise<unknown>;
  /** Creates a session without connecting; never throws. The first poll connects. */
  open(target: Target<Settings>): ProbeSession;
}
export interface SettingsFault {
  /** Keys below the target, e.g. `['json', 'ws_connections']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Index of the wrong character in the text at `path`; 0 unless given. */
  readonly at?: number;
  readonly isKey?: boolean;
  /** The valid keys, for an unknown key. */
  readonly allowed?: readonly string[];
}

/** Polls one target. The caller runs one poll at a time. */
export interface ProbeSession {
  /** Never rejects: a failure is a Reading with `up: false` and an error class. Ends soon after `signal` aborts. */
  poll(signal: AbortSignal): Promise<Reading>;
  /** Runs the next slice of an inspection over the connection that a poll has opened. Never rejects. */
  inspect?(signal: AbortSignal): Promise<Inspection>;
  close(): Promise<void>;
}

export interface Inspection {
  readonly failure: Failure | null;
  readonly isDone: boolean;
  /** The share of the target that was seen: `46 % of 23053 keys`. */
  readonly seen: string;
  readonly rows: Readonly<Record<string, readonly Row[]>>;
}

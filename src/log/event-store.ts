/** The durable ordered record of events, a stream per incident. The contract suite holds each implementation to it. */
import type { Event } from '../incident/event.ts';

/**
 * Which client sent a command, and its number there: the same pair is the same command for the life of the stream.
 * `hash` tells a retry from another command under the same number.
 */
export interface Origin {
  readonly client: string;
  readonly n: number;
  readonly hash: string;
}

/** Where the events of a command begin, and its hash. */
export interface StoredCommand {
  readonly seq: number;
  readonly hash: string;
}

/** The events of one command. */
export interface Append {
  readonly events: readonly Event[];
  readonly origin: Origin;
}
export interface Appended {
  readonly events: readonly Event[];
  /** Each event as it is stored, so that nobody encodes it again. */
  readonly texts: readonly string[];
}

/**
 * `read_only`: a write or sync failed, nothing is written until a restart · `disk_low`: may be tried again ·
 * `conflict`: the stream does not end at the expected seq, or (client, n) is stored already · `corrupt`: the stream is
 * damaged · `closed`: the store was closed.
 */
export type StoreFaultCode = 'read_only' | 'disk_low' | 'conflict' | 'corrupt' | 'closed';
/** Every method rejects with it. Of an `append` nothing was or will be acknowledged. */
export class StoreFault extends Error {
  readonly code: StoreFaultCode;
  constructor(code: StoreFaultCode, message: string) {
    super(message);
    this.name = 'StoreFault';
    this.code = code;
  }
}

/** How events are folded into a state `S`, and the summary `M` in lists. All functions are pure. */
export interface Fold<S, M> {
  /** Snapshots and index entries of another version are ignored. */
  readonly version: number;
  /** The state before the first event. */
  blank(stream: string): S;
  evolve(state: S, event: Event): S;
  /** Null when the JSON is not a state. */
  read(raw: unknown): S | null;
  /** Nothing more is expected: such a stream stays closed until it is asked for. */
  isCold(state: S): boolean;
  summary(state: S): M;
  isSummary(raw: unknown): raw is M;
}

/** A fold of a stream up to `seq`. */
export interface Snapshot<S> {
  seq: number;
  state: S;
}

export interface Opened<S> {
  /** Random: tells the stream from another of the same name. */
  readonly epoch: string;
  /** The last durable seq; 0 for an empty stream. */
  readonly head: number;
  readonly state: S;
}

export interface Served<M> {
  readonly stream: string;
  readonly cold: boolean;
  readonly head: number;
  /** Read when it is looked at. Null: the index is wrong about it, which opening the stream mends. */
  readonly summary: M | null;
  /** Another hub's, and not cold: it is kept as it is, and nothing that runs in it is continued. */
  readonly imported?: true;
}
/** A stream that is not served, and why. */
export interface Damaged {
  readonly stream: string;
  readonly damaged: string;
}
export type Listed<M> = Served<M> | Damaged;

/** Called after a durable append, in order per stream, before `append` resolves. */
export type AppendListener = (stream: string, appended: readonly Appended[]) => void;

/** Streams that share a fold. */
export interface EventStore<S, M> {
  /** Every stream; cold ones stay closed. Rejects with `corrupt`, and what to do, when a damaged one may be needed. */
  list(): Promise<readonly Listed<M>[]>;
  /** Called when what `list` said of a stream was wrong. Returns how to stop. */
  onListed(listener: (listed: Listed<M>) => void): () => void;
  /** Folds the stream and keeps it open. Null: there is none. */
  open(stream: string): Promise<Opened<S> | null>;
  /** The stream may be closed until it is needed again. Does nothing while it is written to. */
  release(stream: string): Promise<void>;
  /** Updates the snapshots of open streams that have grown much. `folded`: durable events that need not be folded again. */
  saveSnapshots(folded?: (stream: string) => Snapshot<S> | undefined): Promise<void>;
  /**
   * Makes the events durable, all or none, directly after `expectedSeq` (0 creates the stream). Resolves when they are
   * on disk, in the order of the calls. May be called again before that: `expectedSeq` counts what was handed over.
   * Rejects with StoreFault.
   */
  append(stream: string, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]>;
  /** Stored events from `after` + 1, at most `limit`, and no more than needed to have `length` characters. */
  read(stream: string, after: number, limit: number, length?: number): Promise<readonly string[]>;
  origin(stream: string, client: string, n: number): Promise<StoredCommand | undefined>;
  /** The stream that command (client, n) created. */
  createdBy(client: string, n: number): Promise<string | undefined>;
  /** Returns how to stop. */
  subscribe(listener: AppendListener): () => void;
  /** Why nothing can be written any more; else null. */
  readonly readOnly: string | null;
  /** A sentence while appends are refused for lack of space; else null. */
  lowSpace(): string | null;
  /** Waits for writes; afterwards everything is refused with `closed`. */
  close(): Promise<void>;
}

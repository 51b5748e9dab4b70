/**
 * The durable ordered record of events, one stream per incident. Every implementation keeps the same promises; the
 * contract suite (`test/log/event-store.contract.ts`) holds them to it.
 */
import type { Event } from '../incident/event.ts';

/**
 * Who sent a command, and its number among that client's commands. The same (client, n) twice is the same command, for
 * the life of the stream; `hash` tells a retry from a different command sent under the same number.
 */
export interface Origin {
  readonly client: string;
  readonly n: number;
  readonly hash: string;
}

/** The events of one command, and where the command came from. */
export interface Append {
  readonly events: readonly Event[];
  readonly origin: Origin;
}
export interface Appended {
  readonly events: readonly Event[];
  /** Each event as it is written (the codec of `incident/`), so that nobody encodes it again. */
  readonly texts: readonly string[];
}

/**
 * `read_only`: a write or sync failed, nothing is written until a restart · `disk_low`: refused before the disk is full,
 * may be tried again · `conflict`: the stream does not end at the expected seq, or this (client, n) is stored already ·
 * `corrupt`: this stream is damaged and not served · `closed`: the store was closed.
 */
export type StoreFaultCode = 'read_only' | 'disk_low' | 'conflict' | 'corrupt' | 'closed';
/** Every method of EventStore rejects with it. For `append`: nothing was acknowledged and nothing will be. */
export class StoreFault extends Error {
  readonly code: StoreFaultCode;
  constructor(code: StoreFaultCode, message: string) {
    super(message);
    this.name = 'StoreFault';
    this.code = code;
  }
}

/**
 * What the store needs to know about the events it keeps: how to fold them into a state `S`, and the short `M` that is
 * said about a stream in a list. The store itself knows nothing about incidents. All functions are pure.
 */
export interface Fold<S, M> {
  /** Changes with the fold: snapshots and index entries made by another version are ignored. */
  readonly version: number;
  /** The state before the first event. */
  blank(stream: string): S;
  evolve(state: S, event: Event): S;
  /** Reads the JSON of a state back; null when it is none. */
  read(raw: unknown): S | null;
  /** Nothing more is expected in it: such a stream stays closed at the start and is opened on demand. */
  isCold(state: S): boolean;
  summary(state: S): M;
  /** Is this, read back from JSON, a summary? Asked for thousands at a start. */
  isSummary(raw: unknown): raw is M;
}

/** A stream as it stood when it was opened. */
export interface Opened<S> {
  /** Random, made with the stream: tells it from another one of the same name. */
  readonly epoch: string;
  /** The seq of the last durable event; 0 for an empty stream. */
  readonly head: number;
  readonly state: S;
}

/** One line about a stream that is served. */
export interface Served<M> {
  readonly stream: string;
  readonly cold: boolean;
  readonly head: number;
  readonly summary: M;
}
/** A stream that is not served, and why, in words. */
export interface Damaged {
  readonly stream: string;
  readonly damaged: string;
}
export type Listed<M> = Served<M> | Damaged;

/** Called after a durable append, in order per stream, before the promise of `append` continues. */
export type AppendListener = (stream: string, appended: readonly Appended[]) => void;

/** A set of streams that share one fold. Streams of another kind (the hub's own) are another EventStore. */
export interface EventStore<S, M> {
  /**
   * Every stream there is, without opening those that are known to be cold. Rejects with `corrupt`, saying what to do,
   * when a damaged stream may still be needed.
   */
  list(): Promise<readonly Listed<M>[]>;
  /** Told when what `list` said about a stream turned out wrong: it is damaged, or its index entry was. Returns how to stop. */
  onListed(listener: (listed: Listed<M>) => void): () => void;
  /** Folds the stream (from its snapshot on) and keeps it open. Null: there is no such stream. */
  open(stream: string): Promise<Opened<S> | null>;
  /**
   * Nobody needs the stream at the moment: its descriptors and tables may go, its snapshot and index entry are brought up
   * to date. Does nothing while something is being written to it. It is opened again by whatever needs it.
   */
  release(stream: string): Promise<void>;
  /** Brings the snapshot of every open stream that has grown much up to date, so that the next start is quick. */
  saveSnapshots(): Promise<void>;
  /**
   * Makes the events durable, all or none of them, directly after `expectedSeq` (0 creates the stream). Resolves after
   * the bytes are on disk, in the order of the calls; calls of one moment share a commit. May be called again before the
   * call before it has resolved: `expectedSeq` counts what was handed over. Rejects with StoreFault.
   */
  append(stream: string, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]>;
  /**
   * Durable events as they are written: `after` + 1, …, at most `limit` of them, and no more than needed to have
   * `length` characters. Empty when there are none, or no such stream.
   */
  read(stream: string, after: number, limit: number, length?: number): Promise<readonly string[]>;
  /** Where the durable events of command (client, n) begin, and its hash; undefined when there are none. */
  origin(
    stream: string,
    client: string,
    n: number,
  ): Promise<{ readonly seq: number; readonly hash: string } | undefined>;
  /** The stream whose first events are those of command (client, n), cold or not; undefined when there is none. */
  createdBy(client: string, n: number): Promise<string | undefined>;
  /** Returns how to stop. */
  subscribe(listener: AppendListener): () => void;
  /** Why nothing can be written any more, in words; null while all is well. */
  readonly readOnly: string | null;
  /** Measures the free space: a sentence while appends are refused because there is too little, else null. */
  lowSpace(): Promise<string | null>;
  /** Waits for what is being written; afterwards everything is refused with `closed`. */
  close(): Promise<void>;
}

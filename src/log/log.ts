/** The durable ordered record. Every implementation keeps the same promises; the contract test holds them to it. */
import type { Event } from '../incident/event.ts';

/**
 * Which asker wants this, and its how-manieth command it is. The same (client, n) twice is the same command,
 * for the life of the incident; `hash` tells a retry from another command that lies about its n.
 */
export interface Origin {
  readonly client: string;
  readonly n: number;
  readonly hash: string;
}

/** The events of one command, and whose it was. */
export interface Append {
  readonly events: readonly Event[];
  readonly origin: Origin;
}
export interface Appended {
  readonly events: readonly Event[];
  /** Each event as it is written (`incident/event-codec.ts`), so that nobody encodes it again. */
  readonly texts: readonly string[];
}

/**
 * `read_only`: a write or sync failed, nothing is written until a restart · `disk_low`: refused before the disk is full,
 * may be tried again · `out_of_order`: not the next seq, or this (client, n) is there already · `corrupt`: this record
 * is damaged and not served · `closed`: the log was closed.
 */
export type LogFaultCode = 'read_only' | 'disk_low' | 'out_of_order' | 'corrupt' | 'closed';
/** Thrown by `append`: nothing was acknowledged and nothing will be. */
export class LogFault extends Error {
  readonly code: LogFaultCode;
  constructor(code: LogFaultCode, message: string) {
    super(message);
    this.name = 'LogFault';
    this.code = code;
  }
}

export interface Log {
  /** Random, made with the record: tells it from another one of the same name. */
  epoch(incident: string): string;
  /** The seq of the last durable event; 0 for an empty record. */
  head(incident: string): number;
  incidents(): readonly string[];
  /** Opens a new record. Throws when `incident` exists. */
  create(incident: string): Promise<void>;
  /**
   * Makes `events` durable, all or none. They must continue the record (`seq` = last appended + 1, …).
   * Resolves only after the bytes are on disk, in the order of the calls. Rejects with LogFault.
   */
  append(incident: string, events: readonly Event[], origin: Origin): Promise<Appended>;
  /** The same for several commands in their order, all or none of them. */
  appendAll(incident: string, appends: readonly Append[]): Promise<readonly Appended[]>;
  /** What was stored for this (client, n), or undefined. Durable records only. */
  find(incident: string, client: string, n: number): { readonly seq: number; readonly hash: string } | undefined;
  /** One durable event, read back from where it is kept. */
  get(incident: string, seq: number): Event | undefined;
  /**
   * As they are written: the events `after`+1 …, at most `limit` of them, and no more than needed to have `length`
   * characters: what resume and join send.
   */
  texts(incident: string, after: number, limit: number, length?: number): readonly string[];
  read(incident: string, after: number): AsyncIterable<Event>;
  /** Why nothing can be written any more, in words; null while all is well. */
  readonly readOnly: string | null;
  /** Looks how much room there is: a sentence while appends are refused because there is too little, else null. */
  lowSpace(): Promise<string | null>;
  close(): Promise<void>;
}

/** The synchronous interface of the record, as long as the hub still uses it. `event-store.ts` takes its place. */
import type { Event } from '../incident/event.ts';
import type { Append, Appended, Origin } from './event-store.ts';

export { StoreFault as LogFault } from './event-store.ts';
export type { Append, Appended, Origin } from './event-store.ts';

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

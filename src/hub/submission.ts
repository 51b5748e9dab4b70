/** A command submitted to a room, the queue there, and its result. */
import { hash } from 'node:crypto';
import type { Command } from '../incident/command.ts';
import type { Context } from '../incident/context.ts';
import type { Event } from '../incident/event.ts';
import type { EventStore, Origin } from '../log/event-store.ts';
import { parseEvent } from '../log/record.ts';
import type { NackCode } from '../protocol/messages.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Limits } from './limits.ts';

export interface Submission<C = Command> {
  /** Identifies the command, however often it is sent. */
  readonly origin: Origin;
  readonly id: string;
  readonly command: C;
  readonly actor: Context['actor'];
}

/** Nothing was recorded. `retryAfter`, ms: the same command may be sent again later. */
export interface RefusedResult {
  readonly refused: NackCode;
  readonly reason: string;
  readonly retryAfter?: number;
}
export type CommandResult =
  | RefusedResult
  /** The first event of the command, durable; `dup`: recorded by an earlier submission. */
  | { readonly event: Pick<Event, 'incident' | 'seq' | 'at'>; readonly dup?: true }
  /** Done without an entry in an incident's record. */
  | { readonly said: string };

export const refused = (refused: NackCode, reason: string, retryAfter?: number): RefusedResult => ({
  refused,
  reason,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

const RETRY_AFTER = { overloaded: 500, disk_low: 5_000, read_only: 10_000 } as const;

/** The hub cannot take the command at present. */
export const retryLater = (code: keyof typeof RETRY_AFTER, reason: string): RefusedResult =>
  refused(code, reason, RETRY_AFTER[code]);

/** For whom the hub itself submits a command: a policy, a link in a message, a system outside. */
interface Sender {
  /** With `n` it is the same for the same command, however often that is tried. */
  readonly client: string;
  readonly n?: number;
  readonly name: string;
  readonly via: Context['actor']['via'];
}

export const submissionOf = <C extends object>(
  { clock, newId }: { readonly clock: Clock; readonly newId: (ms: number) => string },
  incident: string | null,
  command: C,
  { client, n = 1, name, via }: Sender,
): Submission<C> => ({
  origin: { client, n, hash: commandHash(incident, command) },
  id: newId(clock.wall()),
  command,
  actor: { name, observer: false, via },
});

/** Approximate size in the record, characters. */
const sizeOf = (command: object): number =>
  500 + ('text' in command && typeof command.text === 'string' ? command.text.length : 0);

/** Recognises retries: 128 bits of a sha256. Length prefixes keep the hashed text unambiguous. */
export function commandHash(incident: string | null, command: object): string {
  let text = incident ?? '';
  // `Object.entries` would allocate an array per field.
  for (const key in command) {
    const value: unknown = command[key as keyof typeof command];
    const part = typeof value === 'string' ? value : JSON.stringify(value);
    if (part !== undefined) text += ` ${key} ${typeof value} ${part.length} ${part}`;
  }
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** What was read from the store for a command; `error`: it could not be read. */
export interface StoredFacts {
  readonly stored?: Awaited<ReturnType<Reads['origin']>>;
  /** The entry that the command refers to. */
  readonly target?: Event | undefined;
  readonly error?: unknown;
}
type Reads = Pick<EventStore<never, never>, 'read' | 'origin'>;

/** Reads what is needed to decide a command; null: nothing. `isNew`: its origin is certainly not stored. */
export function lookUp(
  store: Reads,
  stream: string,
  { origin, command }: Submission<object>,
  isNew: boolean,
): Promise<StoredFacts> | null {
  const ref = 'ref' in command ? command.ref : 're' in command ? command.re : undefined;
  if (isNew && typeof ref !== 'number') return null;
  return Promise.all([
    isNew ? undefined : store.origin(stream, origin.client, origin.n),
    typeof ref === 'number' ? entryAt(store, stream, ref) : undefined,
  ]).then(
    ([stored, target]) => ({ stored, target }),
    (error: unknown) => ({ error }),
  );
}

export async function entryAt(store: Pick<Reads, 'read'>, stream: string, seq: number): Promise<Event | undefined> {
  const [text] = await store.read(stream, seq - 1, 1);
  return (text === undefined ? null : parseEvent(text, stream, seq)) ?? undefined;
}

export interface Pending<C> {
  readonly submission: Submission<C>;
  readonly size: number;
  readonly settle: (result: CommandResult) => void;
}

/** Commands waiting in a room, bounded in number and characters. */
export class CommandQueue<C extends object> {
  readonly #limits: Pick<Limits, 'queue' | 'queueLength' | 'perTurn' | 'frame'>;
  #pending: Pending<C>[] = [];
  #size = 0;

  constructor(limits: Pick<Limits, 'queue' | 'queueLength' | 'perTurn' | 'frame'>) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#pending.length;
  }

  /** False: full. */
  add(submission: Submission<C>, settle: Pending<C>['settle']): boolean {
    if (this.#pending.length >= this.#limits.queue || this.#size >= this.#limits.queueLength) return false;
    const size = sizeOf(submission.command);
    this.#size += size;
    this.#pending.push({ submission, size, settle });
    return true;
  }

  putBack(pending: readonly Pending<C>[]): void {
    this.#pending = [...pending, ...this.#pending];
    for (const { size } of pending) this.#size += size;
  }

  /** Takes as many as one turn may decide. */
  takeTurn(): readonly Pending<C>[] {
    let [count, size] = [0, 0];
    for (const pending of this.#pending) {
      if (count >= this.#limits.perTurn || size >= this.#limits.frame) break;
      size += pending.size;
      count++;
    }
    this.#size -= size;
    return this.#pending.splice(0, count);
  }

  takeAll(): readonly Pending<C>[] {
    this.#size = 0;
    return this.#pending.splice(0);
  }
}

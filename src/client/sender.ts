/** Sends the commands of one outbox in order; keeps each until it is answered, and refused ones until dismissed. */
import type { AnyCommand } from '../incident/topic.ts';
import { pendingText } from '../protocol/command.ts';
import type { PendingEntry } from '../../panels/model.ts';
import type { Outbox, Unsent } from '../log/outbox.ts';
import type { FromHub, ToHub } from '../protocol/messages.ts';

/** Where commands wait: the outbox on disk, or memory. */
export type CommandStore = Pick<Outbox, 'client' | 'waiting' | 'refused' | 'put' | 'refuse' | 'settle'>;

type Answer<T extends 'ack' | 'nack' | 'done' = 'ack' | 'nack' | 'done'> = Extract<FromHub, { type: T }>;
export type Settled =
  { readonly ack: Answer<'ack'> } | { readonly nack: Answer<'nack'> } | { readonly done: Answer<'done'> };

/** `done`: acknowledged, and shown as pending until its entry has arrived. */
export interface Sending extends Unsent {
  readonly state: 'waiting' | 'sent' | 'refused' | 'done';
  readonly reason?: string;
}

/** An own command that is not in the record yet, as the screen shows it. */
export interface OwnPending extends PendingEntry {
  readonly command: AnyCommand;
  readonly incident: string | null;
}

export const pendingOf = ({ n, id, at, command, incident, state, reason }: Sending): OwnPending => ({
  n,
  id,
  at,
  incident,
  command,
  text: pendingText(command),
  state: state === 'done' ? 'sent' : state,
  ...(reason === undefined ? {} : { reason }),
});

/** A message as it is sent; a command from an outbox may be of a kind that only another version knows. */
export type Outgoing =
  | Exclude<ToHub, { type: 'command' }>
  | (Omit<Extract<ToHub, { type: 'command' }>, 'command'> & { readonly command: AnyCommand });

/** Unanswered commands at a time. */
const IN_FLIGHT = 32;
/** The hub closes the connection over a longer message, bytes; resent each time, it would block all later commands. */
export const LONGEST = 65_536;

export class Sender {
  readonly #store: CommandStore;
  readonly #transmit: (message: Outgoing) => boolean;
  readonly #onChange: () => void;
  /** In the order of n, because a map keeps the order of its keys. */
  readonly #items = new Map<number, Sending>();
  /** Acknowledged, not yet on the screen. */
  readonly #done = new Map<number, Sending>();
  readonly #settled = new Map<number, Settled>();
  readonly #waiters = new Map<number, ((settled: Settled) => void)[]>();
  #open = false;
  #pause: NodeJS.Timeout | null = null;

  constructor(store: CommandStore, transmit: (message: Outgoing) => boolean, onChange: () => void) {
    this.#store = store;
    this.#transmit = transmit;
    this.#onChange = onChange;
    for (const refused of store.refused()) this.#items.set(refused.n, { ...refused, state: 'refused' });
    for (const unsent of store.waiting()) this.#items.set(unsent.n, { ...unsent, state: 'waiting' });
  }

  /** All that are not finished, in order. */
  items(): readonly Sending[] {
    return [...this.#done.values(), ...this.#items.values()];
  }
  get idle(): boolean {
    return [...this.#items.values()].every(({ state }) => state === 'refused');
  }

  /** Resolves once the command is stored; it is sent in its turn. */
  async submit(
    ask: Pick<Unsent, 'incident' | 'command' | 'id'>,
    at: number,
  ): Promise<{ readonly n: number; readonly id: string }> {
    const { n, id } = await this.#store.put(ask);
    this.#items.set(n, { ...ask, n, id, at, state: 'waiting' });
    this.#pump();
    this.#onChange();
    return { n, id };
  }

  settled(n: number): Promise<Settled> {
    const known = this.#settled.get(n);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiters.set(n, [...(this.#waiters.get(n) ?? []), resolve]));
  }

  seqOf(n: number): number | null {
    const settled = this.#settled.get(n);
    return settled && 'ack' in settled ? settled.ack.seq : null;
  }

  dismiss(id: string): void {
    const item = [...this.#items.values()].find((each) => each.id === id);
    if (item?.state !== 'refused') return;
    this.#items.delete(item.n);
    this.#store.settle(item.n).catch(() => {});
    this.#onChange();
  }

  /** Forgets acknowledged commands for which `isShown` holds. */
  seen(isShown: (item: Sending) => boolean): void {
    let changed = false;
    for (const item of this.#done.values()) if (isShown(item)) changed = this.#done.delete(item.n) || changed;
    if (changed) this.#onChange();
  }

  resume(): void {
    this.#open = true;
    this.#pump();
  }

  /** The connection is lost: unanswered commands are sent again later, and the hub recognises duplicates. */
  suspend(): void {
    this.#open = false;
    if (this.#pause) clearTimeout(this.#pause);
    this.#pause = null;
    for (const item of this.#items.values())
      if (item.state === 'sent') this.#items.set(item.n, { ...item, state: 'waiting' });
    this.#onChange();
  }

  answered(answer: Answer): void {
    const item = this.#items.get(answer.n);
    if (item === undefined || item.id !== answer.id || item.state === 'refused') return;
    if (answer.type === 'nack' && answer.retryAfter !== undefined)
      return this.#wait(item, answer.reason, answer.retryAfter);
    if (answer.type === 'nack') {
      this.#items.set(item.n, { ...item, state: 'refused', reason: answer.reason });
      // Stored, so that a killed console shows the refusal again at its next start.
      this.#store.refuse(item.n, answer.reason).catch(() => {});
    } else {
      this.#items.delete(item.n);
      if (answer.type === 'ack') this.#done.set(item.n, { ...item, state: 'done' });
      // If this fails, the command is sent again after a restart and answered as a duplicate.
      this.#store.settle(item.n).catch(() => {});
    }
    this.#pump();
    this.#onChange();
    this.#finish(
      item.n,
      answer.type === 'ack' ? { ack: answer } : answer.type === 'done' ? { done: answer } : { nack: answer },
    );
  }

  /** The hub cannot take the command now: it and all later ones are sent again, in order, after `ms`. */
  #wait(item: Sending, reason: string, ms: number): void {
    for (const other of this.#items.values())
      if (other.n >= item.n && other.state === 'sent') this.#items.set(other.n, { ...other, state: 'waiting' });
    this.#items.set(item.n, { ...item, state: 'waiting', reason });
    this.#pause ??= setTimeout(
      () => {
        this.#pause = null;
        this.#pump();
        this.#onChange();
      },
      Math.min(ms, 60_000),
    );
    this.#onChange();
  }

  #finish(n: number, settled: Settled): void {
    this.#settled.set(n, settled);
    if (this.#settled.size > 1_000) this.#settled.delete(this.#settled.keys().next().value ?? n);
    for (const resolve of this.#waiters.get(n) ?? []) resolve(settled);
    this.#waiters.delete(n);
  }

  #pump(): void {
    if (!this.#open || this.#pause) return;
    let flying = 0;
    for (const item of this.#items.values()) {
      if (flying >= IN_FLIGHT) return;
      if (item.state === 'sent') flying++;
      if (item.state !== 'waiting') continue;
      const { n, id, incident, command, at } = item;
      const typedAt = new Date(at).toISOString();
      const message: Outgoing = { type: 'command', n, id, incident, command, typedAt };
      const bytes = Buffer.byteLength(JSON.stringify(message));
      if (bytes > LONGEST) {
        const reason = `too long for one entry: ${bytes} bytes, a hub takes ${LONGEST}`;
        return this.answered({ type: 'nack', n, id, code: 'invalid', reason });
      }
      if (!this.#transmit(message)) return;
      this.#items.set(n, { ...item, state: 'sent' });
      flying++;
    }
  }

  close(): void {
    if (this.#pause) clearTimeout(this.#pause);
    this.#open = false;
  }
}

/** An outbox that ends with the process. */
export function memoryStore(client: string, now: () => number): CommandStore {
  const waiting = new Map<number, Unsent>();
  let next = 1;
  const settle = (n: number): Promise<void> => {
    waiting.delete(n);
    return Promise.resolve();
  };
  return {
    client,
    waiting: () => [...waiting.values()],
    refused: () => [],
    put: ({ incident, command, id }) => {
      const n = next++;
      waiting.set(n, { n, id, incident, command, at: now() });
      return Promise.resolve({ n, id });
    },
    refuse: settle,
    settle,
  };
}

/** One stream of the record. Commands are decided one by one, appended in batches, folded and delivered. */
import type { Draft, Event } from '../incident/event.ts';
import type { Refusal } from '../incident/decision.ts';
import type { FoldedHead } from '../incident/topic.ts';
import { errorMessage } from '../incident/words.ts';
import { parseEvent } from '../log/record.ts';
import { StoreFault, type Append, type Appended, type EventStore, type Opened } from '../log/event-store.ts';
import type { HubContext } from './hub-context.ts';
import type { Batch } from './subscribers.ts';
import {
  CommandQueue,
  entryAt,
  lookUp,
  refused,
  retryLater,
  type CommandResult,
  type StoredFacts,
  type Pending,
  type Submission,
} from './submission.ts';

/** The pure core of a kind of stream. */
export interface Core<S extends FoldedHead, C> {
  /** `target`: the entry the command refers to. `now`: hub time. */
  decide(
    state: S,
    submission: Submission<C>,
    facts: { now: string; target: Event | undefined },
  ): readonly Draft[] | Refusal;
  /** The state after `event`; it may be `state` itself, changed. */
  advance(state: S, event: Event): S;
}
export interface RoomContext<S extends FoldedHead, C> extends Pick<HubContext, 'clock' | 'limits' | 'newId' | 'onBug'> {
  readonly store: Pick<EventStore<S, unknown>, 'append' | 'read' | 'origin' | 'readOnly'>;
  readonly core: Core<S, C>;
  /** Called with durable, folded events, in order and without gaps, after their commands have settled. */
  readonly committed: (stream: string, batch: Batch) => void;
  /** The store refused to write. */
  readonly onFault: () => unknown;
}
/** A decided command on its way to the disk. */
interface InFlight<C> {
  readonly key: string;
  readonly pending: Pending<C>;
  readonly append: Append;
}
/** What became durable. `commands`: those that led to it, with their retries; none where another writer appended it. */
interface Delivery<C> {
  readonly appended: readonly Appended[];
  readonly commands: readonly { readonly pending: Pending<C>; readonly retries: readonly Pending<C>[] }[];
}

const NO_FACTS: StoredFacts = {};
/** Events read at once of what another writer appended. */
const CATCH_UP = 500;

export class Room<S extends FoldedHead, C extends { readonly kind: string }> {
  readonly id: string;
  /** Tells this history from another one of the same name; empty until a new stream was opened again. */
  epoch: string;
  readonly #context: RoomContext<S, C>;
  /** The fold of what is durable. */
  #state: S;
  /** The fold with what is in flight: the next command is decided against it. */
  #ahead: S;
  readonly #queue: CommandQueue<C>;
  /** Retries by key. Not the commands: dead tables of a busy `Map` would keep them past several collections. */
  readonly #inFlight = new Map<string, readonly Pending<C>[]>();
  /** The highest n of each client since the room was opened: a higher one is new, any other is looked up. */
  readonly #highest = new Map<string, number>();
  /** Characters of what was decided and not yet delivered. */
  #undelivered = 0;
  #delivering: Delivery<C>[] = [];
  #isRunning = false;
  #isFlushing = false;
  /** An append failed: nothing is decided until all appends in flight came back. */
  #stalled: 'fault' | 'conflict' | null = null;
  /** Commands to be decided again after a conflict, in order. */
  #again: Pending<C>[] = [];

  constructor(id: string, opened: Opened<S>, context: RoomContext<S, C>) {
    this.id = id;
    this.epoch = opened.epoch;
    this.#state = opened.state;
    this.#ahead = opened.state;
    this.#context = context;
    this.#queue = new CommandQueue(context.limits);
  }

  /** The fold of what is durable. */
  get state(): S {
    return this.#state;
  }
  /** Commands taken and not yet durable. */
  get lag(): number {
    return this.#queue.length + this.#inFlight.size + this.#again.length;
  }

  /** Decides the command in a later turn. `settle` gets its result once durable, before the subscribers run. */
  submit(submission: Submission<C>, settle: (result: CommandResult) => void): void {
    if (!this.#queue.add(submission, settle)) return settle(retryLater('overloaded', 'the hub is busy'));
    this.#schedule();
  }
  execute(submission: Submission<C>): Promise<CommandResult> {
    return new Promise((resolve) => this.submit(submission, resolve));
  }

  /** The stream ends at `head` now. What this room did not append is folded and delivered, too. */
  noticed(head: number): void {
    if (head <= this.#ahead.head || this.#stalled !== null) return;
    this.#stalled = 'conflict';
    this.#recover();
  }

  /** Starts the next turn, unless too much is undelivered. */
  #schedule(): void {
    if (this.#isRunning || this.#stalled !== null || this.#queue.length === 0) return;
    if (this.#undelivered >= this.#context.limits.ahead) return;
    this.#isRunning = true;
    setImmediate(() => void this.#turn());
  }

  async #turn(): Promise<void> {
    const turn = this.#queue.takeTurn();
    const lookups = turn.map(({ submission }) => this.#lookUp(submission));
    const facts = lookups.some((lookup) => lookup !== null) ? await Promise.all(lookups) : [];
    if (this.#stalled === null) this.#handle(turn, facts);
    else if (this.#stalled === 'conflict') this.#again.push(...turn);
    else for (const { settle } of turn) settle(retryLater('overloaded', 'the hub could not write; try again'));
    this.#isRunning = false;
    this.#recover();
    this.#schedule();
  }

  /** Null: nothing has to be read for it. */
  #lookUp(submission: Submission<C>): Promise<StoredFacts> | null {
    const { client, n } = submission.origin;
    return lookUp(this.#context.store, this.id, submission, n > (this.#highest.get(client) ?? Infinity));
  }

  /** Decides commands one after the other, each against the state after those before it; appends their events as one. */
  #handle(turn: readonly Pending<C>[], facts: readonly (StoredFacts | null)[]): void {
    const expectedSeq = this.#ahead.head;
    const times = timesOf(this.#ahead, this.#context.clock);
    const batch: InFlight<C>[] = [];
    // A state that only this turn holds, so that it may be changed in place.
    this.#ahead = { ...this.#ahead };
    for (const [index, pending] of turn.entries()) {
      try {
        const decided = this.#decide(pending, facts[index] ?? NO_FACTS, times);
        if (decided !== null) batch.push(decided);
      } catch (error) {
        this.#broke(pending, error);
      }
    }
    if (batch.length > 0) void this.#append(batch, expectedSeq, this.#ahead);
  }

  /** Null: the command was settled, or waits for the result of the same command in flight. */
  #decide(pending: Pending<C>, { stored, target, error }: StoredFacts, { now, recorded }: Times): InFlight<C> | null {
    if (error !== undefined) throw error;
    const { submission, settle } = pending;
    const { origin } = submission;
    const { limits, store, core, newId } = this.#context;
    if (stored) {
      void this.#tellStored(pending, stored);
      return null;
    }
    const key = `${origin.client} ${origin.n}`;
    const retries = this.#inFlight.get(key);
    if (retries !== undefined) {
      if (retries.length < limits.burst) this.#inFlight.set(key, [...retries, pending]);
      else settle(retryLater('overloaded', 'sent too often'));
      return null;
    }
    const drafts =
      store.readOnly === null
        ? core.decide(this.#ahead, submission, { now, target })
        : retryLater('read_only', store.readOnly);
    if ('refused' in drafts) {
      settle(drafts);
      return null;
    }
    const { head } = this.#ahead;
    const events = drafts.map((draft, index): Event => {
      const id = index === 0 ? submission.id : newId(Date.parse(now));
      return { id, incident: this.id, seq: head + 1 + index, recorded, ...draft };
    });
    for (const event of events) this.#ahead = core.advance(this.#ahead, event);
    this.#inFlight.set(key, NONE);
    this.#highest.set(origin.client, Math.max(origin.n, this.#highest.get(origin.client) ?? 0));
    this.#undelivered += pending.size;
    return { key, pending, append: { events, origin } };
  }

  /** The command, or another one under its number, is in the record already. */
  async #tellStored({ submission, settle }: Pending<C>, stored: { seq: number; hash: string }): Promise<void> {
    const { n, hash } = submission.origin;
    if (stored.hash !== hash) return settle(reused(n));
    try {
      const event = await entryAt(this.#context.store, this.id, stored.seq);
      settle(event ? { event, dup: true } : retryLater('read_only', `#${stored.seq} cannot be read back`));
    } catch (error) {
      settle(retryLater('read_only', errorMessage(error)));
    }
  }

  /** A command on which the hub itself fails is refused for good, or its console would send it for ever. */
  #broke({ settle }: Pending<C>, error: unknown): void {
    if (error instanceof StoreFault) return settle(retryLater('read_only', error.message));
    settle(refused('invalid', `the hub failed on this, which is a fault of its own: ${errorMessage(error)}`));
    this.#context.onBug(error);
  }

  /** `state`: the stream with the batch folded in. */
  async #append(batch: readonly InFlight<C>[], expectedSeq: number, state: S): Promise<void> {
    try {
      const appends = batch.map(({ append }) => append);
      const appended = await this.#context.store.append(this.id, expectedSeq, appends);
      this.#state = state;
      const commands = batch.map(({ key, pending }) => ({ pending, retries: this.#landed(key) }));
      this.#deliver({ appended, commands });
      this.#recover();
    } catch (error) {
      this.#failed(batch, error);
    }
  }

  /** Takes a command out of those in flight; answers its retries. */
  #landed(key: string): readonly Pending<C>[] {
    const retries = this.#inFlight.get(key) ?? NONE;
    this.#inFlight.delete(key);
    return retries;
  }

  /** After a conflict (another writer) everything is decided again; after a fault all of it is refused, in order. */
  #failed(batch: readonly InFlight<C>[], error: unknown): void {
    const mine = batch.flatMap(({ key, pending }) => [pending, ...this.#landed(key)]);
    for (const { pending } of batch) this.#undelivered -= pending.size;
    if (error instanceof StoreFault && error.code === 'conflict' && this.#stalled !== 'fault') {
      this.#stalled = 'conflict';
      this.#again.push(...mine);
      // The other writer may have stored these numbers: they have to be looked up.
      for (const { submission } of mine) this.#highest.delete(submission.origin.client);
    } else {
      this.#stalled = 'fault';
      const fault = error instanceof StoreFault ? error.code : 'read_only';
      const code = fault === 'disk_low' || fault === 'read_only' ? fault : 'overloaded';
      for (const { settle } of [...mine, ...this.#again.splice(0), ...this.#queue.takeAll()])
        settle(retryLater(code, errorMessage(error)));
      this.#context.onFault();
    }
    this.#recover();
  }

  /** After a failed append: goes on from the durable state once nothing is in flight. */
  #recover(): void {
    if (this.#stalled === null || this.#inFlight.size > 0 || this.#isRunning) return;
    if (this.#stalled === 'conflict') void this.#reload();
    else this.#resume();
  }

  #resume(): void {
    this.#stalled = null;
    this.#ahead = this.#state;
    this.#queue.putBack(this.#again.splice(0));
    this.#schedule();
  }

  /** Folds and delivers what another writer appended, then decides again what met it. */
  async #reload(): Promise<void> {
    this.#isRunning = true;
    try {
      for (;;) {
        const first = this.#state.head + 1;
        const texts = await this.#context.store.read(this.id, first - 1, CATCH_UP);
        if (texts.length === 0) break;
        const events = texts.map((text, index) => {
          const event = parseEvent(text, this.id, first + index);
          if (event === null) throw new StoreFault('corrupt', `${this.id}: #${first + index} is not an event`);
          return event;
        });
        this.#state = events.reduce((state: S, event) => this.#context.core.advance(state, event), { ...this.#state });
        this.#deliver({ appended: [{ events, texts }], commands: [] });
      }
    } catch (error) {
      this.#context.onBug(error);
      for (const pending of this.#again.splice(0)) this.#broke(pending, error);
    }
    this.#isRunning = false;
    this.#resume();
  }

  /** What becomes durable in the same turn of the event loop is delivered together. */
  #deliver(delivery: Delivery<C>): void {
    this.#delivering.push(delivery);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // Not a microtask: what one write made durable goes out together, which saves a frame to everybody each time.
    process.nextTick(() => this.#flush());
  }

  /** Settles and hands on as many deliveries as fit into one frame; the rest in the next turn. */
  #flush(): void {
    let [count, size] = [0, 0];
    for (const { appended } of this.#delivering) {
      if (size >= this.#context.limits.frame) break;
      for (const { texts } of appended) for (const text of texts) size += text.length;
      count++;
    }
    const delivered = this.#delivering.splice(0, count);
    this.#isFlushing = this.#delivering.length > 0;
    if (this.#isFlushing) setImmediate(() => this.#flush());
    const all = delivered.flatMap(({ appended }) => appended);
    for (const { appended, commands } of delivered)
      for (const [index, { pending, retries }] of commands.entries()) {
        const event = appended[index]?.events[0];
        if (event === undefined) continue;
        const { n, hash } = pending.submission.origin;
        this.#undelivered -= pending.size;
        pending.settle({ event });
        for (const { submission, settle } of retries)
          settle(submission.origin.hash === hash ? { event, dup: true } : reused(n));
      }
    const events = all.flatMap((one) => one.events);
    if (events.length > 0) this.#context.committed(this.id, { events, texts: all.flatMap((one) => one.texts) });
    this.#schedule();
  }
}

const NONE: readonly never[] = [];

const reused = (n: number): CommandResult =>
  refused('id_reused', `command ${n} of this console was another one; it is in the record already`);

interface Times {
  readonly now: string;
  /** Never before that of the last event, also when the clock went back. */
  readonly recorded: string;
}

/** Many commands share a millisecond, and then its text. */
function timesOf({ recorded: last }: FoldedHead, clock: HubContext['clock']): Times {
  const wall = clock.wall();
  if (last !== null && wall === Date.parse(last)) return { now: last, recorded: last };
  const now = new Date(wall).toISOString();
  return { now, recorded: last !== null && last > now ? last : now };
}

/**
 * One stream of the record at the hub, an incident or the hub's own: the only way in is `execute`. Commands are decided
 * one after the other, appended in batches, folded, and then handed to the subscribers.
 */
import type { Draft, Event } from '../incident/event.ts';
import type { Refusal } from '../incident/decision.ts';
import { parseEvent } from '../log/record.ts';
import { StoreFault, type Append, type Appended, type EventStore, type Opened } from '../log/event-store.ts';
import type { HubContext } from './hub-context.ts';
import { CommandQueue, refOf, refused, type Pending, type CommandResult, type Submission } from './submission.ts';

/** What every folded state knows about its stream. */
export interface FoldedState {
  readonly head: number;
  /** `recorded` of the last event. */
  readonly recorded: string | null;
}
/** The pure core of a kind of stream. */
export interface Core<S extends FoldedState, C> {
  /** `target`: the entry the command refers to. `now`: hub time. */
  decide(
    state: S,
    submission: Submission<C>,
    facts: { now: string; target: Event | undefined },
  ): readonly Draft[] | Refusal;
  evolve(state: S, event: Event): S;
}
export interface RoomContext<S extends FoldedState, C> extends Pick<
  HubContext,
  'clock' | 'limits' | 'newId' | 'onBug'
> {
  readonly store: Pick<EventStore<S, unknown>, 'append' | 'read' | 'origin' | 'open' | 'readOnly'>;
  readonly core: Core<S, C>;
  /** Events became durable and are folded: in order, without gaps. The commands are settled by then. */
  readonly committed: (stream: string, batch: Batch) => void;
  /** The store refused to write. */
  readonly onFault: () => unknown;
}
/** Durable events and how they are written. */
export interface Batch {
  readonly events: readonly Event[];
  readonly texts: readonly string[];
}
/** What has to be read from the store before a command can be decided. */
interface Facts {
  readonly stored: Awaited<ReturnType<EventStore<never, never>['origin']>>;
  readonly target: Event | undefined;
  /** Why they could not be read. */
  readonly error?: unknown;
}
/** A decided command on its way to the disk; `retries`: the same command again, told what becomes of the first. */
interface InFlight<C> {
  readonly pending: Pending<C>;
  readonly append: Append;
  retries: Pending<C>[] | null;
}

const NO_FACTS: Facts = { stored: undefined, target: undefined };
/** When the same command may be sent again, ms. */
const RETRY_AFTER = { overloaded: 500, disk_low: 5_000, read_only: 10_000 } as const;

export class Room<S extends FoldedState, C extends { readonly kind: string }> {
  readonly id: string;
  /** Tells this history from another one of the same name; empty until a new stream was opened again. */
  epoch: string;
  readonly #context: RoomContext<S, C>;
  /** What is on disk. */
  #state: S;
  /** With what is on its way to the disk: what the next command is decided against. */
  #ahead: S;
  readonly #queue: CommandQueue<C>;
  readonly #inFlight = new Map<string, InFlight<C>>();
  /** The highest n of each client seen since the room was opened: a higher one is new, anything else is looked up. */
  readonly #highest = new Map<string, number>();
  /** Characters of what was decided and not yet told to everybody. */
  #undelivered = 0;
  #delivering: Delivery<C>[] = [];
  #isRunning = false;
  #isFlushing = false;
  /** An append failed: nothing is decided until all that were behind it came back, too. */
  #stalled: 'fault' | 'conflict' | null = null;
  /** Commands to be decided again after a conflict, in their order. */
  #again: Pending<C>[] = [];

  constructor(id: string, opened: Opened<S>, context: RoomContext<S, C>) {
    this.id = id;
    this.epoch = opened.epoch;
    this.#state = opened.state;
    this.#ahead = opened.state;
    this.#context = context;
    this.#queue = new CommandQueue(context.limits);
  }

  /** The state as it is on disk. */
  get state(): S {
    return this.#state;
  }
  /** Commands taken and not yet durable. */
  get lag(): number {
    return this.#queue.length + this.#inFlight.size + this.#again.length;
  }

  /**
   * Decides the command, and settles once its events are on disk and folded, before anybody is told; or with the reason
   * why there are none. It is decided in a later turn of the event loop, never inside the handler that read it from the
   * network.
   */
  submit(submission: Submission<C>, settle: (result: CommandResult) => void): void {
    if (this.#queue.add(submission, settle)) this.#schedule();
    else settle(refused('overloaded', 'the hub is busy', RETRY_AFTER.overloaded));
  }
  execute(submission: Submission<C>): Promise<CommandResult> {
    return new Promise((resolve) => this.submit(submission, resolve));
  }

  /** The stream ends at `head` now; beyond what this room appended, another writer did: that is folded and told, too. */
  noticed(head: number): void {
    if (head <= this.#ahead.head || this.#stalled !== null) return;
    this.#stalled = 'conflict';
    this.#recover();
  }

  /** The next turn, once what was decided before is not too much to hold. */
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
    else
      for (const { settle } of turn)
        settle(refused('overloaded', 'the hub could not write; try again', RETRY_AFTER.overloaded));
    this.#isRunning = false;
    this.#recover();
    this.#schedule();
  }

  /** Null: nothing has to be read for it. */
  #lookUp({ origin, command }: Submission<C>): Promise<Facts> | null {
    const isNew = origin.n > (this.#highest.get(origin.client) ?? Infinity);
    const ref = refOf(command);
    if (isNew && ref === null) return null;
    const { store } = this.#context;
    return Promise.all([
      isNew ? undefined : store.origin(this.id, origin.client, origin.n),
      ref === null ? undefined : this.#entry(ref),
    ]).then(
      ([stored, target]) => ({ stored, target }),
      (error: unknown) => ({ stored: undefined, target: undefined, error }),
    );
  }

  async #entry(seq: number): Promise<Event | undefined> {
    const [text] = await this.#context.store.read(this.id, seq - 1, 1);
    return (text === undefined ? null : parseEvent(text, this.id, seq)) ?? undefined;
  }

  /** Decides commands one after the other, each knowing those before it; what they lead to is appended as one. */
  #handle(turn: readonly Pending<C>[], facts: readonly (Facts | null)[]): void {
    const expectedSeq = this.#ahead.head;
    const times = timesOf(this.#ahead, this.#context.clock);
    const batch: InFlight<C>[] = [];
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

  /** Null: the command has its result, or waits for that of its double. */
  #decide(pending: Pending<C>, { stored, target, error }: Facts, { now, recorded }: Times): InFlight<C> | null {
    if (error !== undefined) throw error;
    const { submission, settle } = pending;
    const { origin } = submission;
    if (stored) {
      void this.#tellStored(pending, stored);
      return null;
    }
    const key = `${origin.client} ${origin.n}`;
    const double = this.#inFlight.get(key);
    if (double) {
      double.retries ??= [];
      if (double.retries.length < this.#context.limits.burst) double.retries.push(pending);
      else settle(refused('overloaded', 'sent too often', RETRY_AFTER.overloaded));
      return null;
    }
    const { readOnly } = this.#context.store;
    if (readOnly !== null) {
      settle(refused('read_only', readOnly, RETRY_AFTER.read_only));
      return null;
    }
    const answer = this.#context.core.decide(this.#ahead, submission, { now, target });
    if ('refused' in answer) {
      settle(answer);
      return null;
    }
    const head = this.#ahead.head;
    const events = answer.map((draft, index): Event => {
      const id = index === 0 ? submission.id : this.#context.newId(Date.parse(now));
      return { id, incident: this.id, seq: head + 1 + index, recorded, ...draft };
    });
    this.#ahead = events.reduce((state: S, event) => this.#context.core.evolve(state, event), this.#ahead);
    const decided = { pending, append: { events, origin }, retries: null };
    this.#inFlight.set(key, decided);
    this.#highest.set(origin.client, Math.max(origin.n, this.#highest.get(origin.client) ?? 0));
    this.#undelivered += pending.size;
    return decided;
  }

  /** The command is in the record already, or its number belongs to another one. */
  async #tellStored({ submission, settle }: Pending<C>, stored: { seq: number; hash: string }): Promise<void> {
    const { n, hash } = submission.origin;
    if (stored.hash !== hash)
      return settle(refused('id_reused', `command ${n} of this console was another one; it is in the record already`));
    try {
      const event = await this.#entry(stored.seq);
      if (event) settle({ event, dup: true });
      else settle(refused('read_only', `#${stored.seq} cannot be read back`, RETRY_AFTER.read_only));
    } catch (error) {
      settle(refused('read_only', messageOf(error), RETRY_AFTER.read_only));
    }
  }

  /** A command that a fault of the hub's own cannot get past is refused for good: else it came again and again. */
  #broke({ settle }: Pending<C>, error: unknown): void {
    if (error instanceof StoreFault) return settle(refused('read_only', error.message, RETRY_AFTER.read_only));
    settle(refused('invalid', `the hub failed on this, which is a fault of its own: ${messageOf(error)}`));
    this.#context.onBug(error);
  }

  /** `state`: the stream with the batch folded in. */
  async #append(batch: readonly InFlight<C>[], expectedSeq: number, state: S): Promise<void> {
    try {
      const appends = batch.map(({ append }) => append);
      const stored = await this.#context.store.append(this.id, expectedSeq, appends);
      this.#state = state;
      for (const [index, one] of batch.entries()) {
        this.#landed(one);
        this.#delivering.push({ ...one, appended: stored[index] ?? { events: [], texts: [] } });
      }
      this.#recover();
      this.#scheduleFlush();
    } catch (error) {
      this.#failed(batch, error);
    }
  }

  #landed({ append: { origin } }: InFlight<C>): void {
    this.#inFlight.delete(`${origin.client} ${origin.n}`);
  }

  /**
   * Nothing of the batch was written. After a conflict somebody else wrote: all that was behind is decided again. After
   * a fault all of it is refused, also what waits: what a console asked later must not come before what it asked first.
   */
  #failed(batch: readonly InFlight<C>[], error: unknown): void {
    const isConflict = error instanceof StoreFault && error.code === 'conflict';
    const mine = batch.flatMap(({ pending, retries }) => [pending, ...(retries ?? [])]);
    for (const one of batch) {
      this.#landed(one);
      this.#undelivered -= one.pending.size;
    }
    if (isConflict && this.#stalled !== 'fault') {
      this.#stalled = 'conflict';
      this.#again.push(...mine);
      // The number may be stored by now: it has to be looked up.
      for (const { submission } of mine) this.#highest.delete(submission.origin.client);
    } else {
      this.#stalled = 'fault';
      const fault = error instanceof StoreFault ? error.code : 'read_only';
      const code = fault === 'disk_low' || fault === 'read_only' ? fault : 'overloaded';
      for (const { settle } of [...mine, ...this.#again.splice(0), ...this.#queue.takeAll()])
        settle(refused(code, messageOf(error), RETRY_AFTER[code]));
      this.#context.onFault();
    }
    this.#recover();
  }

  /** Goes on from what is on disk, once all that was behind a failed append came back. */
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

  /** Folds and tells what another writer appended, then decides again what met it. */
  async #reload(): Promise<void> {
    this.#isRunning = true;
    try {
      for (;;) {
        const first = this.#state.head + 1;
        const texts = await this.#context.store.read(this.id, first - 1, 500);
        if (texts.length === 0) break;
        const events = texts.map((text, index) => {
          const event = parseEvent(text, this.id, first + index);
          if (event === null) throw new StoreFault('corrupt', `${this.id}: #${first + index} is not an event`);
          return event;
        });
        this.#state = events.reduce((state: S, event) => this.#context.core.evolve(state, event), this.#state);
        this.#delivering.push({ appended: { events, texts } });
        this.#scheduleFlush();
      }
    } catch (error) {
      this.#context.onBug(error);
      for (const pending of this.#again.splice(0)) this.#broke(pending, error);
    }
    this.#isRunning = false;
    this.#resume();
  }

  /** After all that became durable in this turn of the loop, so that it goes out together. */
  #scheduleFlush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    process.nextTick(() => this.#flush());
  }

  /** All that became durable meanwhile, as far as it fits into one frame; the rest in the next turn. */
  #flush(): void {
    this.#isFlushing = false;
    const delivered: Delivery<C>[] = [];
    const events: Event[] = [];
    const texts: string[] = [];
    let size = 0;
    for (const delivery of this.#delivering) {
      if (size >= this.#context.limits.frame) break;
      delivered.push(delivery);
      for (const event of delivery.appended.events) events.push(event);
      for (const text of delivery.appended.texts) {
        texts.push(text);
        size += text.length;
      }
    }
    this.#delivering.splice(0, delivered.length);
    if (this.#delivering.length > 0) {
      this.#isFlushing = true;
      setImmediate(() => this.#flush());
    }
    for (const { pending, retries, appended } of delivered) {
      const [event] = appended.events;
      if (pending === undefined || event === undefined) continue;
      this.#undelivered -= pending.size;
      pending.settle({ event });
      for (const retry of retries ?? []) this.#tellRetry(retry, event, pending);
    }
    if (events.length > 0) this.#context.committed(this.id, { events, texts });
    this.#schedule();
  }

  #tellRetry({ submission, settle }: Pending<C>, event: Event, first: Pending<C>): void {
    const { n, hash } = submission.origin;
    if (hash === first.submission.origin.hash) settle({ event, dup: true });
    else settle(refused('id_reused', `command ${n} of this console was another one; it is in the record already`));
  }
}

/** Durable events to be told; without `pending`: another writer's. */
interface Delivery<C> {
  readonly pending?: Pending<C>;
  readonly retries?: readonly Pending<C>[] | null;
  readonly appended: Appended;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Times {
  readonly now: string;
  /** Never before the last event's, also where the clock went back since. */
  readonly recorded: string;
}

/** Many commands share a millisecond, and then its text. */
function timesOf({ recorded: last }: FoldedState, clock: HubContext['clock']): Times {
  const wall = clock.wall();
  if (last !== null && wall === Date.parse(last)) return { now: last, recorded: last };
  const now = new Date(wall).toISOString();
  return { now, recorded: last !== null && last > now ? last : now };
}

/** One incident at the hub: commands in, one order out. Queue, deduplicate, decide, append, fold, fan out. */
import { type Decision, isRefusal, type Refusal } from '../incident/decision.ts';
import { decide, evolve } from '../incident/topics/index.ts';
import type { Draft, Event } from '../incident/event.ts';
import type { Incident } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import { LogFault, type Append, type Log } from '../log/log.ts';
import type { Clock } from '../protocol/clock.ts';
import { fanOut, type Done } from './fanout.ts';
import type { Subscription } from './subscription.ts';
import { ack, nack, reused, weightOf, type Submission, type Sink } from './submission.ts';
import type { Limits } from './limits.ts';

export interface RoomContext {
  readonly log: Log;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Makes the ids of further events of one command. */
  readonly newId: (ms: number) => string;
  /** How long nobody by this name has been here, ms. */
  readonly absentMs: (name: string) => number;
  /** A batch became durable: its events, and of how many commands. */
  readonly onBatch: (events: readonly Event[], commands: number) => void;
  /** The hub failed on a command. */
  readonly onBug: (error: unknown) => void;
  /** The log refused to write. */
  readonly onFault: () => void;
}
/** A command that was decided: what it appends, and who waits for it. */
interface Decided extends Append {
  readonly submission: Submission;
  readonly key: string;
}

const NOBODY: readonly Submission[] = [];
/** When the same command may be sent again, ms. */
const WAIT = { overloaded: 500, disk_low: 5_000, read_only: 10_000 } as const;

export class Room {
  readonly id: string;
  readonly subscriptions = new Map<Sink, Subscription>();
  readonly #context: RoomContext;
  /** What is on disk. */
  #state: Incident;
  /** With what is on its way to the disk: what the next command is decided against. */
  #ahead: Incident;
  readonly #queue: Submission[] = [];
  /** Characters in the queue, and of what was decided and not told to everybody yet. */
  #queued = 0;
  #under = 0;
  /** On its way to the disk, by (client, n), and who asked for the same meanwhile: answered like any retry afterwards. */
  readonly #flying = new Map<string, readonly Submission[]>();
  #done: Done[] = [];
  #turn = false;
  #flush = false;
  /** An append failed: nothing is decided until all that were behind it came back, too. */
  #stalled = false;

  constructor(state: Incident, context: RoomContext) {
    this.id = state.id;
    this.#state = state;
    this.#ahead = state;
    this.#context = context;
  }

  /** The incident as it is on disk. */
  get state(): Incident {
    return this.#state;
  }
  /** Commands taken and not yet durable. */
  get lag(): number {
    return this.#queue.length + this.#flying.size;
  }

  /** Takes a command. It is decided in a later turn, never inside the handler that read it from the network. */
  submit(submission: Submission): void {
    const { queue, queueLength } = this.#context.limits;
    if (this.#queue.length >= queue || this.#queued >= queueLength)
      return nack(submission, 'overloaded', 'the hub is busy', WAIT.overloaded);
    this.#queue.push(submission);
    this.#queued += weightOf(submission);
    this.#schedule();
  }

  /** The next turn, once what was decided before is not too much to hold. */
  #schedule(): void {
    if (this.#turn || this.#stalled || this.#queue.length === 0 || this.#under >= this.#context.limits.ahead) return;
    this.#turn = true;
    setImmediate(() => {
      this.#turn = false;
      this.#handle(this.#dequeue());
      this.#schedule();
    });
  }

  /** What one turn decides: few enough, and short enough, that nobody else waits long. */
  #dequeue(): readonly Submission[] {
    const { perTurn, frame } = this.#context.limits;
    let [count, weight] = [0, 0];
    while (count < Math.min(perTurn, this.#queue.length) && weight < frame)
      weight += weightOf(this.#queue[count++] as Submission);
    this.#queued -= weight;
    return this.#queue.splice(0, count);
  }

  /** Decides commands one after the other, each knowing those before it; what they lead to is appended as one. */
  #handle(submissions: readonly Submission[]): void {
    const recorded = recordedAt(this.#ahead, this.#context.clock);
    const batch: Decided[] = [];
    for (const submission of submissions) {
      try {
        const decided = this.#take(submission, recorded);
        if (decided !== null) batch.push(decided);
      } catch (error) {
        this.#broke(submission, error);
      }
    }
    if (batch.length > 0) void this.#append(batch, this.#ahead);
  }

  /** What a command leads to; null: it has its answer, or waits for that of its double. */
  #take(submission: Submission, recorded: string): Decided | null {
    const key = `${submission.origin.client} ${submission.origin.n}`;
    if (this.#isKnown(submission, key) || this.#cannotWrite(submission)) return null;
    const events = this.#decide(submission, recorded);
    if ('refused' in events) {
      nack(submission, events.refused, events.reason);
      return null;
    }
    this.#ahead = events.reduce(evolve, this.#ahead);
    this.#flying.set(key, NOBODY);
    this.#under += weightOf(submission);
    return { submission, key, events, origin: submission.origin };
  }

  /** A command that a fault of the hub's own cannot get past is refused for good: else it came again and again. */
  #broke(submission: Submission, error: unknown): void {
    if (error instanceof LogFault) return nack(submission, 'read_only', error.message, WAIT.read_only);
    const what = error instanceof Error ? error.message : String(error);
    nack(submission, 'invalid', `the hub failed on this, which is a fault of its own: ${what}`);
    this.#context.onBug(error);
  }

  /** Answers a command that is in the record, or keeps it until it is. */
  #isKnown(submission: Submission, key: string): boolean {
    const { log, limits } = this.#context;
    const stored = log.find(this.id, submission.origin.client, submission.origin.n);
    if (stored) {
      const event = stored.hash === submission.origin.hash ? log.get(this.id, stored.seq) : undefined;
      if (event) submission.answer({ ...ack(submission, event), dup: true });
      else reused(submission);
      return true;
    }
    const retries = this.#flying.get(key);
    if (retries === undefined) return false;
    if (retries.length >= limits.burst) nack(submission, 'overloaded', 'sent too often', WAIT.overloaded);
    else this.#flying.set(key, [...retries, submission]);
    return true;
  }

  #cannotWrite(submission: Submission): boolean {
    const { readOnly } = this.#context.log;
    if (this.#stalled) nack(submission, 'overloaded', 'the hub could not write; try again', WAIT.overloaded);
    else if (readOnly !== null) nack(submission, 'read_only', readOnly, WAIT.read_only);
    return this.#stalled || readOnly !== null;
  }

  /** The events of the command, each with its place in the record; hub time never goes back within an incident. */
  #decide(submission: Submission, recorded: string): readonly Event[] | Refusal {
    const answer = decision(this.#ahead, submission, this.#context, recorded);
    if (isRefusal(answer)) return answer;
    return answer.map((draft, index) => {
      const id = index === 0 ? submission.id : this.#context.newId(Date.parse(recorded));
      return { id, incident: this.id, seq: this.#ahead.head + 1 + index, recorded, ...draft };
    });
  }

  /** `state`: the incident with the batch folded in. */
  async #append(batch: readonly Decided[], state: Incident): Promise<void> {
    try {
      const stored = await this.#context.log.appendAll(this.id, batch);
      this.#state = state;
      const retries = this.#landed(batch);
      for (const [index, { submission }] of batch.entries()) {
        const { events, texts } = stored[index] ?? { events: [], texts: [] };
        this.#done.push({ submission, events, texts });
      }
      this.#recover();
      this.#scheduleFlush();
      if (retries.length > 0) this.#handle(retries);
    } catch (error) {
      this.#failed(batch, error);
    }
  }

  /** Nothing of this batch is under way any more; answers who asked again meanwhile. */
  #landed(batch: readonly Decided[]): readonly Submission[] {
    const retries: Submission[] = [];
    for (const { key } of batch) {
      retries.push(...(this.#flying.get(key) ?? NOBODY));
      this.#flying.delete(key);
    }
    return retries;
  }

  #failed(batch: readonly Decided[], error: unknown): void {
    this.#stalled = true;
    const reason = error instanceof Error ? error.message : 'the hub cannot write';
    const fault = error instanceof LogFault ? error.code : 'read_only';
    const code = fault === 'disk_low' || fault === 'read_only' ? fault : 'overloaded';
    // Those behind them, too: what one console asked later must not come before what it asked first.
    const behind = this.#queue.splice(0);
    this.#queued = 0;
    for (const { submission } of batch) this.#under -= weightOf(submission);
    for (const submission of [...batch.map(({ submission }) => submission), ...this.#landed(batch), ...behind])
      nack(submission, code, reason, WAIT[code]);
    this.#context.onFault();
    this.#recover();
  }

  /** Goes on from what is on disk, once all that was behind a failed append came back. */
  #recover(): void {
    if (!this.#stalled || this.#flying.size > 0) return;
    this.#stalled = false;
    this.#ahead = this.#state;
    this.#schedule();
  }

  #scheduleFlush(): void {
    if (this.#flush) return;
    this.#flush = true;
    setImmediate(() => this.#fanOut());
  }

  /** All that became durable meanwhile, as far as it fits into one frame; the rest in the next turn. */
  #fanOut(): void {
    this.#flush = false;
    let size = 0;
    let count = 0;
    while (count < this.#done.length && size < this.#context.limits.frame)
      for (const text of this.#done[count++]?.texts ?? []) size += text.length;
    const batch = this.#done.splice(0, count);
    for (const { submission } of batch) this.#under -= weightOf(submission);
    if (this.#done.length > 0) this.#scheduleFlush();
    if (batch.length === 0) return;
    fanOut(this.id, batch, this.subscriptions);
    this.#context.onBatch(
      batch.flatMap(({ events }) => events),
      batch.length,
    );
    this.#schedule();
  }
}

/** Now, or when the last event was recorded if the clock went back since. Many commands share a millisecond. */
function recordedAt({ recorded }: Incident, clock: Clock): string {
  const wall = clock.wall();
  if (recorded !== null && wall === Date.parse(recorded)) return recorded;
  const now = new Date(wall).toISOString();
  return recorded !== null && recorded > now ? recorded : now;
}

function decision(state: Incident, { command, actor }: Submission, context: RoomContext, now: string): Decision<Draft> {
  const ref = 'ref' in command ? command.ref : 're' in command ? command.re : undefined;
  const { ic } = state.roles;
  return decide(state, command, {
    now,
    actor,
    policy: context.policy,
    target: ref === undefined ? undefined : context.log.get(state.id, ref),
    icAbsentMs: ic === null ? 0 : context.absentMs(ic),
  });
}

/** Why `submission` would be refused in `state`; null when it would not. */
export function refusalOf(state: Incident, submission: Submission, context: RoomContext): Refusal | null {
  const answer = decision(state, submission, context, recordedAt(state, context.clock));
  return isRefusal(answer) ? answer : null;
}

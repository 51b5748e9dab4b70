/** One incident at the hub: commands in, one order out. Queue, deduplicate, decide, append, fold, fan out. */
import type { Answer, Context } from '../incident/answer.ts';
import { decide } from '../incident/decide.ts';
import { isRefusal, type Command, type Refusal } from '../incident/command.ts';
import type { Event } from '../incident/event.ts';
import { evolve } from '../incident/evolve.ts';
import type { Incident } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import { LogFault, type Log, type Origin } from '../log/log.ts';
import type { Clock } from '../protocol/clock.ts';
import type { FromHub, NackCode } from '../protocol/messages.ts';
import { eventsText, textFrame, textFrames } from './frame.ts';
import type { Follower } from './follower.ts';
import type { Limits } from './limits.ts';

/** Takes whole frames in one write. */
export interface Sink {
  write(frames: Buffer): void;
}
/** A command on its way through a room. */
export interface Job {
  readonly origin: Origin;
  /** ULID of the command, which becomes the id of its first event. */
  readonly id: string;
  readonly command: Command;
  readonly actor: Context['actor'];
  /** Where the answer goes: one frame, or with the batch when they follow. */
  answer(message: FromHub): void;
  /** The connection it came from, so that its acks travel together and with the batch; null: not from a console. */
  readonly from: Sink | null;
}
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
  /** The log refused to write. */
  readonly onFault: () => void;
}
interface Done {
  readonly job: Job;
  readonly events: readonly Event[];
  readonly texts: readonly string[];
  /** The incident with these events folded in. */
  readonly state: Incident;
}

/** When the same command may be sent again, ms. */
const WAIT = { overloaded: 500, disk_low: 5_000, read_only: 10_000 } as const;

export class Room {
  readonly id: string;
  readonly followers = new Map<Sink, Follower>();
  readonly #context: RoomContext;
  /** What is on disk. */
  #state: Incident;
  /** With what is on its way to the disk: what the next command is decided against. */
  #ahead: Incident;
  readonly #queue: Job[] = [];
  /** On its way to the disk, by (client, n), and who asked for the same meanwhile: answered like any retry afterwards. */
  readonly #flying = new Map<string, Job[]>();
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
  submit(job: Job): void {
    if (this.#queue.length >= this.#context.limits.queue) return nack(job, 'overloaded', 'the hub is busy', 500);
    this.#queue.push(job);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#turn || this.#stalled || this.#queue.length === 0) return;
    this.#turn = true;
    setImmediate(() => {
      this.#turn = false;
      for (const job of this.#queue.splice(0, this.#context.limits.perTurn)) this.#handle(job);
      this.#schedule();
    });
  }

  #handle(job: Job): void {
    const { log, limits } = this.#context;
    const key = `${job.origin.client} ${job.origin.n}`;
    const stored = log.find(this.id, job.origin.client, job.origin.n);
    if (stored) {
      const event = stored.hash === job.origin.hash ? log.get(this.id, stored.seq) : undefined;
      return event ? job.answer({ ...ack(job, event), dup: true }) : reused(job);
    }
    const retries = this.#flying.get(key);
    if (retries) {
      if (retries.length >= limits.burst) return nack(job, 'overloaded', 'sent too often', WAIT.overloaded);
      retries.push(job);
      return;
    }
    if (this.#stalled) return nack(job, 'overloaded', 'the hub could not write; try again', WAIT.overloaded);
    if (log.readOnly !== null) return nack(job, 'read_only', log.readOnly, WAIT.read_only);
    const events = this.#decide(job);
    if ('refused' in events) return nack(job, events.refused, events.reason);
    this.#flying.set(key, []);
    void this.#append(job, key, events);
  }

  /** The events of the command, each with its place in the record; hub time never goes back within an incident. */
  #decide(job: Job): readonly Event[] | Refusal {
    const recorded = recordedAt(this.#ahead, this.#context.clock);
    const answer = decision(this.#ahead, job, this.#context, recorded);
    if (isRefusal(answer)) return answer;
    return answer.map((draft, index) => {
      const id = index === 0 ? job.id : this.#context.newId(Date.parse(recorded));
      return Object.assign({ id, incident: this.id, seq: this.#ahead.head + 1 + index, recorded }, draft);
    });
  }

  async #append(job: Job, key: string, events: readonly Event[]): Promise<void> {
    this.#ahead = events.reduce(evolve, this.#ahead);
    const state = this.#ahead;
    try {
      const { texts } = await this.#context.log.append(this.id, events, job.origin);
      const retries = this.#flying.get(key) ?? [];
      this.#flying.delete(key);
      this.#state = state;
      this.#done.push({ job, events, texts, state });
      for (const retry of retries) this.#handle(retry);
      this.#scheduleFlush();
    } catch (error) {
      this.#failed(job, key, error);
    }
  }

  #failed(job: Job, key: string, error: unknown): void {
    this.#stalled = true;
    const retries = this.#flying.get(key) ?? [];
    this.#flying.delete(key);
    const reason = error instanceof Error ? error.message : 'the hub cannot write';
    const fault = error instanceof LogFault ? error.code : 'read_only';
    const code = fault === 'disk_low' || fault === 'read_only' ? fault : 'overloaded';
    for (const one of [job, ...retries]) nack(one, code, reason, WAIT[code]);
    this.#context.onFault();
    if (this.#flying.size > 0) return;
    this.#stalled = false;
    this.#ahead = this.#state;
    this.#schedule();
  }

  #scheduleFlush(): void {
    if (this.#stalled && this.#flying.size === 0) {
      this.#stalled = false;
      this.#ahead = this.#state;
      this.#schedule();
    }
    if (this.#flush) return;
    this.#flush = true;
    setImmediate(() => this.#fanOut());
  }

  /** One frame for all that became durable meanwhile, one write per console; the asker's acks ride along. */
  #fanOut(): void {
    this.#flush = false;
    let size = 0;
    let count = 0;
    while (count < this.#done.length && size < this.#context.limits.frame)
      for (const text of this.#done[count++]?.texts ?? []) size += text.length;
    const batch = this.#done.splice(0, count);
    if (this.#done.length > 0) this.#scheduleFlush();
    const events = batch.flatMap((done) => done.events);
    const [first, last] = [events[0]?.seq, events.at(-1)?.seq];
    if (first === undefined || last === undefined) return;

    const acks = new Map<Sink, string[]>();
    for (const { job, events: own } of batch) {
      const [event] = own;
      if (event === undefined) continue;
      if (job.from === null) job.answer(ack(job, event));
      else push(acks, job.from, ackText(job, event));
    }
    // First who only waits for the answer: they go on while the many are served.
    for (const [sink, own] of acks) if (!this.followers.has(sink)) sink.write(textFrames(own));
    if (this.followers.size > 0) {
      const frame = textFrame(
        eventsText(
          this.id,
          first,
          batch.flatMap((done) => done.texts),
        ),
      );
      for (const [sink, follower] of this.followers) {
        const own = acks.get(sink);
        follower.deliver(frame, first, last, own && textFrames(own));
      }
    }
    this.#context.onBatch(events, batch.length);
  }
}

/** Now, or when the last event was recorded if the clock went back since. Many commands share a millisecond. */
function recordedAt({ recorded }: Incident, clock: Clock): string {
  const wall = clock.wall();
  if (recorded !== null && wall === Date.parse(recorded)) return recorded;
  const now = new Date(wall).toISOString();
  return recorded !== null && recorded > now ? recorded : now;
}

function decision(state: Incident, { command, actor }: Job, context: RoomContext, now: string): Answer {
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

/** Why `job` would be refused in `state`; null when it would not. */
export function refusalOf(state: Incident, job: Job, context: RoomContext): Refusal | null {
  const answer = decision(state, job, context, recordedAt(state, context.clock));
  return isRefusal(answer) ? answer : null;
}

function push(map: Map<Sink, string[]>, key: Sink, text: string): void {
  const list = map.get(key);
  if (list) list.push(text);
  else map.set(key, [text]);
}

const ack = ({ origin, id }: Job, event: Event) =>
  ({ type: 'ack', n: origin.n, id, incident: event.incident, seq: event.seq, at: event.at }) as const;

/** The same as JSON. Ids and times were validated: nothing in them needs escaping. */
const ackText = ({ origin, id }: Job, { incident, seq, at }: Event): string =>
  `{"type":"ack","n":${origin.n},"id":"${id}","incident":"${incident}","seq":${seq},"at":"${at}"}`;

/** Answers `job` with a refusal. */
export function nack({ origin, id, answer }: Job, code: NackCode, reason: string, retryAfter?: number): void {
  answer({ type: 'nack', n: origin.n, id, code, reason, ...(retryAfter === undefined ? {} : { retryAfter }) });
}

const reused = (job: Job): void =>
  nack(job, 'id_reused', `command ${job.origin.n} of this console was another one; it is in the record already`);

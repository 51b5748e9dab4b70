/** Evaluates the policies after each commit and at the deadlines they name. */
import type { Command } from '../incident/command.ts';
import { POLICIES } from '../incident/policies.ts';
import type { HubContext } from './hub-context.ts';
import type { Rooms } from './rooms.ts';
import { submissionOf, type CommandResult } from './submission.ts';
import type { Subscriber } from './subscribers.ts';

type SchedulerContext = Pick<HubContext, 'clock' | 'newId' | 'say' | 'policy'> & { readonly rooms: Rooms };

/** Timers are bounded because the wall clock may be set, ms. */
const LONGEST_SLEEP_MS = 30_000;
/** Retry after a refusal, ms. */
const AGAIN_MS = 5_000;

export class Scheduler implements Subscriber {
  readonly name = 'policies';
  readonly #context: SchedulerContext;
  readonly #nextDue = new Map<string, number>();
  readonly #inFlight = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  /** The last refusal; each is logged once. */
  #refusal = '';

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#nextDue.clear();
  }

  /** Executes what is due in `incident` and sets the next evaluation. */
  handle(incident: string): void {
    const { rooms, clock } = this.#context;
    const room = rooms.get(incident);
    const now = clock.wall();
    let next = Infinity;
    if (room)
      for (const policy of POLICIES) {
        const { commands, nextDue } = policy(room.state, now, this.#context.policy());
        for (const { key, command } of commands) void this.execute(incident, key, command);
        next = Math.min(next, nextDue ?? Infinity);
      }
    this.#wakeAt(incident, next);
  }

  #wakeAt(incident: string, due: number): void {
    if (due === (this.#nextDue.get(incident) ?? Infinity)) return;
    if (due === Infinity) this.#nextDue.delete(incident);
    else this.#nextDue.set(incident, due);
    this.#setTimer();
  }

  #setTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#nextDue.size === 0) return;
    const soonest = Math.min(...this.#nextDue.values());
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.max(0, soonest - this.#context.clock.wall()));
    this.#timer = setTimeout(() => this.#wake(), waitMs);
  }

  #wake(): void {
    const now = this.#context.clock.wall();
    this.#timer = null;
    for (const [incident, due] of this.#nextDue) if (due <= now) this.handle(incident);
    this.#setTimer();
  }

  /** Executes a command of a policy; true once recorded. Its origin is made from `key`, so it is recorded once. */
  async execute(incident: string, key: string, command: Command, name = 'hub'): Promise<boolean> {
    const { rooms, clock, say } = this.#context;
    const running = `${incident} ${key}`;
    if (this.#inFlight.has(running)) return false;
    this.#inFlight.add(running);
    const sender = { client: `policy ${key}`, name, via: 'hub' } as const;
    const result = await rooms
      .execute(incident, submissionOf(this.#context, incident, command, sender))
      .catch((error: unknown): CommandResult => ({ refused: 'invalid', reason: String(error) }));
    this.#inFlight.delete(running);
    if (!('refused' in result)) return true;
    if (result.reason !== this.#refusal) say(`"${key}" is not in the record of ${incident} yet: ${result.reason}`);
    this.#refusal = result.reason;
    this.#wakeAt(incident, clock.wall() + (result.retryAfter ?? AGAIN_MS));
    return false;
  }
}

/** Brings alerts into the records they belong to: compares what people are to know with what each open record says. */
import { isEnded, type Incident } from '../incident/incident.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Phase } from '../rules/alert.ts';
import type { Labels } from '../rules/labels.ts';
import type { Severity } from '../incident/severity.ts';
import { RateLimiter } from './rate-limiter.ts';
import { commandHash } from './commandhash.ts';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';

/** An alert in the state people are to know of. Plain data. */
export interface Announced {
  readonly alert: string;
  readonly rule: string;
  readonly from: Phase;
  readonly to: Phase;
  readonly severity: Severity;
  readonly summary: string;
  readonly labels: Labels;
  readonly runbook: string | null;
  /** When it came to this; wall clock, ms since 1970. */
  readonly at: number;
}

export interface AlertRecorderContext {
  readonly rooms: Rooms;
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: (ms: number) => string;
  /** Tells the records of this run of the hub from those of others. */
  readonly run: string;
  readonly say: (line: string) => void;
}

/** A record takes this many alerts at once, and then one a second; one that had to wait is written as it is by then. */
const BURST = 50;
/** A record that would not take an entry is tried again after this long; ms. */
const AGAIN_MS = 5_000;

export const isOn = (state: string): boolean => state === 'firing' || state === 'no_data';

export class AlertRecorder {
  readonly #context: AlertRecorderContext;
  readonly #rateLimiter: RateLimiter;
  #n = 0;
  /** Why a record took no alert, last; said once. */
  #reason = '';
  /** Entries on their way, or waiting to be tried again, by record and alert; until when. */
  readonly #busy = new Map<string, number>();

  constructor(context: AlertRecorderContext) {
    this.#context = context;
    this.#rateLimiter = new RateLimiter(1, BURST, context.clock);
  }

  /** The incident this alert belongs to and that is being worked on; null: none. */
  home(alert: string): string | null {
    const running = this.#context.rooms.open().filter(({ state }) => isRunning(state));
    const isGoing = ({ id }: Room): boolean => this.#busy.get(`${id} ${alert}`) === Infinity;
    return running.find((room) => stateIn(room, alert) !== null || isGoing(room))?.id ?? null;
  }

  /** Writes what is missing. True when there is nothing left to do about `one`: it is over and every record says so. */
  write(one: Announced): boolean {
    const rooms = this.#roomsFor(one);
    const behind = rooms.filter((room) => stateIn(room, one.alert) !== one.to);
    for (const room of behind) this.#submit(room, one);
    return behind.length === 0 && !isOn(one.to);
  }

  #having(alert: string): Room[] {
    return this.#context.rooms.open().filter((room) => stateIn(room, alert) !== null);
  }

  /**
   * Those that have it already; and for one that fires, when none of them is being worked on: the incident declared for
   * it, else one with its runbook, else the one declared last. A rehearsal gets no alerts of the real world.
   */
  #roomsFor(one: Announced): readonly Room[] {
    const having = this.#having(one.alert);
    if (!isOn(one.to) || having.some(({ state }) => isRunning(state))) return having;
    const running = this.#context.rooms.open().filter(({ state }) => isRunning(state) && !state.drill);
    const declaredFor = running.find(({ id }) => {
      const first = this.#context.log.get(id, 1);
      return first?.kind === 'declared' && first.data.alert === one.alert;
    });
    const same = one.runbook === null ? undefined : running.find(({ state }) => state.runbook === one.runbook);
    const room = declaredFor ?? same ?? running[0];
    return room === undefined ? having : [...having, room];
  }

  #submit(room: Room, one: Announced): void {
    const { clock, newId, run, say } = this.#context;
    const key = `${room.id} ${one.alert}`;
    const now = clock.mono();
    if (now < (this.#busy.get(key) ?? -Infinity)) return;
    if (this.#rateLimiter.take(room.id) > 0) return;
    this.#busy.set(key, Infinity);
    const { alert, rule, to, severity, summary, labels, runbook, at } = one;
    const command = {
      kind: 'change_alert',
      alert,
      rule,
      from: stateIn(room, alert) ?? one.from,
      to,
      severity,
      summary,
      labels,
      ...(runbook === null ? {} : { runbook }),
      at: new Date(Math.min(at, clock.wall())).toISOString(),
    } as const;
    room.submit({
      origin: { client: `rules-${run}`, n: ++this.#n, hash: commandHash(room.id, command) },
      id: newId(clock.wall()),
      command,
      actor: { name: 'rules', observer: false, via: 'hub' },
      from: null,
      answer: (answer) => {
        if (answer.type !== 'nack') {
          this.#reason = '';
          return void this.#busy.delete(key);
        }
        this.#busy.set(key, clock.mono() + (answer.retryAfter ?? AGAIN_MS));
        if (answer.reason !== this.#reason) say(`alerts are not in the record of ${room.id} yet: ${answer.reason}`);
        this.#reason = answer.reason;
      },
    });
  }
}

/** Somebody works on it: an alert that fires now is part of it. */
const isRunning = (state: Incident): boolean => state.status !== 'resolved' && !isEnded(state);

const stateIn = (room: Room, alert: string): string | null =>
  room.state.alerts.find((known) => known.alert === alert)?.state ?? null;

/** The followed incident: requests it, folds its events, closes gaps, fetches older entries. */
import type { Event } from '../incident/event.ts';
import type { FromHub, ToHub } from '../protocol/messages.ts';
import { asking, fold, newReplica, type Replica } from './replica.ts';

/** When the hub's head is ahead for this long, events were missed, ms. */
const MISSED = 2_000;
/** Entries asked for at once. */
const PAGE = 500;

export class Following {
  readonly #send: (message: ToHub) => boolean;
  readonly #onChange: (what: 'record' | 'past') => void;
  /** Who waits for a page, in the order of the requests. */
  readonly #pages: ((events: readonly Event[]) => void)[] = [];
  /** Null: no incident is followed. */
  replica: Replica | null;
  /** Why the hub does not have the incident; null: it has it, or has not said. */
  unserved: string | null = null;
  #missed: NodeJS.Timeout | null = null;

  /** `send` answers false while the hub is away. */
  constructor(incident: string | null, send: (message: ToHub) => boolean, onChange: (what: 'record' | 'past') => void) {
    this.replica = incident === null ? null : newReplica(incident);
    this.#send = send;
    this.#onChange = onChange;
  }

  follow(incident: string | null): void {
    if (incident === (this.replica?.incident ?? null)) return;
    this.unserved = null;
    this.replica = incident === null ? null : newReplica(incident);
    if (incident === null) this.#send({ type: 'unfollow' });
    else this.ask();
    this.#onChange('record');
  }

  ask(): void {
    if (this.replica === null) return;
    this.replica = asking(this.replica);
    const { incident, epoch, last: after, events } = this.replica;
    const last = events.at(-1)?.id;
    this.#send({ type: 'follow', incident, epoch, after, corrects: true, ...(last === undefined ? {} : { last }) });
  }

  take(message: Extract<FromHub, { type: 'following' | 'events' }>): void {
    if (this.replica !== null) {
      if (message.type === 'following') this.unserved = null;
      const { replica, resume } = fold(this.replica, message);
      if (replica !== this.replica) this.#onChange('record');
      this.replica = replica;
      if (resume) this.ask();
    }
    if (message.type === 'following' && message.wentBack) this.#onChange('past');
    // After the change, so that whoever waits for the page finds it in the view.
    if (message.type === 'events' && message.page) this.#pages.shift()?.(message.events);
  }

  /** Closes a gap that the heartbeat's head shows, if it persists. */
  seeHead(head: number | null): void {
    const replica = this.replica;
    if (head === null || replica === null || replica.awaiting || head <= replica.last || this.#missed) return;
    this.#missed = setTimeout(() => {
      this.#missed = null;
      if (this.replica?.incident === replica.incident && this.replica.last < head) this.ask();
    }, MISSED);
  }

  /** Entries `from` to `to`, or the newest of them that fit into one message; empty when the hub is away. */
  page(from: number, to: number): Promise<readonly Event[]> {
    const incident = this.replica?.incident;
    if (incident === undefined || to < from) return Promise.resolve([]);
    if (!this.#send({ type: 'page', incident, from: Math.max(from, to - PAGE + 1), to })) return Promise.resolve([]);
    return new Promise((resolve) => this.#pages.push(resolve));
  }

  /** The hub could not answer: it has no such incident, or no such page. */
  refuse({ reason, incident }: Extract<FromHub, { type: 'fault' }>): void {
    if (incident === undefined) return this.#pages.shift()?.([]);
    if (incident !== this.replica?.incident) return;
    this.unserved = reason;
    this.#onChange('record');
  }

  /** The connection is lost, and with it every requested page. */
  dropPages(): void {
    for (const resolve of this.#pages.splice(0)) resolve([]);
  }

  close(): void {
    if (this.#missed) clearTimeout(this.#missed);
    this.dropPages();
  }
}

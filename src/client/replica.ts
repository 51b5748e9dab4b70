/** The incident a console follows: a pure fold of the hub's messages, and the requests that keep it complete. */
import { corrected } from '../incident/annotations.ts';
import { correctionOf, type Event } from '../incident/event.ts';
import { evolve } from '../incident/topics/index.ts';
import { blankIncident, type Annotation, type Incident } from '../incident/incident.ts';
import type { FromHub, ToHub } from '../protocol/messages.ts';

export interface Replica {
  readonly incident: string;
  readonly epoch: string | null;
  /** Includes every event up to `state.head`. */
  readonly state: Incident;
  /** Complete for the entries in `events`; for older ones only what the state has. */
  readonly annotations: Incident['annotations'];
  /** Contiguous; the last one has seq `last`. */
  readonly events: readonly Event[];
  readonly last: number;
  /** The answer to `follow` is outstanding: events before it belong to an older request. */
  readonly awaiting: boolean;
}
/** `resume`: events are missing, and are to be requested after `last`. */
interface FoldedReplica {
  readonly replica: Replica;
  readonly resume: boolean;
}
type Told = Extract<FromHub, { type: 'following' | 'events' }>;

export const newReplica = (incident: string): Replica => ({
  incident,
  epoch: null,
  state: blankIncident(incident),
  annotations: {},
  events: [],
  last: 0,
  awaiting: true,
});

/** The same state, waiting for the answer to a `follow`. */
export const asking = (replica: Replica): Replica => ({ ...replica, awaiting: true });

/** The replica after `message`; messages about other incidents change nothing. */
export function fold(replica: Replica, message: Told): FoldedReplica {
  if (message.incident !== replica.incident) return { replica, resume: false };
  return message.type === 'following' ? begin(replica, message) : extend(replica, message);
}

function begin(replica: Replica, message: Extract<Told, { type: 'following' }>): FoldedReplica {
  const { mode, epoch, snapshot } = message;
  if (mode === 'resume') {
    if (epoch !== replica.epoch) return { replica: newReplica(replica.incident), resume: true };
    return { replica: { ...replica, awaiting: false }, resume: false };
  }
  const blank = newReplica(replica.incident);
  if (snapshot === null) return { replica: { ...blank, epoch, awaiting: false }, resume: false };
  const last = snapshot.tailFrom - 1;
  const { state } = snapshot;
  return { replica: { ...blank, epoch, state, annotations: state.annotations, last, awaiting: false }, resume: false };
}

function extend(replica: Replica, { events, page }: Extract<Told, { type: 'events' }>): FoldedReplica {
  if (page) return { replica: prepend(replica, events), resume: false };
  if (replica.awaiting) return { replica, resume: false };
  let { state, last } = replica;
  const fresh: Event[] = [];
  let resume = false;
  for (const event of events) {
    if (event.seq <= last) continue;
    if (event.seq !== last + 1) {
      resume = true;
      break;
    }
    if (event.seq > state.head) state = evolve(state, event);
    fresh.push(event);
    last = event.seq;
  }
  if (fresh.length === 0) return { replica, resume };
  const longer = { ...replica, state, last, events: [...replica.events, ...fresh] };
  // Until the tail of a snapshot is complete, its state is ahead of the entries.
  if (last < state.head) return { replica: longer, resume };
  const wasWhole = replica.last >= replica.state.head;
  const annotations = wasWhole ? annotationsOf(fresh, replica.annotations) : annotated(longer);
  return { replica: { ...longer, annotations }, resume };
}

/** The annotations of the entries held, derived anew: everything after a held entry is held, too. */
function annotated({ events, annotations }: Replica): Incident['annotations'] {
  const first = events[0]?.seq ?? Infinity;
  const older = Object.entries(annotations).filter(([seq]) => Number(seq) < first);
  return annotationsOf(events, Object.fromEntries(older));
}

/** Prepends older entries if they are contiguous with those held. */
function prepend(replica: Replica, events: readonly Event[]): Replica {
  const first = replica.events[0]?.seq ?? replica.last + 1;
  const older = events.filter(({ seq }) => seq < first);
  const whole = older.every(({ seq }, index) => seq === first - older.length + index);
  if (older.length === 0 || !whole) return replica;
  const longer = { ...replica, events: [...older, ...replica.events] };
  return replica.last < replica.state.head ? longer : { ...longer, annotations: annotated(longer) };
}

/** `known` plus what `events` say about other entries; `known` itself if that is nothing. */
function annotationsOf(events: readonly Event[], known: Incident['annotations']): Incident['annotations'] {
  const found = new Map<number, Annotation>();
  for (const event of events) {
    const correction = event.ref === undefined ? null : correctionOf(event);
    if (correction === null || event.ref === undefined) continue;
    found.set(event.ref, corrected(found.get(event.ref) ?? known[event.ref], event, correction));
  }
  return found.size === 0 ? known : { ...known, ...Object.fromEntries(found) };
}

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

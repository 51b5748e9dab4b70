/** What a console knows of the incident it follows: a pure fold of the hub's messages. A gap or a repeat changes nothing. */
import type { Event } from '../incident/event.ts';
import { evolve } from '../incident/topics/index.ts';
import { blankIncident, type Incident } from '../incident/incident.ts';
import type { FromHub } from '../protocol/messages.ts';

export interface Replica {
  readonly incident: string;
  /** Null before the hub told. */
  readonly epoch: string | null;
  /** With every event up to `state.head` folded in. */
  readonly state: Incident;
  /** Contiguous; the last one has seq `last`. */
  readonly events: readonly Event[];
  /** The last seq held. */
  readonly last: number;
  /** The hub's answer to `follow` is still to come: what arrives before it belongs to an older question. */
  readonly awaiting: boolean;
}
export interface Folded {
  readonly replica: Replica;
  /** Something is missing: ask again from `last`. */
  readonly resume: boolean;
}
type Told = Extract<FromHub, { type: 'following' | 'events' }>;

/** An incident nothing is known of yet. */
export const newReplica = (incident: string): Replica => ({
  incident,
  epoch: null,
  state: blankIncident(incident),
  events: [],
  last: 0,
  awaiting: true,
});

/** The same knowledge, waiting for the answer to a `follow` from `last`. */
export const asking = (replica: Replica): Replica => ({ ...replica, awaiting: true });

/** The replica after `message`. What is about another incident changes nothing. */
export function fold(replica: Replica, message: Told): Folded {
  if (message.incident !== replica.incident) return { replica, resume: false };
  return message.type === 'following' ? begin(replica, message) : extend(replica, message);
}

function begin(replica: Replica, message: Extract<Told, { type: 'following' }>): Folded {
  const { mode, epoch, snapshot } = message;
  if (mode === 'resume') {
    if (epoch !== replica.epoch) return { replica: newReplica(replica.incident), resume: true };
    return { replica: { ...replica, awaiting: false }, resume: false };
  }
  const blank = newReplica(replica.incident);
  if (snapshot === null) return { replica: { ...blank, epoch, awaiting: false }, resume: false };
  const last = snapshot.tailFrom - 1;
  return { replica: { ...blank, epoch, state: snapshot.state, last, awaiting: false }, resume: false };
}

function extend(replica: Replica, { events, page }: Extract<Told, { type: 'events' }>): Folded {
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
  return { replica: { ...replica, state, last, events: [...replica.events, ...fresh] }, resume };
}

/** Older entries, when they join what is held without a gap. */
function prepend(replica: Replica, events: readonly Event[]): Replica {
  const first = replica.events[0]?.seq ?? replica.last + 1;
  const older = events.filter(({ seq }) => seq < first);
  const whole = older.every(({ seq }, index) => seq === first - older.length + index);
  return older.length > 0 && whole ? { ...replica, events: [...older, ...replica.events] } : replica;
}

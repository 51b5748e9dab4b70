/** What a console knows of the incident it follows: a pure fold of the hub's messages. A gap or a repeat changes nothing. */
import { corrected, type Correction } from '../incident/annotations.ts';
import type { Event } from '../incident/event.ts';
import { evolve } from '../incident/topics/index.ts';
import { blankIncident, type Annotation, type Incident } from '../incident/incident.ts';
import type { FromHub } from '../protocol/messages.ts';

export interface Replica {
  readonly incident: string;
  /** Null before the hub told. */
  readonly epoch: string | null;
  /** With every event up to `state.head` folded in. */
  readonly state: Incident;
  /** Of the entries in `events` all that became of them, by the entries themselves; of older ones what the state knows. */
  readonly annotations: Incident['annotations'];
  /** Contiguous; the last one has seq `last`. */
  readonly events: readonly Event[];
  /** The last seq held. */
  readonly last: number;
  /** The hub's answer to `follow` is still to come: what arrives before it belongs to an older question. */
  readonly awaiting: boolean;
}
export interface FoldedReplica {
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
  annotations: {},
  events: [],
  last: 0,
  awaiting: true,
});

/** The same knowledge, waiting for the answer to a `follow` from `last`. */
export const asking = (replica: Replica): Replica => ({ ...replica, awaiting: true });

/** The replica after `message`. What is about another incident changes nothing. */
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
  // Until the tail behind a snapshot is there, its state knows more than the entries that came so far.
  if (last < state.head) return { replica: longer, resume };
  const wasWhole = replica.last >= replica.state.head;
  const annotations = wasWhole ? annotationsOf(fresh, replica.annotations) : annotated(longer);
  return { replica: { ...longer, annotations }, resume };
}

/** What became of the entries: all that follows one that is held is held, too. */
function annotated({ events, annotations }: Replica): Incident['annotations'] {
  const first = events[0]?.seq ?? Infinity;
  const older = Object.entries(annotations).filter(([seq]) => Number(seq) < first);
  return annotationsOf(events, Object.fromEntries(older));
}

/** Older entries, when they join what is held without a gap. */
function prepend(replica: Replica, events: readonly Event[]): Replica {
  const first = replica.events[0]?.seq ?? replica.last + 1;
  const older = events.filter(({ seq }) => seq < first);
  const whole = older.every(({ seq }, index) => seq === first - older.length + index);
  if (older.length === 0 || !whole) return replica;
  const longer = { ...replica, events: [...older, ...replica.events] };
  return replica.last < replica.state.head ? longer : { ...longer, annotations: annotated(longer) };
}

function correctionOf(event: Event): Correction | null {
  switch (event.kind) {
    case 'amended':
      return { amended: event.data };
    case 'retracted':
      return { retracted: event.data };
    case 'pinned':
      return event.data;
    default:
      return null;
  }
}

/** What became of the entries that `events` are about, in their order, on top of `known`; `known` itself where nothing did. */
function annotationsOf(events: readonly Event[], known: Incident['annotations']): Incident['annotations'] {
  const found = new Map<number, Annotation>();
  for (const event of events) {
    const correction = event.ref === undefined ? null : correctionOf(event);
    if (correction === null || event.ref === undefined) continue;
    found.set(event.ref, corrected(found.get(event.ref) ?? known[event.ref], event, correction));
  }
  return found.size === 0 ? known : { ...known, ...Object.fromEntries(found) };
}

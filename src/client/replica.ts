/** What a console knows of the followed incident: a pure fold of the hub's messages, safe against gaps and repeats. */
import { corrected, type Correction } from '../incident/annotations.ts';
import type { Event } from '../incident/event.ts';
import { evolve } from '../incident/topics/index.ts';
import { blankIncident, type Annotation, type Incident } from '../incident/incident.ts';
import type { FromHub } from '../protocol/messages.ts';

export interface Replica {
  readonly incident: string;
  /** Null until the hub said. */
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
export interface FoldedReplica {
  readonly replica: Replica;
  /** Events are missing: request them after `last`. */
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

function correctionOf({ kind, data }: Event): Correction | null {
  if (kind === 'amended') return { amended: data };
  if (kind === 'retracted') return { retracted: data };
  return kind === 'pinned' ? data : null;
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

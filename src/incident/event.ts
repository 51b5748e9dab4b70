/** What happened. An event is a fact in the past tense; the log is the ordered record of events. Derived from the topics. */
import type { DataOf, DraftOf } from './topic.ts';
import type { IncidentTopic } from './topics/index.ts';
import type { Envelope } from './vocabulary.ts';

/** Every kind of event and what it carries. */
export type EventData = DataOf<IncidentTopic>;
export type EventKind = keyof EventData;

/** A record may hold events of later versions: their `kind` is none of `EventKind`, and their data is anything. */
export type Event<K extends EventKind = EventKind> = {
  [P in K]: Envelope & { readonly kind: P; readonly data: EventData[P] };
}[K];

/** An event before the hub gave it its place in the record. */
export type Draft = DraftOf<IncidentTopic>;

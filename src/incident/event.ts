/** Events of an incident, derived from the topics. */
import type { DataOf, DraftOf } from './topic.ts';
import type { IncidentTopic } from './topics/index.ts';
import type { Envelope } from './vocabulary.ts';

type EventData = DataOf<IncidentTopic>;
export type EventKind = keyof EventData;

/** A record may also hold kinds of later versions, with any data. */
export type Event<K extends EventKind = EventKind> = {
  [P in K]: Envelope & { readonly kind: P; readonly data: EventData[P] };
}[K];

export type Draft = DraftOf<IncidentTopic>;

/** Events of an incident, derived from the topics. */
import type { Correction } from './annotations.ts';
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

/** What `event` corrects in the entry that it refers to; null: it is no correction. */
export function correctionOf({ kind, data }: Event): Correction | null {
  if (kind === 'amended') return { amended: data };
  if (kind === 'retracted') return { retracted: data };
  return kind === 'pinned' ? data : null;
}

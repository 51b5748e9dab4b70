import type { CommandOf } from './topic.ts';
import type { IncidentTopic } from './topics/index.ts';

/** Commands. A field `seen` is what the person saw; if it has changed, the answer is a `conflict`. */
export type Command = CommandOf<IncidentTopic>;

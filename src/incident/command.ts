import type { CommandOf } from './topic.ts';
import type { IncidentTopic } from './topics/index.ts';

/**
 * Commands of an incident. A field `seen` is what the person saw: if it has changed, the answer is a `conflict`
 * (compare-and-set).
 */
export type Command = CommandOf<IncidentTopic>;

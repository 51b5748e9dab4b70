/** What somebody asks of an incident. A command is a wish; `decide` answers it with events or a refusal. Derived from the topics. */
import type { CommandOf } from './topic.ts';
import type { IncidentTopic } from './topics/index.ts';

/**
 * Where a field is named `seen` it carries what the asker saw: if it is not so any more, the answer is a `conflict` that
 * says who was faster (compare-and-set).
 */
export type Command = CommandOf<IncidentTopic>;

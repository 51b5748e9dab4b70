/** What a decision about an incident knows besides the incident; and the tools its topics are made with. */
import { refuse, type Refusal } from './decision.ts';
import { capacityOf, type Incident } from './incident.ts';
import type { Policy } from './policy.ts';
import { topicsOf, type AnyEvent } from './topic.ts';
import type { Instant, Via } from './vocabulary.ts';

export interface Context {
  /** Hub time. */
  readonly now: Instant;
  readonly actor: { readonly name: string; readonly observer: boolean; readonly via: Via };
  readonly policy: Policy;
  /** The entry the command refers to (`ref`, `re`), as the log holds it; undefined when there is none. */
  readonly target?: AnyEvent | undefined;
  /** Who has been here, or is invited; without it every name is taken as it is. */
  readonly knownNames?: () => Iterable<string>;
  /** How long the IC's last console has been gone, ms; 0 while there is one. */
  readonly icAbsentMs: number;
}

/** Asked for by the hub, a probe or an intake, not by a person. */
export const byMachine = ({ actor }: Pick<Context, 'actor'>): boolean => actor.via !== 'console' && actor.via !== 'cli';

/** How topics of the incident are written; what they draft is by the context's actor, in the capacity they have here. */
export const { command, event, drafting, aggregate } = topicsOf<Incident, Context>((state, { actor }) => ({
  by: {
    name: actor.name,
    role: byMachine({ actor }) ? 'system' : capacityOf(state, actor.name, actor.observer),
  },
  via: actor.via,
}));

/** Refusals that several decisions give. */
export const noEntry = (ref: number): Refusal => refuse('not_found', `there is no entry #${ref}`);
export const ended = (state: Incident): Refusal => refuse('not_now', `the incident is ${state.status}`);

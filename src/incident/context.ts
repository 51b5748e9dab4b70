/** What decisions about an incident know, and helpers to define its topics. */
import { refuse, type Refusal } from './decision.ts';
import { capacityOf, type Incident } from './incident.ts';
import type { OnCall, Page } from './paging.ts';
import type { Policy } from './policy.ts';
import { topicsOf, type AnyEvent } from './topic.ts';
import { PEOPLE_VIA, type Instant, type Via } from './vocabulary.ts';

/** What is known of an alert that fires: since when, who was paged for it, and who is on it. */
export interface AlertEpisode {
  readonly detectedAt: Instant;
  readonly route: string | null;
  readonly acked: { readonly by: string; readonly at: Instant } | null;
  readonly pages: readonly Page[];
}
export interface Context {
  readonly now: Instant;
  readonly actor: { readonly name: string; readonly observer: boolean; readonly via: Via };
  readonly policy: Policy;
  /** The entry that `ref` or `re` names. */
  readonly target?: AnyEvent | undefined;
  /** People seen or invited; absent: names are not checked. */
  readonly knownNames?: () => Iterable<string>;
  /** Who is on call on a route, now; absent: no on-call is configured. */
  readonly onCall?: ((route: string) => OnCall) | undefined;
  /** The name under which somebody is on call, by an alias or that name; absent: no on-call is configured. */
  readonly onCallName?: ((alias: string) => string) | undefined;
  /** The alert as it fires now; absent, or undefined: nothing is known of it. */
  readonly alertEpisode?: (alert: string) => AlertEpisode | undefined;
  /** The hub is that of a drill: its alerts are rehearsed, and so is every incident. */
  readonly rehearsal?: boolean;
  /** How long the IC has been disconnected, ms. */
  readonly icAbsentMs: number;
}

/** Sent by the hub, a probe or an intake. */
export const byMachine = ({ actor }: Pick<Context, 'actor'>): boolean => !PEOPLE_VIA.some((via) => via === actor.via);

/** Drafts carry the actor in their capacity in the incident. */
export const { command, internal, event, drafting, aggregate } = topicsOf<Incident, Context>((state, { actor }) => ({
  by: {
    name: actor.name,
    role: byMachine({ actor }) ? 'system' : capacityOf(state, actor.name, actor.observer),
  },
  via: actor.via,
}));

export const noEntry = (ref: number): Refusal => refuse('not_found', `there is no entry #${ref}`);
export const ended = (state: Incident): Refusal => refuse('not_now', `the incident is ${state.status}`);

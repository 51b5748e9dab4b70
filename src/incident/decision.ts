/** What every decision works with: its context, its answer, and the words of a refusal. */
import type { Command, CommandKind, Refusal, RefusalCode } from './command.ts';
import type { Draft, Event, EventData, EventKind } from './event.ts';
import type { Instant, Level, Role, Via } from './vocabulary.ts';
import { capacityOf, type Incident } from './incident.ts';
import type { Policy } from './policy.ts';

export interface Context {
  /** Hub time. */
  readonly now: Instant;
  readonly actor: { readonly name: string; readonly observer: boolean; readonly via: Via };
  readonly policy: Policy;
  /** The entry the command refers to (`ref`, `re`), as the log holds it; undefined when there is none. */
  readonly target?: Event | undefined;
  /** How long the IC's last console has been gone, ms; 0 while there is one. */
  readonly icAbsentMs: number;
}
export type Answer = readonly Draft[] | Refusal;

/** Longest texts, in UTF-16 units. */
export const LIMITS = { title: 200, text: 16_000, why: 2_000 } as const;

export const refuse = (refused: RefusalCode, reason: string): Refusal => ({ refused, reason });

/** One kind of command and how it is decided. */
export type Rule<K extends CommandKind> = (
  state: Incident,
  command: Extract<Command, { kind: K }>,
  context: Context,
) => Answer;

/** Asked for by the hub, a probe or an intake, not by a person. */
export const byMachine = ({ actor }: Pick<Context, 'actor'>): boolean => actor.via !== 'console' && actor.via !== 'cli';

/** A draft by the context's actor, in the capacity they have here. */
export function draft<K extends EventKind>(
  state: Incident,
  { actor, now }: Context,
  kind: K,
  level: Level,
  at: Instant = now,
  data: EventData[K],
  ref?: number,
): Draft {
  const role = byMachine({ actor }) ? 'system' : capacityOf(state, actor.name, actor.observer);
  const whole = {
    kind,
    data,
    at: at === now ? now : new Date(at).toISOString(),
    level,
    by: { name: actor.name, role },
    via: actor.via,
    visibility: 'internal' as const,
    ...(ref === undefined ? {} : { ref }),
  };
  // The pairing of kind and data is checked by the signature; a mapped union cannot be built from a generic K.
  return whole as unknown as Draft;
}

/** Refusals that several decisions give. */
export const noEntry = (ref: number): Refusal => refuse('not_found', `there is no entry #${ref}`);
export const ended = (state: Incident): Refusal => refuse('not_now', `the incident is ${state.status}`);
export function notYours(state: Incident, does: string): Refusal {
  const boss = state.roles.ic ?? state.roles.deputy ?? state.ackedBy;
  const who = state.roles.ic === null && state.roles.deputy === null ? `${boss} leads` : `the IC is ${boss}`;
  return refuse('forbidden', `only the IC ${does}; ${who}`);
}

export function whoSet(state: Incident, what: 'severity' | 'status' | Role): string {
  const last = state.lastSet[what];
  return last === undefined ? '' : ` (${last.by} at ${last.at.slice(11, 19)}Z)`;
}

/** What falls due in an incident by itself. */
import { clocks } from './clocks.ts';
import type { Command } from './command.ts';
import type { Incident } from './incident.ts';

/** A pure function of state and time (ms since 1970, hub time). Keys are deterministic, so that a command is executed once. */
export type TimedPolicy<S, C> = (state: S, now: number) => DueCommands<C>;
export interface DueCommands<C> {
  readonly commands: readonly { readonly key: string; readonly command: C }[];
  /** Next evaluation without an event, ms since 1970; null: none. */
  readonly nextDue: number | null;
}

/** What of `all` is due, and when the next of the others is. `at`: ms since 1970. */
export function dueOf<C>(
  all: readonly { readonly at: number; readonly key: string; readonly command: C }[],
  now: number,
): DueCommands<C> {
  const later = all.filter(({ at }) => at > now).map(({ at }) => at);
  return {
    commands: all.filter(({ at }) => at <= now).map(({ key, command }) => ({ key, command })),
    nextDue: later.length === 0 ? null : Math.min(...later),
  };
}

/** Records each missed deadline once: acknowledgement, response, public update. */
export const missedDeadlines: TimedPolicy<Incident, Command> = (state, now) =>
  dueOf(
    clocks(state, now).due.flatMap(({ what, at }) =>
      what === 'postmortem' || state.missed?.[what] === at
        ? []
        : [{ at: Date.parse(at), key: `${what}-overdue:${at}`, command: { kind: 'miss_deadline', what, dueAt: at } }],
    ),
    now,
  );

/** Ends the time for objections to a decision. */
export const objectionsOver: TimedPolicy<Incident, Command> = ({ decisions }, now) =>
  dueOf(
    decisions.flatMap(({ seq, state, objectionsUntil }) =>
      state === 'open' && objectionsUntil !== undefined
        ? [
            {
              at: Date.parse(objectionsUntil),
              key: `objections-over:${seq}`,
              command: { kind: 'end_objections', ref: seq },
            },
          ]
        : [],
    ),
    now,
  );

export const POLICIES: readonly TimedPolicy<Incident, Command>[] = [missedDeadlines, objectionsOver];

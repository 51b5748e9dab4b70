/** What falls due in an incident by itself. */
import { clocks } from './clocks.ts';
import type { Command } from './command.ts';
import type { Incident } from './incident.ts';

/** A pure function of state and time (ms since 1970, hub time). Keys are deterministic, so that a command is executed once. */
export type TimedPolicy = (state: Incident, now: number) => DueCommands;
export interface DueCommands {
  readonly commands: readonly { readonly key: string; readonly command: Command }[];
  /** Next evaluation without an event, ms since 1970; null: none. */
  readonly nextDue: number | null;
}

/** What of `all` is due, and when the next of the others is. `at`: ms since 1970. */
export function dueOf(
  all: readonly { readonly at: number; readonly key: string; readonly command: Command }[],
  now: number,
): DueCommands {
  const later = all.filter(({ at }) => at > now).map(({ at }) => at);
  return {
    commands: all.filter(({ at }) => at <= now).map(({ key, command }) => ({ key, command })),
    nextDue: later.length === 0 ? null : Math.min(...later),
  };
}

/** Records each missed deadline once: acknowledgement, response, public update. */
export const missedDeadlines: TimedPolicy = (state, now) =>
  dueOf(
    clocks(state, now).due.flatMap(({ what, at }) =>
      what === 'postmortem' || state.missed?.[what] === at
        ? []
        : [{ at: Date.parse(at), key: `${what}-overdue:${at}`, command: { kind: 'miss_deadline', what, dueAt: at } }],
    ),
    now,
  );

/** Ends the time for objections to a decision. */
export const objectionsOver: TimedPolicy = ({ decisions }, now) =>
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

export const POLICIES: readonly TimedPolicy[] = [missedDeadlines, objectionsOver];

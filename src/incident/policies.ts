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

/** Records each missed deadline once: acknowledgement, response, public update. */
export function missedDeadlines(state: Incident, now: number): DueCommands {
  const unrecorded = clocks(state, now).due.flatMap(({ what, at, leftMs }) =>
    what === 'postmortem' || state.missed?.[what] === at ? [] : [{ what, at, leftMs }],
  );
  return {
    commands: unrecorded.flatMap(({ what, at, leftMs }) =>
      leftMs > 0
        ? []
        : [{ key: `${what}-overdue:${at}`, command: { kind: 'miss_deadline', what, dueAt: at } as const }],
    ),
    nextDue: unrecorded.reduce<number | null>(
      (next, { at, leftMs }) => (leftMs > 0 ? Math.min(next ?? Infinity, Date.parse(at)) : next),
      null,
    ),
  };
}

export const POLICIES: readonly TimedPolicy[] = [missedDeadlines];

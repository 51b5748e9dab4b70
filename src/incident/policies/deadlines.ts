/** Records each missed deadline once: acknowledgement, response, public update. */
import { clocks } from '../clocks.ts';
import type { Command } from '../command.ts';
import type { Incident } from '../incident.ts';
import type { DueCommands } from './timed-policy.ts';

export function missedDeadlines(state: Incident, now: number): DueCommands<Command> {
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

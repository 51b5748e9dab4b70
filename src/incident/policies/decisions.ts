/** Ends the time for objections to a decision. */
import type { Command } from '../command.ts';
import type { Incident } from '../incident.ts';
import type { DueCommands } from './timed-policy.ts';

export function objectionsOver({ decisions }: Incident, now: number): DueCommands<Command> {
  const heard = decisions.flatMap(({ seq, state, objectionsUntil }) =>
    state === 'open' && objectionsUntil !== undefined ? [{ seq, until: Date.parse(objectionsUntil) }] : [],
  );
  return {
    commands: heard.flatMap(({ seq, until }) =>
      until <= now ? [{ key: `objections-over:${seq}`, command: { kind: 'end_objections', ref: seq } as const }] : [],
    ),
    nextDue: heard.reduce<number | null>(
      (next, { until }) => (until > now ? Math.min(next ?? Infinity, until) : next),
      null,
    ),
  };
}

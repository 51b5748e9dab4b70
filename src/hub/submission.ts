/** A command on its way to a room, and what becomes of it. */
import { hash } from 'node:crypto';
import type { Command } from '../incident/command.ts';
import type { Context } from '../incident/context.ts';
import type { Event } from '../incident/event.ts';
import type { Origin } from '../log/event-store.ts';
import type { NackCode } from '../protocol/messages.ts';

export interface Submission<C = Command> {
  /** The same origin is the same command, whoever sends it again and however often. */
  readonly origin: Origin;
  /** ULID of the command, which becomes the id of its first event. */
  readonly id: string;
  readonly command: C;
  readonly actor: Context['actor'];
}

/** Nothing was recorded. `retryAfter`, ms: the same command may be sent again later. */
export interface Refused {
  readonly refused: NackCode;
  readonly reason: string;
  readonly retryAfter?: number;
}
/** The first event of the command, durable; `dup`: it was recorded by an earlier submission of the same origin. */
export interface Recorded {
  readonly event: Pick<Event, 'incident' | 'seq' | 'at'>;
  readonly dup?: true;
}
/** The command was done, and no record of an incident could say so. */
export interface Done {
  readonly said: string;
}
export type Result = Recorded | Refused | Done;

/** The result of a command that stays refused, or may be sent again after `retryAfter` ms. */
export const refusal = (refused: NackCode, reason: string, retryAfter?: number): Refused => ({
  refused,
  reason,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

/** About how many characters a command adds to the record. */
export const sizeOf = (command: object): number =>
  500 + ('text' in command && typeof command.text === 'string' ? command.text.length : 0);

/**
 * Tells a retry from another command under the same number: half a sha256 of the command and of the incident it is for
 * (null: a new one). A validated command has its keys in the order of its shape, whatever their order in the message.
 * Each part is preceded by its length, so that no two commands hash the same text.
 */
export function commandHash(incident: string | null, command: object): string {
  let text = incident ?? '';
  for (const [key, value] of Object.entries(command) as [string, unknown][]) {
    const part = typeof value === 'string' ? value : JSON.stringify(value);
    if (part !== undefined) text += ` ${key} ${typeof value} ${part.length} ${part}`;
  }
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** A command on its way through a room, and how it is answered. */
import type { Context } from '../incident/context.ts';
import type { Command } from '../incident/command.ts';
import type { AnyCommand } from '../incident/topic.ts';
import type { Event } from '../incident/event.ts';
import type { Origin } from '../log/log.ts';
import type { FromHub, NackCode } from '../protocol/messages.ts';

/** Takes whole frames in one write. */
export interface Sink {
  write(frames: Buffer): void;
}

export interface Submission<C extends AnyCommand = Command> {
  readonly origin: Origin;
  /** ULID of the command, which becomes the id of its first event. */
  readonly id: string;
  readonly command: C;
  readonly actor: Context['actor'];
  /** Where the answer goes: one frame, or with the batch when they follow. */
  answer(message: FromHub): void;
  /** The connection it came from, so that its acks travel together and with the batch; null: not from a console. */
  readonly from: Sink | null;
}

type Answered = Pick<Submission, 'origin' | 'id' | 'answer'>;

/** About how many characters it adds to the record. */
export const weightOf = ({ command }: Submission): number =>
  500 + ('text' in command ? (command.text?.length ?? 0) : 0);

/** The answer that it is in the record. */
export const ack = ({ origin, id }: Answered, { incident, seq, at }: Event) =>
  ({ type: 'ack', n: origin.n, id, incident, seq, at }) as const;

/** The same as JSON. Ids and times were validated: nothing in them needs escaping. */
export const ackText = ({ origin, id }: Answered, { incident, seq, at }: Event): string =>
  `{"type":"ack","n":${origin.n},"id":"${id}","incident":"${incident}","seq":${seq},"at":"${at}"}`;

/** Answers `submission` with a refusal. */
export function nack({ origin, id, answer }: Answered, code: NackCode, reason: string, retryAfter?: number): void {
  answer({ type: 'nack', n: origin.n, id, code, reason, ...(retryAfter === undefined ? {} : { retryAfter }) });
}

/** Answers that its number belongs to another command. */
export const reused = (submission: Submission): void =>
  nack(
    submission,
    'id_reused',
    `command ${submission.origin.n} of this console was another one; it is in the record already`,
  );

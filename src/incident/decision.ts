/** The result of a command: drafts of events, or a refusal. */
import type { Envelope } from './vocabulary.ts';

/** An event before it has a place in the record. */
export interface Drafted extends Omit<Envelope, 'id' | 'incident' | 'seq' | 'recorded'> {
  readonly kind: string;
  readonly data: object;
}

/** `forbidden`: not for this person · `conflict`: changed meanwhile · `not_now`: not in this state. */
type RefusalCode = 'forbidden' | 'conflict' | 'invalid' | 'not_found' | 'not_now';
export interface Refusal {
  readonly refused: RefusalCode;
  /** A sentence: why, and what to do. */
  readonly reason: string;
}
export type Decision<D extends Drafted = Drafted> = readonly D[] | Refusal;

export const refuse = (refused: RefusalCode, reason: string): Refusal => ({ refused, reason });
export const isRefusal = (decision: object): decision is Refusal => 'refused' in decision;

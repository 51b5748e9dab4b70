/** What a command leads to: drafts of events, or a refusal in words. */
import type { Envelope } from './vocabulary.ts';

/** An event before the hub gave it its place in the record. */
export interface Drafted extends Omit<Envelope, 'id' | 'incident' | 'seq' | 'recorded'> {
  readonly kind: string;
  readonly data: object;
}

/**
 * Why not. `forbidden`: not yours to do · `conflict`: it changed meanwhile · `invalid`: the words are off ·
 * `not_found`: there is no such thing · `not_now`: the incident's state does not allow it.
 */
export type RefusalCode = 'forbidden' | 'conflict' | 'invalid' | 'not_found' | 'not_now';
export interface Refusal {
  readonly refused: RefusalCode;
  /** A sentence for the person: what is so, and what to do. */
  readonly reason: string;
}
export type Decision<D extends Drafted = Drafted> = readonly D[] | Refusal;

export const refuse = (refused: RefusalCode, reason: string): Refusal => ({ refused, reason });
export const isRefusal = (decision: object): decision is Refusal => 'refused' in decision;

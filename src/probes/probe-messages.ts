/** What the hub's process and its probe process say to each other. */
import { readReading, type Reading } from '../protocol/reading.ts';
import type { PollerInspection } from './poller.ts';
import type { Target } from './probe.ts';

export type FromParent =
  | { readonly type: 'targets'; readonly targets: readonly Target[]; readonly suspects: readonly string[] }
  | { readonly type: 'inspect'; readonly id: number; readonly target: string }
  | { readonly type: 'ping' };

export type ToParent =
  /** As it is written (`writtenReading`); read here it is whole. */
  | { readonly type: 'reading'; readonly reading: Reading }
  | { readonly type: 'inspected'; readonly id: number; readonly answer: PollerInspection }
  /** Something is being done for a target, or is not any more. */
  | { readonly type: 'working'; readonly target: string; readonly on: boolean }
  | { readonly type: 'pong'; readonly rssBytes: number };

/** The parent is the program itself: its messages only have to be told from those of a test runner. */
export const isFromParent = (message: unknown): message is FromParent =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  ['targets', 'inspect', 'ping'].includes(String(message.type));

/** Reads a message of the child, which parses what strangers send; null when it is none. */
export function readToParent(message: unknown): ToParent | null {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  const said: Readonly<Record<string, unknown>> = { ...message };
  const { type, reading, id, answer, target, on, rssBytes } = said;
  if (type === 'reading') {
    const read = readReading(reading);
    return read && { type, reading: read };
  }
  if (type === 'working') return typeof target === 'string' && typeof on === 'boolean' ? { type, target, on } : null;
  if (type === 'pong') return typeof rssBytes === 'number' ? { type, rssBytes } : null;
  if (type !== 'inspected' || typeof id !== 'number' || typeof answer !== 'object' || answer === null) return null;
  const words: Readonly<Record<string, unknown>> = { ...answer };
  return {
    type,
    id,
    answer: 'said' in words ? { said: String(words['said']) } : { refused: String(words['refused']) },
  };
}

/** What the hub's process and its probe process say to each other. */
import * as v from 'valibot';
import type { Reading } from '../protocol/reading.ts';
import type { Inspecting } from './poller.ts';
import type { Target } from './probe.ts';

export type FromParent =
  | { readonly type: 'targets'; readonly targets: readonly Target[]; readonly suspects: readonly string[] }
  | { readonly type: 'inspect'; readonly id: number; readonly target: string }
  | { readonly type: 'ping' };

export type ToParent =
  | { readonly type: 'reading'; readonly reading: Reading }
  | { readonly type: 'inspected'; readonly id: number; readonly answer: Inspecting }
  /** Something is being done for a target, or is not any more. */
  | { readonly type: 'working'; readonly target: string; readonly on: boolean }
  | { readonly type: 'pong'; readonly rssBytes: number };

/** The parent is the program itself: its messages only have to be told from those of a test runner. */
export const isFromParent = (message: unknown): message is FromParent =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  ['targets', 'inspect', 'ping'].includes(String(message.type));

const text = v.string();
/** The child parses what strangers send: nothing of it is believed without a look. */
const toParent = v.variant('type', [
  v.object({
    type: v.literal('reading'),
    reading: v.object({
      target: text,
      kind: text,
      at: v.number(),
      up: v.boolean(),
      error: v.nullable(v.looseObject({ class: text, message: text })),
      durationMs: v.number(),
      instanceId: v.nullable(text),
      samples: v.array(v.object({ metric: text, labels: v.record(text, text), value: v.number(), type: text })),
      facts: v.record(text, text),
      rows: v.optional(v.record(text, v.array(v.record(text, v.unknown())))),
    }),
  }),
  v.object({ type: v.literal('inspected'), id: v.number(), answer: v.looseObject({}) }),
  v.object({ type: v.literal('working'), target: text, on: v.boolean() }),
  v.object({ type: v.literal('pong'), rssBytes: v.number() }),
]);
/** Reads a message of the child; null when it is none. */
export function readToParent(message: unknown): ToParent | null {
  const read = v.safeParse(toParent, message);
  return read.success ? (message as ToParent) : null;
}

/** What became durable goes out: one frame for all who follow, one write per console; the asker's acks ride along. */
import type { Appended } from '../log/log.ts';
import type { Subscription } from './subscription.ts';
import { asciiFrames, eventsFrame } from './frame.ts';
import { ack, ackText, type Submission, type Sink } from './submission.ts';

/** A command whose events are on disk. */
export interface Done extends Appended {
  readonly submission: Submission;
}

/** Tells everybody of `batch`, which is all on disk and in the order of the record. */
export function fanOut(incident: string, batch: readonly Done[], subscriptions: ReadonlyMap<Sink, Subscription>): void {
  const acks = new Map<Sink, string[]>();
  const texts: string[] = [];
  for (const done of batch) {
    acknowledge(done, acks);
    for (const text of done.texts) texts.push(text);
  }
  const first = batch[0]?.events[0]?.seq ?? 0;
  const last = first + texts.length - 1;
  // First who only waits for the answer: they go on while the many are served.
  for (const [sink, own] of acks) if (!subscriptions.has(sink)) sink.write(asciiFrames(own));
  if (subscriptions.size === 0) return;
  const frame = eventsFrame(incident, first, texts);
  for (const [sink, subscription] of subscriptions) {
    const own = acks.get(sink);
    subscription.deliver(frame, first, last, own && asciiFrames(own));
  }
}

/** Answers at once who is no console; the others' acks are kept, to travel together. */
function acknowledge({ submission, events: [event] }: Done, acks: Map<Sink, string[]>): void {
  if (event === undefined) return;
  if (submission.from === null) return submission.answer(ack(submission, event));
  const own = acks.get(submission.from);
  if (own) own.push(ackText(submission, event));
  else acks.set(submission.from, [ackText(submission, event)]);
}

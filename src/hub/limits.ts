/** The hub's limits. */
export const HUB_LIMITS = {
  helloMs: 5_000,
  /** Longest message before the hello, characters. */
  helloLength: 4_096,
  message: 65_536,
  /** Commands per second and burst, per console; a person has twice as many over all consoles. */
  perSecond: 20,
  burst: 100,
  /** Time spent on one person's messages, ms per second and burst. */
  workMs: 100,
  workBurstMs: 200,
  /** Per person: declarations per minute and burst, and open incidents. */
  declarationsPerMinute: 6,
  declarationsAtOnce: 10,
  openPerPerson: 50,
  /** Commands decided per turn, and waiting per incident. */
  perTurn: 128,
  queue: 10_000,
  /** Characters of commands waiting, and of those decided and not delivered, per incident. */
  queueLength: 4 * 1024 * 1024,
  ahead: 1024 * 1024,
  /** Reads (follow, page) that one console may have waiting. */
  reads: 64,
  /** Bytes waiting in a connection: above soft no readings are sent, above hard it ends. */
  softBufferBytes: 256 * 1024,
  hardBufferBytes: 1024 * 1024,
  /** A console that catches up gets its next chunk below this many bytes; events per chunk. */
  chunkBelow: 64 * 1024,
  chunk: 500,
  /** Characters of events per message, more only for a single longer one. */
  frame: 128 * 1024,
  /** Events sent behind a snapshot; a console that misses more than `resume` gets a snapshot. */
  tail: 200,
  resume: 2_000,
  /** A connection is too slow after this long without progress, ms, or this many events behind. */
  stuckMs: 15_000,
  maxLagEvents: 10_000,
  /** Time to answer a close, ms. */
  closeTimeoutMs: 2_000,
  /** Ping interval, ms, and unanswered pings that end a connection. */
  pingMs: 1_500,
  unanswered: 12,
  beatMs: 1_000,
  stepMs: 1_000,
  /** Typing ends this long after the last sign, ms. */
  typingMs: 8_000,
  connections: 5_000,
  /** Connections before their hello; the oldest is closed for a new one. */
  strangers: 200,
  perPerson: 200,
  /** Connections from one remote address. */
  perAddress: 400,
  /** Bytes of the body of an HTTP request, and of all that are read at once. */
  body: 1024 * 1024,
  bodies: 16 * 1024 * 1024,
};
export type Limits = Readonly<typeof HUB_LIMITS>;

/** Every bound the hub keeps, in one table. */
export const HUB_LIMITS = {
  /** Time to say hello, ms. */
  helloMs: 5_000,
  /** Longest first message, in characters: a stranger cannot make us parse more. */
  helloLength: 4_096,
  /** Longest message of a console, in bytes. */
  message: 65_536,
  /** Commands per second and at once, per console; a person may use twice as many over all consoles. */
  perSecond: 20,
  burst: 100,
  /** Time the hub works on the messages of one person before others, ms per second and at once. */
  workMs: 100,
  workBurstMs: 200,
  /** Declarations per minute and at once, and open incidents declared, per person. */
  declarationsPerMinute: 6,
  declarationsAtOnce: 10,
  openPerPerson: 50,
  /** Commands decided per turn of the event loop, and waiting per incident. */
  perTurn: 128,
  queue: 10_000,
  /** Characters of commands waiting per incident, and of those decided and not told to everybody yet. */
  queueLength: 4 * 1024 * 1024,
  ahead: 1024 * 1024,
  /** ReadQueue (follow, page) of one console that may wait for their answers. */
  reads: 64,
  /** Bytes not yet taken by the network: above `softBufferBytes` no readings are sent, above `hardBufferBytes` the connection ends. */
  softBufferBytes: 256 * 1024,
  hardBufferBytes: 1024 * 1024,
  /** A catching-up console gets its next chunk below this many bytes, of at most so many events. */
  chunkBelow: 64 * 1024,
  chunk: 500,
  /** Characters of entries in one message, more only when a single one is longer. */
  frame: 128 * 1024,
  /** Events in the tail behind a snapshot; missing more than `resume` means a snapshot. */
  tail: 200,
  resume: 2_000,
  /** A connection that took nothing for this long, ms, or is this many events behind while live, is too slow. */
  stuckMs: 15_000,
  maxLagEvents: 10_000,
  /** How long a console that is being let go may take to read why, ms. */
  closeTimeoutMs: 2_000,
  /** Heartbeat, ms; and how many unanswered ones end the connection. */
  pingMs: 1_500,
  unanswered: 12,
  /** How often heartbeats, tokens and idleness are looked at, ms. */
  beatMs: 1_000,
  /** How often the alert rules are evaluated, ms. */
  stepMs: 1_000,
  /** Who has not said again for this long that they are typing has stopped, ms. */
  typingMs: 8_000,
  connections: 5_000,
  /** Connections that have not said hello: the oldest is cut for a new one. */
  strangers: 200,
  perPerson: 200,
  /** Connections from one address other than this machine. */
  perAddress: 400,
};
export type Limits = Readonly<typeof HUB_LIMITS>;

/** Every bound the hub keeps, in one table. */

export interface Limits {
  /** Time to say hello, ms. */
  readonly helloMs: number;
  /** Longest first message, in characters: a stranger cannot make us parse more. */
  readonly helloLength: number;
  /** Longest message of a console, in bytes. */
  readonly message: number;
  /** Commands per second and at once, per console; a person may use twice as many over all consoles. */
  readonly perSecond: number;
  readonly burst: number;
  /** Time the hub works on the messages of one person before others, ms per second and at once. */
  readonly workMs: number;
  readonly workBurstMs: number;
  /** Declarations per minute and at once, and open incidents declared, per person. */
  readonly declarationsPerMinute: number;
  readonly declarationsAtOnce: number;
  readonly openPerPerson: number;
  /** Commands decided per turn of the event loop, and waiting per incident. */
  readonly perTurn: number;
  readonly queue: number;
  /** Characters of commands waiting per incident, and of those decided and not told to everybody yet. */
  readonly queueLength: number;
  readonly ahead: number;
  /** ReadQueue (follow, page) of one console that may wait for their answers. */
  readonly reads: number;
  /** Bytes not yet taken by the network: above `softBufferBytes` no readings are sent, above `hardBufferBytes` the connection ends. */
  readonly softBufferBytes: number;
  readonly hardBufferBytes: number;
  /** A catching-up console gets its next chunk below this many bytes, of at most so many events. */
  readonly chunkBelow: number;
  readonly chunk: number;
  /** Characters of entries in one message, more only when a single one is longer. */
  readonly frame: number;
  /** Events in the tail behind a snapshot; missing more than `resume` means a snapshot. */
  readonly tail: number;
  readonly resume: number;
  /** A connection that took nothing for this long, ms, or is this many events behind while live, is too slow. */
  readonly stuckMs: number;
  readonly maxLagEvents: number;
  /** How long a console that is being let go may take to read why, ms. */
  readonly closeTimeoutMs: number;
  /** Heartbeat, ms; and how many unanswered ones end the connection. */
  readonly pingMs: number;
  readonly unanswered: number;
  /** How often heartbeats, tokens and idleness are looked at, ms. */
  readonly beatMs: number;
  /** How often the alert rules are evaluated, ms. */
  readonly stepMs: number;
  /** Who has not said again for this long that they are typing has stopped, ms. */
  readonly typingMs: number;
  readonly connections: number;
  /** Connections that have not said hello: the oldest is cut for a new one. */
  readonly strangers: number;
  readonly perPerson: number;
  /** Connections from one address other than this machine. */
  readonly perAddress: number;
}

export const LIMITS: Limits = {
  helloMs: 5_000,
  helloLength: 4_096,
  message: 65_536,
  perSecond: 20,
  burst: 100,
  workMs: 100,
  workBurstMs: 200,
  declarationsPerMinute: 6,
  declarationsAtOnce: 10,
  openPerPerson: 50,
  perTurn: 128,
  queue: 10_000,
  queueLength: 4 * 1024 * 1024,
  ahead: 1024 * 1024,
  reads: 64,
  softBufferBytes: 256 * 1024,
  hardBufferBytes: 1024 * 1024,
  chunkBelow: 64 * 1024,
  chunk: 500,
  frame: 128 * 1024,
  tail: 200,
  resume: 2_000,
  stuckMs: 15_000,
  maxLagEvents: 10_000,
  closeTimeoutMs: 2_000,
  pingMs: 1_500,
  unanswered: 12,
  beatMs: 1_000,
  stepMs: 1_000,
  typingMs: 8_000,
  connections: 5_000,
  strangers: 200,
  perPerson: 200,
  perAddress: 400,
};

/** The set of connections: admission, message input, removal. */
import type { FromHub, ToHub } from '../protocol/messages.ts';
import { isUnreadable, readToHub } from '../protocol/validate.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import type { HubContext } from './hub-context.ts';
import { RateLimiter } from './rate-limiter.ts';
import { isLoopback } from '../delivery/connection-settings.ts';

interface ConnectionsContext extends Pick<HubContext, 'clock' | 'limits' | 'onBug' | 'counts'> {
  readonly messageHandler: { take(connection: Connection, message: ToHub): void };
  readonly recorder: { told(message: FromHub, text: string): void };
  readonly fanOut: { unfollow(connection: Connection): void };
  readonly presence: { remove(connection: Connection): void };
  readonly maintenance: { left(): void };
  readonly broadcaster: { people(): void };
}

/** Time of short messages is charged together: each charge costs as much as reading one. */
const CHARGED_MS = 1;

export class Connections {
  readonly #context: ConnectionsContext;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Set<Connection>();
  readonly #strangers = new Set<Connection>();
  readonly #work: RateLimiter;
  #closing = false;

  constructor(context: ConnectionsContext) {
    const { workMs, workBurstMs } = context.limits;
    this.#context = context;
    this.#work = new RateLimiter(workMs, workBurstMs, context.clock);
  }

  get size(): number {
    return this.#connections.size;
  }
  /** Connections of everybody who said hello, one-shot commands too: they wait for what becomes of theirs. */
  get sessions(): ReadonlySet<Connection> {
    return this.#sessions;
  }
  /** Without one-shot commands. */
  *consoles(): Generator<Connection> {
    for (const connection of this.#sessions) if (connection.session?.live) yield connection;
  }

  /** Tells all consoles, or all of `to`, and keeps it for replay. */
  tell(message: FromHub, to: Iterable<Connection> = this.consoles()): void {
    const text = JSON.stringify(message);
    const frame = textFrame(text);
    for (const connection of to) connection.write(frame);
    this.#context.recorder.told(message, text);
  }

  enter(connection: Connection): void {
    const { limits } = this.#context;
    const { ws } = connection;
    ws.on('error', () => {});
    ws.on('close', () => this.#leave(connection));
    // A connection accepted now would delay the close.
    if (this.#closing) return connection.end('going');
    if (this.#isCrowded(connection.address)) {
      const [stranger] = this.#strangers;
      if (stranger === undefined) return connection.end('crowded');
      stranger.end('crowded');
    }
    this.#connections.add(connection);
    this.#strangers.add(connection);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > limits.strangers) oldest?.end('crowded');
    const deadline = setTimeout(() => {
      if (connection.session === null) connection.end('silent', 'no hello');
    }, limits.helloMs);
    ws.on('close', () => clearTimeout(deadline));
    let spentMs = 0;
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (!connection.open || this.#closing) return;
      const begin = performance.now();
      this.#hear(connection, isBinary ? null : data.toString('utf8'));
      spentMs += performance.now() - begin;
      if (spentMs < CHARGED_MS) return;
      this.#charge(connection, spentMs);
      spentMs = 0;
    });
  }

  welcome(connection: Connection): void {
    this.#strangers.delete(connection);
    this.#sessions.add(connection);
  }

  /** Pauses reading from whoever used more than their share of the hub's time. */
  #charge({ session, address, ws }: Connection, ms: number): void {
    const waitMs = this.#work.charge(session === null ? address : `${session.name} `, ms);
    if (waitMs === 0 || ws.isPaused) return;
    ws.pause();
    setTimeout(() => ws.resume(), waitMs).unref();
  }

  /** Admits and reads nobody from now on. */
  shut(): void {
    this.#closing = true;
  }

  sayGoodbye(): void {
    for (const connection of this.#connections) connection.end('going');
  }

  clear(): void {
    for (const { ws } of this.#connections) ws.terminate();
  }

  #hear(connection: Connection, text: string | null): void {
    const { limits, messageHandler, counts, onBug } = this.#context;
    const length = connection.session === null ? limits.helloLength : limits.message;
    const message = text === null ? { fault: 'messages are text' } : readToHub(text, { message: length });
    connection.heard();
    if (!isUnreadable(message) && message.type === 'unknown') {
      if (connection.session === null) connection.end('malformed', 'say hello first');
      return;
    }
    if (!isUnreadable(message)) {
      try {
        return messageHandler.take(connection, message);
      } catch (error) {
        onBug(error);
        return connection.end('malformed', 'the hub failed on this message, which is a fault of its own');
      }
    }
    if (connection.session === null || !message.command) return connection.end('malformed', message.fault);
    counts.refused++;
    connection.send({ type: 'nack', ...message.command, code: 'invalid', reason: message.fault });
  }

  #leave(connection: Connection): void {
    this.#connections.delete(connection);
    this.#strangers.delete(connection);
    this.#sessions.delete(connection);
    const { fanOut, presence, maintenance, broadcaster } = this.#context;
    fanOut.unfollow(connection);
    presence.remove(connection);
    if (connection.session === null) return;
    maintenance.left();
    broadcaster.people();
  }

  #isCrowded(address: string): boolean {
    const { limits } = this.#context;
    if (this.#connections.size >= limits.connections) return true;
    if (isLoopback(address.replace(/^::ffff:/, ''))) return false;
    return [...this.#connections].filter((other) => other.address === address).length >= limits.perAddress;
  }
}

/** Everybody who is connected: how they come in, what they send, and how they go. */
import type { ToHub } from '../protocol/messages.ts';
import { isUnreadable, readToHub } from '../protocol/validate.ts';
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';
import { isLoopback } from './server.ts';

export interface ConnectionsContext {
  readonly limits: Limits;
  /** A message that was understood. */
  readonly take: (connection: Connection, message: ToHub) => void;
  /** A command that could not be read was refused. */
  readonly onRefused: () => void;
  /** A connection that was let in is gone. */
  readonly onLeft: (connection: Connection) => void;
  readonly onBug: (error: unknown) => void;
}

export class Connections {
  readonly #context: ConnectionsContext;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Set<Connection>();
  #closing = false;

  constructor(context: ConnectionsContext) {
    this.#context = context;
  }

  /** How many are connected, whether they said hello or not. */
  get size(): number {
    return this.#connections.size;
  }
  /** Who said hello. */
  get sessions(): ReadonlySet<Connection> {
    return this.#sessions;
  }
  /** Who wants readings and presence. */
  *consoles(): Generator<Connection> {
    for (const connection of this.#sessions) if (connection.session?.live) yield connection;
  }

  enter(connection: Connection): void {
    const { limits } = this.#context;
    const { ws } = connection;
    ws.on('error', () => {});
    ws.on('close', () => this.#leave(connection));
    // Whoever comes while the hub is closing would hold it up: the door closes only when the last line is gone.
    if (this.#closing) return connection.end('going');
    if (this.#isCrowded(connection.address)) return connection.end('crowded');
    this.#connections.add(connection);
    const deadline = setTimeout(() => {
      if (connection.session === null) connection.end('silent', 'no hello');
    }, limits.helloMs);
    ws.on('close', () => clearTimeout(deadline));
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (connection.open && !this.#closing) this.#hear(connection, isBinary ? null : data.toString('utf8'));
    });
  }

  /** They said hello. */
  welcome(connection: Connection): void {
    this.#sessions.add(connection);
  }

  /** Lets nobody in any more and listens to nobody. */
  shut(): void {
    this.#closing = true;
  }

  sayGoodbye(): void {
    for (const connection of this.#connections) connection.end('going');
  }

  /** Cuts the lines that are still there. */
  clear(): void {
    for (const { ws } of this.#connections) ws.terminate();
  }

  /** `text`: null for a binary message. */
  #hear(connection: Connection, text: string | null): void {
    const { limits, take, onRefused, onBug } = this.#context;
    const length = connection.session === null ? limits.helloLength : limits.message;
    const message = text === null ? { fault: 'messages are text' } : readToHub(text, { message: length });
    connection.heard();
    if (!isUnreadable(message) && message.type === 'unknown') {
      if (connection.session === null) connection.end('malformed', 'say hello first');
      return;
    }
    if (!isUnreadable(message)) {
      try {
        return take(connection, message);
      } catch (error) {
        onBug(error);
        return connection.end('malformed', 'the hub failed on this message, which is a fault of its own');
      }
    }
    if (connection.session === null || !message.command) return connection.end('malformed', message.fault);
    onRefused();
    connection.send({ type: 'nack', ...message.command, code: 'invalid', reason: message.fault });
  }

  #leave(connection: Connection): void {
    this.#connections.delete(connection);
    this.#sessions.delete(connection);
    this.#context.onLeft(connection);
  }

  #isCrowded(address: string): boolean {
    const { limits } = this.#context;
    if (this.#connections.size >= limits.connections) return true;
    if (isLoopback(address.replace(/^::ffff:/, ''))) return false;
    return [...this.#connections].filter((other) => other.address === address).length >= limits.perAddress;
  }
}

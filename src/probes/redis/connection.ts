/** One held connection to a Redis server. It does not reconnect by itself: the poller says when to try again. */
import net from 'node:net';
import { Redis } from 'ioredis';
import { tlsAlert, tlsOptions } from '../certificates.ts';
import { ProbeFailure, type Failure } from '../failure.ts';
import { ResponseLimit } from '../response-limit.ts';
import { redisFailure, replyFailure } from './classify.ts';
import type { RedisSettings } from './settings.ts';

/**
 * After so many timeouts in a row another connection is opened: a slow server keeps this one, but a peer that is gone
 * without a word never answers on it again.
 */
const MAX_TIMEOUTS = 3;

/** Every call rejects with a ProbeFailure only. */
export class RedisConnection {
  readonly #client: Redis;
  readonly #timeoutMs: number;
  /** The cause of a failed connect(), which ioredis gives only in its 'error' event. */
  #lastError: unknown = null;
  readonly #responseLimit = new ResponseLimit();
  #isClosed = false;
  #timeouts = 0;

  private constructor(settings: RedisSettings, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const secure = settings.url.startsWith('rediss:');
    const tls = tlsOptions(settings);
    this.#client = new Redis(settings.url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      // Would repeat INFO while the server loads its data; this probe reports `loading` itself.
      enableReadyCheck: false,
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      connectionName: 'warroom',
      // Unknown before 7.2: would count among the server's errors.
      disableClientInfo: true,
      disconnectTimeout: 200,
      ...(settings.protocol === 2 && { protocol: 2 }),
      ...(secure && { tls }),
    });
    this.#client.on('error', (error) => (this.#lastError = error));
    this.#client.on('connect', () => this.#responseLimit.watch(this.#client.stream));
  }

  static async open(settings: RedisSettings, timeoutMs: number, signal: AbortSignal): Promise<RedisConnection> {
    const connection = new RedisConnection(settings, timeoutMs);
    await connection.#connect(signal);
    return connection;
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const client = this.#client;
    let giveUp = (): void => {};
    const late = new Promise<never>((_, reject) => {
      giveUp = () => reject(new Error('Command timed out'));
      signal.addEventListener('abort', giveUp);
    });
    try {
      await Promise.race([client.connect(), late]);
      // The first command tells what connect() does not: a password is wanted, the server loads, it is no Redis.
      // A server that refuses writes because a save failed refuses PING, too, and answers all that is asked here.
      const ping = client.ping().catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith('MISCONF')) throw error;
      });
      await Promise.race([ping, late]);
    } catch (error) {
      this.close();
      const cause = error instanceof Error && error.name === 'ReplyError' ? error : (this.#lastError ?? error);
      const failure = this.#failureOf(cause, 'connect');
      throw new ProbeFailure((failure.class === 'reset' ? await this.#greeting() : null) ?? failure);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /**
   * A server that accepts nobody (no free slot, protected mode) sends the reason at once and closes. ioredis drops that
   * line, so it is read on a plain connection that sends nothing.
   */
  async #greeting(): Promise<Failure | null> {
    const { host, port, path, tls } = this.#client.options;
    if (path !== undefined) return null;
    if (tls !== undefined) return tlsAlert({ ...tls, host: host ?? '127.0.0.1', port: port ?? 6379 });
    const said = await new Promise<string>((done) => {
      const socket = net.connect({ host: host ?? '127.0.0.1', port: port ?? 6379, timeout: 200 });
      for (const event of ['error', 'timeout', 'close']) socket.on(event, () => done(''));
      socket.once('data', (data) => done(data.toString('utf8')));
      socket.once('data', () => socket.destroy());
      socket.once('timeout', () => socket.destroy());
    });
    return said.startsWith('-') ? replyFailure(said.slice(1).trim(), 'connect') : null;
  }

  /** False once the server or the network has closed it. A frozen server leaves it open. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#client.status === 'ready';
  }

  /** Sends one command. A timeout does not harm the connection: the late reply is discarded. */
  async call(command: string, ...args: (string | number)[]): Promise<unknown> {
    try {
      const reply = await this.#client.call(command, ...args);
      this.#responseLimit.answered();
      this.#timeouts = 0;
      return reply;
    } catch (error) {
      const cause = this.isOpen ? error : (this.#lastError ?? error);
      const failure = this.#failureOf(cause, this.isOpen ? 'command' : 'connect');
      // ioredis keeps the state `ready` until it gets the socket's 'close' event.
      if (failure.class === 'reset') this.close();
      if (failure.class === 'timeout' && ++this.#timeouts >= MAX_TIMEOUTS) this.close();
      throw new ProbeFailure(failure);
    }
  }

  /** Sends all commands at once; a reply that is an error is null in its place. Rejects where one is not allowed. */
  async batch(commands: readonly (readonly (string | number)[])[]): Promise<unknown[]> {
    const pipeline = this.#client.pipeline();
    for (const [name = '', ...args] of commands) pipeline.call(String(name), ...args);
    try {
      const replies = (await pipeline.exec()) ?? [];
      this.#responseLimit.answered();
      const refused = replies.find(([error]) => error !== null && error.message.startsWith('NOPERM'))?.[0];
      if (refused) throw refused;
      return replies.map(([error, reply]) => (error === null ? reply : null));
    } catch (error) {
      const cause = this.isOpen ? error : (this.#lastError ?? error);
      throw new ProbeFailure(this.#failureOf(cause, 'command'));
    }
  }

  #failureOf(cause: unknown, phase: 'connect' | 'command'): Failure {
    const exceeded = this.#responseLimit.exceeded;
    return exceeded === null
      ? redisFailure(cause, phase, this.#timeoutMs)
      : { class: 'protocol', phase, message: exceeded };
  }

  close(): void {
    this.#isClosed = true;
    this.#client.disconnect();
  }
}

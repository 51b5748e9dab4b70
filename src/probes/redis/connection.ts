/** A held connection to a Redis server. It does not reconnect by itself: the poller decides when to try again. */
import net from 'node:net';
import { Redis } from 'ioredis';
import { errorMessage } from '../../incident/words.ts';
import { tlsAlert, tlsOptions, type Certificates } from '../certificates.ts';
import {
  networkFailure,
  ProbeFailure,
  timedOut,
  unknownFailure,
  within,
  type Failure,
  type Meaning,
} from '../failure.ts';
import { ResponseLimit } from '../session.ts';

export interface RedisSettings extends Certificates {
  readonly url: string;
  /** As `url`, for the user that runbooks change something with; null: they use that of `url`. */
  readonly remediationUrl: string | null;
  readonly timeoutMs: number;
  /** What memory use is compared with when the server has no maxmemory, such as a container's limit, bytes. */
  readonly memoryLimit: number | null;
  /** 2 for proxies without RESP3. */
  readonly protocol: 2 | 3;
}

type Phase = 'connect' | 'command';

/** A slow server keeps its connection, but a peer that has vanished never answers on it again. */
const MAX_TIMEOUTS_IN_A_ROW = 3;
/** How long a server that accepts nobody may take to say why, ms. */
const GREETING_MS = 200;

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
      ...(settings.url.startsWith('rediss:') && { tls }),
    });
    this.#client.on('error', (error) => (this.#lastError = error));
    this.#client.on('connect', () => this.#responseLimit.watch(this.#client.stream));
  }

  static async open(settings: RedisSettings, timeoutMs: number, signal: AbortSignal): Promise<RedisConnection> {
    const connection = new RedisConnection(settings, timeoutMs);
    try {
      // Both steps have ioredis' own time limits.
      await within(connection.#connect(), () => 'connect', 2 * timeoutMs, signal);
      return connection;
    } catch (error) {
      connection.close();
      if (error instanceof ProbeFailure) throw error;
      const failure = connection.#failureOf(error, 'connect');
      throw new ProbeFailure((failure.class === 'reset' ? await connection.#greeting() : null) ?? failure);
    }
  }

  /** PING tells what connect() does not: a password is missing, the server loads its data, it is no Redis. */
  async #connect(): Promise<void> {
    await this.#client.connect();
    await this.#client.ping().catch((error: unknown) => {
      // A server that refuses writes because a save failed refuses PING, too, but answers all that is asked here.
      if (!(error instanceof Error) || !error.message.startsWith('MISCONF')) throw error;
    });
  }

  /** The reason that a server which accepts nobody (no free slot, protected mode) sends first, and ioredis drops. */
  async #greeting(): Promise<Failure | null> {
    const { host = '127.0.0.1', port = 6379, path, tls } = this.#client.options;
    if (path !== undefined) return null;
    if (tls !== undefined) return tlsAlert({ ...tls, host, port });
    const socket = net.connect({ host, port });
    const said = new Promise<string>((done) => {
      socket.once('data', (data) => done(data.toString('utf8')));
      for (const event of ['error', 'close']) socket.on(event, () => done(''));
    });
    const reply = await within(said, () => 'connect', GREETING_MS).catch(() => '');
    socket.destroy();
    return reply.startsWith('-') ? replyFailure(reply.slice(1).trim(), 'connect') : null;
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
      const failure = this.#failureOf(error, this.isOpen ? 'command' : 'connect');
      // ioredis keeps the state `ready` until it gets the socket's 'close' event.
      if (failure.class === 'reset') this.close();
      if (failure.class === 'timeout' && ++this.#timeouts >= MAX_TIMEOUTS_IN_A_ROW) this.close();
      throw new ProbeFailure(failure);
    }
  }

  /** Sends all commands at once. An error reply is null in its place; one for want of a right rejects. */
  async batch(commands: readonly (readonly (string | number)[])[]): Promise<unknown[]> {
    const pipeline = this.#client.pipeline();
    for (const [name = '', ...args] of commands) pipeline.call(String(name), ...args);
    try {
      const replies = (await pipeline.exec()) ?? [];
      this.#responseLimit.answered();
      const refused = replies.find(([error]) => error?.message.startsWith('NOPERM'))?.[0];
      if (refused) throw refused;
      return replies.map(([error, reply]) => (error === null ? reply : null));
    } catch (error) {
      throw new ProbeFailure(this.#failureOf(error, 'command'));
    }
  }

  /** The failure of a call, or else why the connection was lost. */
  #failureOf(error: unknown, phase: Phase): Failure {
    const cause = this.isOpen || isReply(error) ? error : (this.#lastError ?? error);
    return this.#responseLimit.failure(phase)?.failure ?? redisFailure(cause, phase, this.#timeoutMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#client.disconnect();
  }
}

const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

/** First word of an error reply -> class and message. */
const REPLIES: Readonly<Record<string, Meaning>> = {
  NOAUTH: ['auth', 'the server wants a password'],
  WRONGPASS: ['auth', 'user or password is wrong, or the user is off'],
  NOPERM: ['perm', 'the user may not run this command: see docs/probes.md for its ACL line'],
  LOADING: ['loading', 'the server is loading its data'],
  BUSY: ['busy', 'a script is blocking the server: SCRIPT KILL ends it'],
  MASTERDOWN: ['busy', 'the replica has lost its master'],
  READONLY: ['readonly', 'this is a read-only replica'],
  CLUSTERDOWN: ['busy', 'the cluster is down'],
  DENIED: ['auth', 'protected mode: the server refuses clients from elsewhere'],
};

/** An error reply of the server, without the leading `-`. */
function replyFailure(reply: string, phase: Phase): Failure {
  const known = REPLIES[reply.split(' ', 1)[0] ?? ''];
  if (known !== undefined) return { class: known[0], phase, message: known[1] };
  // This reply has the generic prefix ERR; its text is a constant of the server's source.
  if (reply.startsWith('ERR max number of clients'))
    return { class: 'exhausted', phase, message: 'all client slots of the server are taken (maxclients)' };
  return { class: 'protocol', phase, message: `the server answered ${JSON.stringify(reply.slice(0, 120))}` };
}

/** ioredis' own errors have no code; these are constants of its source. */
const OWN_TIMEOUT = /^(?:Command timed out|connect ETIMEDOUT)/;
const CLOSED = /^(?:Connection is closed|Client network socket disconnected|Socket closed|Stream isn't writeable)/;
const PARSER = /^(?:Unknown RESP type|Protocol error)/;

function redisFailure(error: unknown, phase: Phase, ms: number): Failure {
  const message = errorMessage(error);
  if (isReply(error)) return replyFailure(message, phase);
  if (PARSER.test(message))
    return { class: 'protocol', phase, message: 'what answers there does not speak the Redis protocol' };
  if (OWN_TIMEOUT.test(message)) return timedOut(phase, ms);
  const network = networkFailure(error, phase);
  // ioredis gives its own connect timeout the code of the kernel's.
  if (network !== null) return network.class === 'timeout' ? timedOut(phase, ms) : network;
  if (CLOSED.test(message)) return { class: 'reset', phase, message: 'the server closed the connection' };
  return { ...unknownFailure(error), phase };
}

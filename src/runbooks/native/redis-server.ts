/** The Redis server that a step works on: the target's master, asked as the user for remediation where there is one. */
import { ProbeFailure } from '../../probes/failure.ts';
import { RedisConnection, type RedisSettings } from '../../probes/redis/connection.ts';
import {
  infoEntries,
  infoFields,
  infoPairs,
  memoryUsage,
  numberIn,
  parseInfo,
  redisMode,
  type Info,
} from '../../probes/redis/metrics.ts';
import { bytesInWords } from './params.ts';
import { settingsOfTarget, StepRefusal, type StepContext, type Verification, type Preview } from './step.ts';

export type Words = readonly [string, ...(string | number)[]];

export class RedisServer {
  readonly #connection: RedisConnection;
  readonly #settings: RedisSettings;
  readonly info: Info;

  private constructor(connection: RedisConnection, settings: RedisSettings, info: Info) {
    this.#connection = connection;
    this.#settings = settings;
    this.info = info;
  }

  /** Rejects with StepRefusal for a replica. A sentinel leads to its master. */
  static async master(context: StepContext): Promise<RedisServer> {
    const { server, sentinel } = await RedisServer.#open(context);
    if (server.info.get('role') === 'master') return server;
    server.close();
    const [host, port] = [server.info.get('master_host'), server.info.get('master_port')];
    const where = host === undefined ? '' : `; its master is ${host}:${port}`;
    throw new StepRefusal(
      sentinel === null
        ? `${server.node} is a replica: what is changed there is lost or refused${where}`
        : `the sentinel names ${server.node} as master of ${sentinel}, which is a replica: a failover is under way${where}`,
    );
  }

  /** The target itself as the probe's user, replica or not. */
  static own(context: StepContext): Promise<RedisServer> {
    return RedisServer.#connect(settingsOfTarget(context), context.signal);
  }

  static async #open(context: StepContext) {
    const { signal } = context;
    const settings = settingsOfTarget<RedisSettings>(context);
    const own = await RedisServer.#connect(settings, signal);
    const url = settings.remediationUrl ?? settings.url;
    if (redisMode(own.info) === 'sentinel') {
      const { name, host, port } = masterOf(own.info, own.node);
      own.close();
      return {
        server: await RedisServer.#connect({ ...settings, url: moved(url, host, port) }, signal),
        sentinel: name,
      };
    }
    if (url === settings.url) return { server: own, sentinel: null };
    own.close();
    const server = await RedisServer.#connect({ ...settings, url }, signal);
    if (server.info.get('run_id') === own.info.get('run_id')) return { server, sentinel: null };
    server.close();
    throw new StepRefusal(`remediation_url leads to ${server.node}, which is another server than ${own.node}`);
  }

  static async #connect(settings: RedisSettings, signal: AbortSignal): Promise<RedisServer> {
    const connection = await RedisConnection.open(settings, settings.timeoutMs, signal);
    try {
      return new RedisServer(connection, settings, parseInfo(String(await connection.call('INFO'))));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** `127.0.0.1:6379`, with the database where it is not 0. */
  get node(): string {
    const { protocol, hostname, port, pathname, searchParams } = new URL(this.#settings.url);
    if (protocol === 'unix:') return pathname;
    const db = pathname.slice(1) || searchParams.get('db') || '0';
    return `${hostname || '127.0.0.1'}:${port || 6379}${db === '0' ? '' : ` database ${db}`}`;
  }

  /** A restart of the server, or another one in its place, changes it. */
  get runId(): string {
    return this.info.get('run_id') ?? '';
  }

  /** A container's limit as in warroom.yaml, bytes. */
  get memoryLimit(): number | null {
    return this.#settings.memoryLimit;
  }

  async refresh(): Promise<Info> {
    return parseInfo(String(await this.call(['INFO'])));
  }

  /** Rejects with StepRefusal where the user lacks the right, and names the line that gives it. */
  async call([command, ...args]: Words): Promise<unknown> {
    try {
      return await this.#connection.call(command, ...args);
    } catch (error) {
      throw this.#missing(error, command, args) ?? error;
    }
  }

  /** Sends all at once. The first failure rejects, when all have been answered. */
  async all(commands: readonly Words[]): Promise<readonly unknown[]> {
    const settled = await Promise.allSettled(commands.map((words) => this.call(words)));
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }

  /** The same question about each key, in one round trip; null where the answer is an error. */
  async ask(question: Words, keys: readonly string[]): Promise<readonly unknown[]> {
    try {
      return keys.length === 0 ? [] : await this.#connection.batch(keys.map((key) => [...question, key]));
    } catch (error) {
      throw this.#missing(error, question[0], question.slice(1)) ?? error;
    }
  }

  #missing(error: unknown, command: string, args: readonly unknown[]): StepRefusal | null {
    if (!(error instanceof ProbeFailure) || error.failure.class !== 'perm') return null;
    const user = decodeURIComponent(new URL(this.#settings.url).username) || 'default';
    const name = HAS_PARTS.has(command) ? `${command}|${String(args[0])}` : command;
    return new StepRefusal(
      `the user ${user} may not run ${name.replace('|', ' ')} on ${this.node}, or not on these keys: ` +
        `ACL SETUSER ${user} +${name.toLowerCase()}, and ~PATTERN for the keys (docs/runbooks.md has the whole lines)`,
    );
  }

  close(): void {
    this.#connection.close();
  }
}

const HAS_PARTS: ReadonlySet<string> = new Set(['CLIENT', 'CONFIG', 'MEMORY', 'OBJECT']);

/** The only master that a sentinel watches. */
function masterOf(info: Info, node: string): { name: string; host: string; port: string } {
  const masters = infoEntries(info, /^master(\d+)$/).map(([, text]) => infoPairs(text));
  const [{ name = '', status = '', address = '' } = {}, ...others] = masters;
  if (address === '') throw new StepRefusal(`the sentinel ${node} watches no master`);
  if (others.length > 0) {
    const names = masters.map((master) => master['name']).join(', ');
    throw new StepRefusal(
      `the sentinel ${node} watches several masters (${names}): make the one that is meant a target`,
    );
  }
  if (status !== 'ok')
    throw new StepRefusal(`the sentinel ${node} says ${name} is ${status}: wait until it names a master`);
  const colon = address.lastIndexOf(':');
  return { name, host: address.slice(0, colon), port: address.slice(colon + 1) };
}

/** The same user and way of connecting, elsewhere. */
function moved(url: string, host: string, port: string): string {
  const there = new URL(url);
  there.hostname = host.includes(':') ? `[${host}]` : host;
  there.port = port;
  return there.href;
}

/** Throws StepRefusal if the server is not the one of the preview any more. */
export function sameServer(server: RedisServer, { items }: Preview): void {
  if (server.runId !== (items as { readonly runId?: unknown } | undefined)?.runId)
    throw new StepRefusal(
      `${server.node} is another server than at the preview, or was started again: make a new preview`,
    );
}

/** How full it is, and what it refused or threw away within the last second. */
export async function memoryNow(context: StepContext, server: RedisServer): Promise<Verification> {
  await context.pause(1000);
  const info = await server.refresh();
  const usage = memoryUsage(info, server.memoryLimit);
  const { refused, evicted } = redisPressure(server.info, info);
  const words = [
    usage === null
      ? 'memory use not known'
      : `memory ${Math.round(100 * usage.ratio)} % of ${usage.basis === 'maxmemory' ? bytesInWords(numberIn(info, 'maxmemory') ?? 0) : usage.basis === 'system' ? 'the machine’s' : 'the container’s'}`,
    refused === null ? 'refused writes not known' : `${refused} writes refused in the last second`,
    evicted === null ? null : `${evicted} keys evicted`,
  ];
  const isCalm = refused === 0 && evicted === 0 && usage !== null && usage.ratio < 0.85;
  return { state: isCalm ? 'ok' : 'pending', text: words.filter((word) => word !== null).join(', ') };
}

/** What full memory did between two answers of INFO, and how many writes were ever refused. Null: the server does not say. */
export function redisPressure(before: Info, now: Info) {
  const growth = (count: (info: Info) => number | null): number | null => {
    const [first, last] = [count(before), count(now)];
    return first === null || last === null ? null : Math.max(0, last - first);
  };
  return {
    refused: growth(refusedWrites),
    evicted: growth((info) => numberIn(info, 'evicted_keys')),
    everRefused: refusedWrites(now),
  };
}

/** Servers that count errors, from 6.2 on, have both fields; the first only once a write was refused. */
const refusedWrites = (info: Info): number | null =>
  infoFields(info.get('errorstat_OOM') ?? '')['count'] ?? (info.has('total_error_replies') ? 0 : null);

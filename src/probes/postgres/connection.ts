/** One held connection to PostgreSQL: read-only, with time limits, closed when it does not answer. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { tlsOptions, type Certificates } from '../certificates.ts';
import { errorCodeOf, ProbeFailure, timedOut } from '../failure.ts';
import { ResponseLimit } from '../response-limit.ts';
import { pgFailure } from './classify.ts';
import { parseConnectionString, type PgAddress, type SessionKind } from './connection-string.ts';
import type { PostgresSettings } from './settings.ts';

/** What the session is limited to. Given at the start of the connection, so that no query runs without. */
const sessionLimits = (statementMs: number): readonly string[] =>
  [
    ['statement_timeout', String(statementMs)],
    ['lock_timeout', '250'],
    ['idle_in_transaction_session_timeout', '5000'],
    ['default_transaction_read_only', 'on'],
    ['jit', 'off'],
    ['max_parallel_workers_per_gather', '0'],
  ].map(([name, value]) => `-c ${name}=${value}`);

/** bigint and numeric come as text; every number read here is small enough for a double. */
const NUMBERS = new Set([20, 1700]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format)),
};

export type PgRow = Readonly<Record<string, unknown>>;

/** Every call rejects with a ProbeFailure only. */
export class PgConnection {
  readonly #client: pg.Client;
  #timeoutMs: number;
  readonly #names = new Map<string, string>();
  readonly #responseLimit = new ResponseLimit();
  #isOpen = true;
  #isPooled = false;
  #bouncer: string | null = null;

  private constructor(client: pg.Client, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    // A backend that is ended raises two errors; without a listener the second would end this process.
    client.on('error', () => (this.#isOpen = false));
    client.on('end', () => (this.#isOpen = false));
    const { connection } = client as unknown as { readonly connection: EventEmitter & { readonly stream: Socket } };
    for (const event of ['connect', 'sslconnect'])
      connection.once(event, () => this.#responseLimit.watch(connection.stream));
    connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, unknown>) => {
      if (parameterName !== 'server_version') return;
      this.#bouncer = /^(.+)\/bouncer$/.exec(String(parameterValue))?.[1] ?? null;
    });
  }

  /** Tries the hosts in their order, each as `sslmode` says, until one lets us in and is what is wanted. */
  static async open(settings: PostgresSettings, timeoutMs: number, signal: AbortSignal): Promise<PgConnection> {
    const address = parseConnectionString(settings.url);
    if (typeof address === 'string') throw new ProbeFailure({ class: 'config', phase: 'connect', message: address });
    const { hosts, session } = address;
    const wanted = session === 'prefer-standby' ? (['standby', 'any'] as const) : [session];
    const places = wanted.flatMap((kind) => hosts.map((host) => ({ ...host, kind })));
    const eachMs = Math.ceil(timeoutMs / places.length);
    let last: ProbeFailure | null = null;
    for (const place of places) {
      try {
        return await PgConnection.#openOne(address, settings, place, { timeoutMs, connectMs: eachMs, signal });
      } catch (error) {
        last = pgFailure(error, 'connect');
        // Other hosts would give the same answer.
        if (!ELSEWHERE.has(last.failure.class) || signal.aborted) break;
      }
    }
    throw last ?? new ProbeFailure({ class: 'config', phase: 'connect', message: 'the url names no host' });
  }

  static async #openOne(address: PgAddress, files: Certificates, place: Place, limits: Limits): Promise<PgConnection> {
    const modes = sslOptions(address, files, place.host);
    for (const [i, ssl] of modes.entries()) {
      try {
        return await PgConnection.#withLimits(address, place, ssl, limits);
      } catch (error) {
        if (i === modes.length - 1 || !isAboutTls(error)) throw error;
      }
    }
    throw new Error('there is always a way to try');
  }

  static async #withLimits(address: PgAddress, place: Place, ssl: Ssl, limits: Limits): Promise<PgConnection> {
    const own = sessionLimits(Math.round(0.8 * limits.timeoutMs));
    try {
      return await PgConnection.#start(address, place, ssl, own, limits);
    } catch (error) {
      if (errorCodeOf(error) !== '08P01') throw error;
    }
    // PgBouncer refuses parameters it does not know. A SET in their place would stay on the pooler's server connection
    // and make the application's next transaction there read-only: without limits there is still our own timeout.
    return PgConnection.#start(address, place, ssl, [], limits);
  }

  static async #start(
    { user, password, database, options }: PgAddress,
    { host, port, kind }: Place,
    ssl: Ssl,
    own: readonly string[],
    { timeoutMs, connectMs, signal }: Limits,
  ): Promise<PgConnection> {
    const given = { host, port, user, password, database };
    const client = new pg.Client({
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)),
      options: [options, ...own].join(' ').trim(),
      ssl,
      application_name: 'warroom',
      keepAlive: true,
      pipeline: true,
      types,
    } as pg.ClientConfig);
    const connection = new PgConnection(client, connectMs);
    try {
      await connection.#within(
        'connect',
        signal,
        client.connect().then(() => connection.#look(kind)),
      );
    } catch (error) {
      connection.close();
      throw connection.#responseLimit.exceeded === null ? error : connection.#failureOf(error, 'connect');
    }
    connection.#timeoutMs = timeoutMs;
    return connection;
  }

  #failureOf(error: unknown, phase: 'connect' | 'query'): ProbeFailure {
    const exceeded = this.#responseLimit.exceeded;
    return exceeded === null
      ? pgFailure(error, phase)
      : new ProbeFailure({ class: 'protocol', phase, message: exceeded });
  }

  /** Is it a pooler, which gives its clients numbers of its own; and is the server of the kind that is wanted. */
  async #look(kind: SessionKind): Promise<void> {
    this.#isPooled = this.#bouncer !== null;
    if (this.#isPooled) return;
    const found = await this.#client.query<{ pid: number; standby: boolean }>(
      'SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS standby',
    );
    const { processID } = this.#client as unknown as { readonly processID?: number };
    const { pid, standby = false } = found.rows[0] ?? {};
    this.#isPooled = pid !== processID;
    const is: readonly SessionKind[] = standby ? ['read-only', 'standby', 'any'] : ['read-write', 'primary', 'any'];
    if (is.includes(kind)) return;
    const message = `the server is a ${standby ? 'standby' : 'primary'}, and target_session_attrs asks for ${kind}`;
    throw new ProbeFailure({ class: 'readonly', phase: 'connect', message });
  }

  /** Something like PgBouncer stands between: what is counted are its server connections. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /** Its version, where this is PgBouncer's own console, which knows nothing but SHOW. */
  get bouncer(): string | null {
    return this.#bouncer;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends all statements in one round trip and answers their rows, or the first failure. */
  async all(
    signal: AbortSignal,
    ...statements: readonly (readonly [sql: string, values?: unknown[]])[]
  ): Promise<PgRow[][]> {
    const results = await this.allSettled(signal, ...statements);
    return results.map((result) => {
      if (result instanceof ProbeFailure) throw result;
      return result;
    });
  }

  /** As `all`, with a failure in place of the rows of a statement that failed. Rejects when the connection is lost. */
  async allSettled(
    signal: AbortSignal,
    ...statements: readonly (readonly [sql: string, values?: unknown[]])[]
  ): Promise<(PgRow[] | ProbeFailure)[]> {
    const sent = statements.map(([text, values = []]) =>
      this.#client.query<PgRow>({ ...this.#prepared(text), text, values }).then(
        (result) => result.rows,
        (error: unknown) => this.#failureOf(error, 'query'),
      ),
    );
    const results = await this.#within('query', signal, Promise.all(sent));
    const lost = results.find((result): result is ProbeFailure => result instanceof ProbeFailure);
    if (lost !== undefined && !this.#isOpen) throw lost;
    return results;
  }

  /**
   * The statements are prepared, so that the server parses and plans them once; not behind a pooler, where each
   * execution may reach another server connection.
   */
  #prepared(text: string): { name?: string } {
    if (this.#isPooled) return {};
    const name = this.#names.get(text) ?? `warroom_${this.#names.size}`;
    this.#names.set(text, name);
    return { name };
  }

  /**
   * Runs `work` with a time limit. After it the socket is destroyed: in node-postgres a query that got no answer blocks
   * the connection for ever.
   */
  async #within<T>(phase: 'connect' | 'query', signal: AbortSignal, work: Promise<T>): Promise<T> {
    const ms = this.#timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let giveUp = (): void => {};
    const late = new Promise<never>((_, reject) => {
      giveUp = () => reject(new ProbeFailure(timedOut(phase, ms)));
      timer = setTimeout(giveUp, ms);
      signal.addEventListener('abort', giveUp);
    });
    try {
      const done = await Promise.race([work, late]);
      this.#responseLimit.answered();
      return done;
    } catch (error) {
      if (error instanceof ProbeFailure) this.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      work.catch(() => {});
    }
  }

  /** Destroys the socket without a goodbye, which a server that hangs would never answer.  */
  close(): void {
    this.#isOpen = false;
    const { connection } = this.#client as unknown as { connection?: { stream?: { destroy(): void } } };
    connection?.stream?.destroy();
  }
}

interface Place {
  readonly host: string | null;
  readonly port: number | null;
  readonly kind: SessionKind;
}
interface Limits {
  readonly timeoutMs: number;
  /** For each of several hosts. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** Failures after which the next host is tried. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'refused',
  'dns',
  'timeout',
  'reset',
  'loading',
  'readonly',
  'protocol',
]);

type Ssl = false | ConnectionOptions;

/** The ways to try, as libpq does: `prefer` and `allow` have two. A socket in the file system has no TLS. */
function sslOptions(address: PgAddress, { ca, cert, key }: Certificates, host: string | null): readonly Ssl[] {
  const { sslrootcert = ca, sslcert = cert, sslkey = key } = address.files;
  const mode = address.sslMode ?? (ca === null ? 'prefer' : 'verify-full');
  if (mode === 'disable' || host?.startsWith('/') === true) return [false];
  const roots = tlsOptions({ ca: sslrootcert === 'system' ? null : sslrootcert, cert: null, key: null });
  const own = tlsOptions({ ca: null, cert: sslcert, key: sslkey });
  const blind = { ...own, rejectUnauthorized: false };
  // The name is not checked below verify-full.
  const anyName = { ...roots, ...own, checkServerIdentity: () => undefined };
  if (mode === 'verify-full') return [{ ...roots, ...own }];
  if (mode === 'verify-ca' || (mode === 'require' && sslrootcert !== null)) return [anyName];
  return mode === 'require' ? [blind] : mode === 'prefer' ? [blind, false] : [false, blind];
}

/** The server has no TLS, or (SQLSTATE 28000) lets nobody in without it. The text is a constant of node-postgres. */
const isAboutTls = (error: unknown): boolean =>
  errorCodeOf(error) === '28000' || (error instanceof Error && error.message.includes('does not support SSL'));

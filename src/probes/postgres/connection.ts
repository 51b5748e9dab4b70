/** A held connection to PostgreSQL: read-only, with time limits, closed when it does not answer. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { tlsOptions, type Certificates } from '../certificates.ts';
import { errorCodeOf, ProbeFailure, within } from '../failure.ts';
import { ResponseLimit } from '../session.ts';
import { parseConnectionString, type PgAddress, type SessionKind } from './connection-string.ts';
import { pgFailure, type Phase } from './failure.ts';

export interface PostgresSettings extends Certificates {
  /** As for libpq: a URL or `host=… dbname=…`. */
  readonly url: string;
  /** As `url`, for the role that runbooks end sessions with; null: they use that of `url`. */
  readonly remediationUrl: string | null;
  /** For a connect and for a round trip of queries; the server's own statement_timeout is a little less. */
  readonly timeoutMs: number;
}

/** Limits of the session. Given at the start of the connection, so that no query runs without. */
const sessionLimits = (statementMs: number): string =>
  `-c statement_timeout=${statementMs} -c lock_timeout=250 -c idle_in_transaction_session_timeout=5000 ` +
  '-c default_transaction_read_only=on -c jit=off -c max_parallel_workers_per_gather=0';

/** OIDs of bigint and numeric, which come as text; every number read here is small enough for a double. */
const NUMBERS = new Set([20, 1700]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format)),
};
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

export type PgRow = Readonly<Record<string, unknown>>;
type Statement = readonly [sql: string, values?: unknown[]];
/** Rows as lists, since two columns may have one name; values as the server writes them, so that no long number is rounded. */
interface PgTable {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

interface Internals {
  readonly connection: EventEmitter & { readonly stream: Socket };
  readonly processID?: number;
}

type Ssl = false | ConnectionOptions;
interface Attempt {
  readonly host: string | null;
  readonly port: number | null;
  readonly kind: SessionKind;
  readonly ssl: Ssl;
  /** Options that set the limits of the session; empty for none. */
  readonly limits: string;
}
interface Limits {
  readonly timeoutMs: number;
  /** For each of several hosts. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** Every call rejects with a ProbeFailure only. */
export class PgConnection {
  readonly #client: pg.Client;
  readonly #internals: Internals;
  readonly #timeoutMs: number;
  readonly #names = new Map<string, string>();
  readonly #responseLimit = new ResponseLimit();
  #isOpen = true;
  #isPooled = false;
  #bouncer: string | null = null;

  private constructor(config: pg.ClientConfig, timeoutMs: number) {
    this.#client = new pg.Client(config);
    this.#timeoutMs = timeoutMs;
    this.#internals = this.#client as unknown as Internals;
    const { connection } = this.#internals;
    // The end of a backend raises two errors; without a listener the second would end this process.
    this.#client.on('error', () => (this.#isOpen = false));
    this.#client.on('end', () => (this.#isOpen = false));
    for (const event of ['connect', 'sslconnect'])
      connection.once(event, () => this.#responseLimit.watch(connection.stream));
    connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, unknown>) => {
      if (parameterName !== 'server_version') return;
      this.#bouncer = /^(.+)\/bouncer$/.exec(String(parameterValue))?.[1] ?? null;
    });
  }

  /** Tries the hosts in their order until one accepts the connection and is of the wanted kind. */
  static async open(settings: PostgresSettings, timeoutMs: number, signal: AbortSignal): Promise<PgConnection> {
    const address = parseConnectionString(settings.url);
    if (typeof address === 'string') throw new ProbeFailure({ class: 'config', phase: 'connect', message: address });
    const { hosts, session } = address;
    const kinds = session === 'prefer-standby' ? (['standby', 'any'] as const) : [session];
    const places = kinds.flatMap((kind) => hosts.map((host) => ({ ...host, kind })));
    const limits = { timeoutMs, connectMs: Math.ceil(timeoutMs / places.length), signal };
    let last: ProbeFailure | null = null;
    for (const place of places) {
      try {
        return await PgConnection.#openOne(address, place, sslOptions(address, settings, place.host), limits);
      } catch (error) {
        last = pgFailure(error, 'connect');
        if (!OTHER_HOST_AFTER.has(last.failure.class) || signal.aborted) break;
      }
    }
    throw last ?? new ProbeFailure({ class: 'config', phase: 'connect', message: 'the url names no host' });
  }

  /** Tries each way of `sslmode`, with the session's limits if the server takes them. */
  static async #openOne(
    address: PgAddress,
    place: Pick<Attempt, 'host' | 'port' | 'kind'>,
    [ssl = false, ...otherModes]: readonly Ssl[],
    limits: Limits,
  ): Promise<PgConnection> {
    let attempt: Attempt = { ...place, ssl, limits: sessionLimits(Math.round(0.8 * limits.timeoutMs)) };
    for (;;) {
      try {
        return await PgConnection.#start(address, attempt, limits);
      } catch (error) {
        const next = isAboutTls(error) ? otherModes.shift() : undefined;
        if (next !== undefined) attempt = { ...attempt, ssl: next };
        // PgBouncer refuses parameters it does not know. A SET instead would make the application's next transaction on
        // that server connection read-only; without limits there is still our own timeout.
        else if (attempt.limits !== '' && errorCodeOf(error) === '08P01') attempt = { ...attempt, limits: '' };
        else throw error;
      }
    }
  }

  static async #start(address: PgAddress, attempt: Attempt, { timeoutMs, connectMs, signal }: Limits) {
    const { user, password, database, options } = address;
    const { host, port, kind, ssl, limits } = attempt;
    const given = { host, port, user, password, database };
    const config = {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)),
      options: `${options} ${limits}`.trim(),
      ssl,
      application_name: 'warroom',
      keepAlive: true,
      pipeline: true,
      types,
    };
    const connection = new PgConnection(config as pg.ClientConfig, timeoutMs);
    const connected = connection.#client.connect().then(() => connection.#check(kind));
    try {
      await connection.#within('connect', connectMs, signal, connected);
      return connection;
    } catch (error) {
      connection.close();
      throw connection.#responseLimit.failure('connect') ?? error;
    }
  }

  #failureOf(error: unknown, phase: Phase): ProbeFailure {
    return this.#responseLimit.failure(phase) ?? pgFailure(error, phase);
  }

  /** Finds out whether this is a pooler, which numbers its clients itself. Rejects for a server of another kind. */
  async #check(kind: SessionKind): Promise<void> {
    this.#isPooled = this.#bouncer !== null;
    if (this.#isPooled) return;
    const found = await this.#client.query<{ pid: number; standby: boolean }>(
      'SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS standby',
    );
    const { pid, standby = false } = found.rows[0] ?? {};
    this.#isPooled = pid !== this.#internals.processID;
    const is: readonly SessionKind[] = standby ? ['read-only', 'standby', 'any'] : ['read-write', 'primary', 'any'];
    if (is.includes(kind)) return;
    const message = `the server is a ${standby ? 'standby' : 'primary'}, and target_session_attrs asks for ${kind}`;
    throw new ProbeFailure({ class: 'readonly', phase: 'connect', message });
  }

  /** A pooler such as PgBouncer is in between: the sessions that are counted are its server connections. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /** The version of PgBouncer for its own console, which knows only SHOW; else null. */
  get bouncer(): string | null {
    return this.#bouncer;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends all statements in one round trip. Answers their rows, or rejects with the first failure. */
  async all(signal: AbortSignal, ...statements: readonly Statement[]): Promise<PgRow[][]> {
    const results = await this.allSettled(signal, ...statements);
    return results.map((result) => {
      if (result instanceof ProbeFailure) throw result;
      return result;
    });
  }

  /** As `all`, with a failure in place of the rows of a statement that failed. Rejects when the connection is lost. */
  async allSettled(signal: AbortSignal, ...statements: readonly Statement[]): Promise<(PgRow[] | ProbeFailure)[]> {
    const sent = statements.map(([text, values = []]) =>
      this.#client.query<PgRow>({ ...this.#prepared(text), text, values }).then(
        (result) => result.rows,
        (error: unknown) => this.#failureOf(error, 'query'),
      ),
    );
    const results = await this.#within('query', this.#timeoutMs, signal, Promise.all(sent));
    const lost = this.#isOpen ? undefined : results.find((result) => result instanceof ProbeFailure);
    if (lost !== undefined) throw lost;
    return results;
  }

  /** The answer of one statement as a person reads it. */
  async table(signal: AbortSignal, text: string, values: unknown[] = []): Promise<PgTable> {
    const query = { ...this.#prepared(text), text, values, types: AS_TEXT, rowMode: 'array' } as const;
    const sent = this.#client.query<(string | null)[]>(query).catch((error: unknown) => {
      throw this.#failureOf(error, 'query');
    });
    const { fields, rows } = await this.#within('query', this.#timeoutMs, signal, sent);
    return { names: fields.map(({ name }) => name), rows };
  }

  /** Prepared statements are planned once; not behind a pooler, where each execution may reach another server connection. */
  #prepared(text: string): { name?: string } {
    if (this.#isPooled) return {};
    const name = this.#names.get(text) ?? `warroom_${this.#names.size}`;
    this.#names.set(text, name);
    return { name };
  }

  /** Closes the connection after the time limit: in node-postgres a query without an answer blocks all later ones. */
  async #within<T>(phase: Phase, ms: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
    try {
      const done = await within(work, () => phase, ms, signal);
      this.#responseLimit.answered();
      return done;
    } catch (error) {
      if (error instanceof ProbeFailure) this.close();
      throw error;
    }
  }

  /** Destroys the socket without a goodbye, which a server that hangs would never answer. */
  close(): void {
    this.#isOpen = false;
    this.#internals.connection.stream.destroy();
  }
}

/** Failures after which the next host is tried: any other would be the same there. */
const OTHER_HOST_AFTER = new Set<string>(['refused', 'dns', 'timeout', 'reset', 'loading', 'readonly', 'protocol']);

/** The ways to try, as libpq does: `prefer` and `allow` have two. A Unix socket has no TLS. */
function sslOptions(address: PgAddress, { ca, cert, key }: Certificates, host: string | null): readonly Ssl[] {
  const { sslrootcert = ca, sslcert = cert, sslkey = key } = address.files;
  const mode = address.sslMode ?? (ca === null ? 'prefer' : 'verify-full');
  if (mode === 'disable' || host?.startsWith('/') === true) return [false];
  const roots = tlsOptions({ ca: sslrootcert === 'system' ? null : sslrootcert });
  const own = tlsOptions({ cert: sslcert, key: sslkey });
  const unverified = { ...own, rejectUnauthorized: false };
  // The name is not checked below verify-full.
  const anyName = { ...roots, ...own, checkServerIdentity: () => undefined };
  if (mode === 'verify-full') return [{ ...roots, ...own }];
  if (mode === 'verify-ca' || (mode === 'require' && sslrootcert !== null)) return [anyName];
  return mode === 'require' ? [unverified] : mode === 'prefer' ? [unverified, false] : [false, unverified];
}

/** The server has no TLS, or (SQLSTATE 28000) accepts nobody without it. The text is a constant of node-postgres. */
const isAboutTls = (error: unknown): boolean =>
  errorCodeOf(error) === '28000' || (error instanceof Error && error.message.includes('does not support SSL'));

/** One held connection to PostgreSQL: read-only, with limits of its own, and gone as soon as it does not answer. */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { codeOf, ProbeFailure, timedOut } from '../failure.ts';
import { ResponseLimit } from '../response-limit.ts';
import { pgFailure } from './classify.ts';
import type { PostgresSettings } from './settings.ts';

/** What the session is limited to. Given at the start of the connection, so that no query runs without. */
const limits = (statementMs: number): readonly (readonly [string, string])[] => [
  ['statement_timeout', String(statementMs)],
  ['lock_timeout', '250'],
  ['idle_in_transaction_session_timeout', '5000'],
  ['default_transaction_read_only', 'on'],
  ['jit', 'off'],
  ['max_parallel_workers_per_gather', '0'],
];

/** bigint and numeric come as text; every number read here is small enough for a double. */
const NUMBERS = new Set([20, 1700]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format)),
};

export type PgRow = Readonly<Record<string, unknown>>;

/** Every call rejects with a ProbeFailure only. */
export class PgConnection {
  readonly #client: pg.Client;
  readonly #timeoutMs: number;
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

  static async open(settings: PostgresSettings, timeoutMs: number, signal: AbortSignal): Promise<PgConnection> {
    try {
      return await PgConnection.#start(settings, timeoutMs, signal, true);
    } catch (error) {
      if (codeOf(error) !== '08P01') throw pgFailure(error, 'connect');
    }
    // PgBouncer refuses parameters it does not know. A SET in their place would stay on the pooler's server connection
    // and make the application's next transaction there read-only: without limits there is still our own timeout.
    return PgConnection.#start(settings, timeoutMs, signal, false).catch((error: unknown) => {
      throw pgFailure(error, 'connect');
    });
  }

  static async #start(
    settings: PostgresSettings,
    timeoutMs: number,
    signal: AbortSignal,
    withOptions: boolean,
  ): Promise<PgConnection> {
    const client = new pg.Client({
      connectionString: address(settings, withOptions ? limits(Math.round(0.8 * timeoutMs)) : []),
      application_name: 'warroom',
      keepAlive: true,
      pipeline: true,
      types,
    } as pg.ClientConfig);
    const connection = new PgConnection(client, timeoutMs);
    try {
      await connection.#within(
        'connect',
        signal,
        client.connect().then(() => connection.#lookForPooler()),
      );
    } catch (error) {
      connection.close();
      throw connection.#responseLimit.exceeded === null ? error : connection.#failureOf(error, 'connect');
    }
    return connection;
  }

  #failureOf(error: unknown, phase: 'connect' | 'query'): ProbeFailure {
    const exceeded = this.#responseLimit.exceeded;
    return exceeded === null
      ? pgFailure(error, phase)
      : new ProbeFailure({ class: 'protocol', phase, message: exceeded });
  }

  /** A pooler gives its clients numbers of its own. */
  async #lookForPooler(): Promise<void> {
    this.#isPooled = this.#bouncer !== null;
    if (this.#isPooled) return;
    const found = await this.#client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const { processID } = this.#client as unknown as { readonly processID?: number };
    this.#isPooled = found.rows[0]?.pid !== processID;
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

  /** As `all`, but one that failed does not take the others along. Rejects when the connection itself is lost. */
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
   * The same few statements come every second: prepared, the server parses and plans them once. A pooler may give
   * each statement another server, where it was never prepared.
   */
  #prepared(text: string): { name?: string } {
    if (this.#isPooled) return {};
    const name = this.#names.get(text) ?? `warroom_${this.#names.size}`;
    this.#names.set(text, name);
    return { name };
  }

  /**
   * A query that does not come back leaves the connection busy for ever (node-postgres rejects and goes on waiting),
   * so the socket is destroyed and the next poll connects anew.
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

  /** At once: saying goodbye to a server that does not listen would take for ever. */
  close(): void {
    this.#isOpen = false;
    const { connection } = this.#client as unknown as { connection?: { stream?: { destroy(): void } } };
    connection?.stream?.destroy();
  }
}

/** node-postgres lets the URL win over all other settings, so what must hold is put into the URL. */
function address({ url, ca }: PostgresSettings, limits: readonly (readonly [string, string])[]): string {
  const full = new URL(url);
  const own = full.searchParams.get('options') ?? '';
  const options = [own, ...limits.map(([name, value]) => `-c ${name}=${value}`)].join(' ').trim();
  if (options !== '') full.searchParams.set('options', options);
  if (ca === null) return full.href;
  if (!existsSync(ca))
    throw new ProbeFailure({ class: 'config', phase: 'connect', message: `there is no ca file ${ca}` });
  full.searchParams.set('sslrootcert', ca);
  if (!full.searchParams.has('sslmode')) full.searchParams.set('sslmode', 'verify-full');
  return full.href;
}

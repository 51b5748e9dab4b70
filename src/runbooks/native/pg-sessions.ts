/** The sessions of a PostgreSQL server that a step may end, each known by its process and when that began. */
import * as v from 'valibot';
import { ProbeFailure } from '../../probes/failure.ts';
import { parseConnectionString } from '../../probes/postgres/connection-string.ts';
import { PgConnection, type PgRow, type PostgresSettings } from '../../probes/postgres/connection.ts';
import { lockForest } from '../../probes/postgres/lock-forest.ts';
import { spanInWords } from '../../incident/time.ts';
import { settingsOfTarget, StepRefusal, type Preview, type Progress, type StepContext } from './step.ts';

const rowShape = v.object({
  pid: v.number(),
  /** As text: a Date has no microseconds and would fit no row. */
  backendStart: v.string(),
  queryStart: v.nullable(v.string()),
  stateChange: v.nullable(v.string()),
  user: v.string(),
  application: v.string(),
  state: v.string(),
  /** Of the sessions whose locks it waits for; 0 stands for a prepared transaction, which has no session. */
  blockedBy: v.array(v.number()),
  hasWritten: v.boolean(),
  queryS: v.nullable(v.number()),
  stateS: v.number(),
  query: v.string(),
  backend: v.string(),
  isSuperuser: v.boolean(),
});
type Row = v.InferOutput<typeof rowShape>;
export interface PgSession extends Omit<Row, 'backend' | 'isSuperuser'> {
  /** Of an application, and no process of the server such as a walsender. */
  readonly isClient: boolean;
  /** Why it is never ended; null: it may be. */
  readonly protectedBy: string | null;
}

const since = (column: string): string => `extract(epoch from clock_timestamp() - ${column})::float8`;

const SESSIONS = `
SELECT a.pid, coalesce(a.backend_start::text, '') AS "backendStart", a.query_start::text AS "queryStart",
       a.state_change::text AS "stateChange", coalesce(a.usename::text, '') AS "user",
       coalesce(a.application_name, '') AS application, coalesce(a.state, '') AS state,
       CASE WHEN a.wait_event_type = 'Lock'
            THEN ARRAY(SELECT DISTINCT b FROM unnest(pg_blocking_pids(a.pid)) b) ELSE '{}' END AS "blockedBy",
       a.backend_xid IS NOT NULL AS "hasWritten", ${since('a.query_start')} AS "queryS",
       coalesce(${since('a.state_change')}, 0) AS "stateS", coalesce(left(a.query, 120), '') AS query,
       coalesce(a.backend_type, '') AS backend, coalesce(r.rolsuper, false) AS "isSuperuser"
  FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
 WHERE a.pid <> pg_backend_pid()`;

const RIGHTS = `
SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby, current_user AS "user",
       extract(epoch from pg_postmaster_start_time())::text AS started,
       pg_has_role('pg_read_all_stats', 'USAGE') AS may_see, pg_has_role('pg_signal_backend', 'MEMBER') AS may_signal`;

/** Applications whose end would harm more than it helps. A name is what the client says it is. */
const PROTECTED =
  /^(?:pg_dump|pg_dumpall|pg_restore|pg_basebackup|pg_receivewal|pg_recvlogical|pgbackrest|barman|wal-g|patroni|repmgr|warroom|migrat|flyway|liquibase|alembic)/i;

/** One connection to the server. */
export class PgServer {
  readonly #connection: PgConnection;
  readonly #signal: AbortSignal;
  readonly node: string;
  readonly version: number;
  readonly role: string;
  /** When the server began, so that another one in its place is noticed. */
  readonly started: string;

  private constructor(connection: PgConnection, signal: AbortSignal, node: string, facts: PgRow) {
    this.#connection = connection;
    this.#signal = signal;
    this.node = node;
    this.version = Number(facts['version']);
    this.role = facts['standby'] === true ? 'standby' : 'primary';
    this.started = String(facts['started']);
  }

  /** As the role for remediation. Rejects with StepRefusal where it lacks a right, and names what gives it. */
  static open(context: StepContext): Promise<PgServer> {
    return PgServer.#connect(context, true);
  }

  /** As the probe's role, which ends nothing. */
  static watch(context: StepContext): Promise<PgServer> {
    return PgServer.#connect(context, false);
  }

  static async #connect(context: StepContext, mayEnd: boolean): Promise<PgServer> {
    const { signal } = context;
    const settings = settingsOfTarget<PostgresSettings>(context);
    const url = mayEnd ? (settings.remediationUrl ?? settings.url) : settings.url;
    const connection = await PgConnection.open({ ...settings, url }, settings.timeoutMs, signal);
    try {
      if (connection.isPooled)
        throw new StepRefusal(
          'a pooler is in between, which numbers sessions itself: give the server as remediation_url',
        );
      const [[facts = {}] = []] = await connection.all(signal, [RIGHTS]);
      const needed: readonly (readonly [column: string, what: string, role: string])[] = [
        ['may_see', 'see other people’s sessions', 'pg_monitor'],
        ...(mayEnd ? [['may_signal', 'end them', 'pg_signal_backend'] as const] : []),
      ];
      const missing = needed.filter(([column]) => facts[column] !== true);
      const user = quoted(String(facts['user']));
      const [whats, roles] = [missing.map(([, what]) => what), missing.map(([, , role]) => role)];
      if (missing.length > 0)
        throw new StepRefusal(`the role ${user} may not ${whats.join(' nor ')}: GRANT ${roles.join(', ')} TO ${user};`);
      return new PgServer(connection, signal, nodeOf(url), facts);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }

  async rows(sql: string, ...values: unknown[]): Promise<readonly PgRow[]> {
    const [rows = []] = await this.#connection.all(this.#signal, [sql, values]);
    return rows;
  }

  async sessions(): Promise<readonly PgSession[]> {
    return (await this.rows(SESSIONS)).map(sessionOf);
  }

  /**
   * Cancels the query of a session, or ends the session, if it is still the one that was seen and `condition` holds;
   * false if not. A session of a superuser is refused by the server, too.
   */
  async signal(
    how: 'pg_cancel_backend' | 'pg_terminate_backend',
    { pid, backendStart }: Pick<PgSession, 'pid' | 'backendStart'>,
    condition: string,
    ...values: unknown[]
  ): Promise<boolean> {
    const sql = `
SELECT ${how}(a.pid) AS ok FROM pg_stat_activity a
 WHERE a.pid = $1::int AND a.backend_start = $2::timestamptz AND a.backend_type = 'client backend'
   AND a.pid <> pg_backend_pid() AND ${condition}`;
    const rows = await this.rows(sql, pid, backendStart, ...values).catch((error: unknown) => {
      const isRight = error instanceof ProbeFailure && error.failure.class === 'perm';
      throw isRight ? new StepRefusal(`the server does not let this role end pid ${pid}`) : error;
    });
    return rows[0]?.['ok'] === true;
  }
}

function sessionOf(row: PgRow): PgSession {
  const { backend, isSuperuser, ...session } = v.parse(rowShape, row);
  const isClient = backend === 'client backend';
  const why = isSuperuser
    ? 'it belongs to a superuser'
    : PROTECTED.test(session.application)
      ? `${session.application} is never ended`
      : null;
  return { ...session, isClient, protectedBy: isClient ? why : `it is a ${backend || 'process of the server'}` };
}

/** `pid 4711 (web of app), idle in transaction for 2 min, has written: UPDATE …` */
export const described = ({ pid, application, user, state, stateS, queryS, hasWritten, query }: PgSession): string =>
  `pid ${pid} (${application || 'no name'} of ${user}), ${state} for ${spanInWords(1000 * (state === 'active' ? (queryS ?? 0) : stateS))}` +
  `${hasWritten ? ', has written' : ''}: ${query.replace(/\s+/g, ' ')}`;

/** The parts of a preview that are the same for all steps that end sessions. */
export function previewOf(server: PgServer, chosen: readonly PgSession[], unit: string): Preview {
  return {
    count: chosen.length,
    unit,
    samples: chosen.slice(0, 10).map(described),
    node: server.node,
    role: server.role,
    complete: true,
    undo: null,
    irreversible: true,
    items: { started: server.started, role: server.role, sessions: chosen } satisfies Items,
  };
}

export interface Items {
  readonly started: string;
  readonly role: string;
  readonly sessions: readonly PgSession[];
}

/** The items of a preview. Throws StepRefusal if the server was started again since, or is a standby now. */
export function itemsOf(server: PgServer, { items }: Preview): Items {
  const seen = items as Items;
  if (seen.started !== server.started || seen.role !== server.role)
    throw new StepRefusal(`${server.node} was started again or changed its role since the preview: make a new preview`);
  return seen;
}

/** Ends the sessions one by one, each if it is still the one of the preview. */
export async function endEach<T extends Pick<PgSession, 'pid' | 'backendStart'>>(
  sessions: readonly T[],
  end: (session: T) => Promise<boolean>,
  onBatch: (soFar: Progress) => Promise<void>,
): Promise<Progress> {
  let [applied, skipped] = [0, 0];
  for (const session of sessions) {
    if (await end(session)) applied++;
    else skipped++;
    await onBatch({ applied, skipped });
  }
  return { applied, skipped };
}

export interface Root {
  readonly session: PgSession;
  /** How many wait for it, directly or not. */
  readonly behind: number;
}
/** Who waits for a lock, and who stands at the root of it: waited for, and waiting for nobody. */
export function locksOf(sessions: readonly PgSession[]): { roots: readonly Root[]; waiting: readonly PgSession[] } {
  const waiting = sessions.filter(({ blockedBy }) => blockedBy.length > 0);
  const placed = lockForest(sessions.map((session) => ({ ...session, waitS: session.queryS, session })));
  const roots = placed.filter(({ row, behind }) => behind > 0 && row.blockedBy.length === 0);
  return { roots: roots.map(({ row: { session }, behind }) => ({ session, behind })), waiting };
}

/** How many wait for a lock, and how many slots are taken, of those that ordinary roles can have. */
export async function pgPressure(
  server: PgServer,
): Promise<{ waiting: number; slots: number; usedRatio: number; text: string }> {
  const [row = {}] = await server.rows(`
SELECT (count(*) FILTER (WHERE wait_event_type = 'Lock'))::int AS waiting,
       (count(*) FILTER (WHERE backend_type = 'client backend'))::int AS used,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0) AS slots
  FROM pg_stat_activity`);
  const [waiting, used, slots] = [Number(row['waiting']), Number(row['used']), Number(row['slots'])];
  const text = `${used} of ${slots} slots taken, ${waiting === 0 ? 'nobody waits' : `${waiting} wait`} for a lock`;
  return { waiting, slots, usedRatio: used / slots, text };
}

function nodeOf(url: string): string {
  const address = parseConnectionString(url);
  if (typeof address === 'string') throw new ProbeFailure({ class: 'config', message: address });
  const { hosts, database } = address;
  const places = hosts.map(({ host, port }) => `${host ?? 'localhost'}:${port ?? 5432}`).join(',');
  return `${places}${database === undefined ? '' : `/${database}`}`;
}

const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** Paths into a JSON body, such as `$.a.b[0]["c d"]`, and the fields that health endpoints commonly have. */

/** The steps of a path; null for a malformed one. The leading `$.` is optional. */
export function parsePath(path: string): readonly string[] | null {
  const steps: string[] = [];
  let rest = path.replace(/^\$/, '');
  if (rest !== '' && !/^[.[]/.test(rest)) rest = `.${rest}`;
  while (rest !== '') {
    const step = /^\.([A-Za-z_][\w-]*)|^\[(\d+)\]|^\["([^"]*)"\]|^\['([^']*)'\]/.exec(rest);
    if (step === null) return null;
    steps.push(step[1] ?? step[2] ?? step[3] ?? step[4] ?? '');
    rest = rest.slice(step[0].length);
  }
  return steps.length === 0 ? null : steps;
}

/** The value at a path of own keys; undefined when there is none. */
export function valueAt(body: unknown, steps: readonly string[]): unknown {
  let value = body;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

/** A number, numeric text, or a boolean as 1 or 0; null for anything else. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Where a metric is looked for unless the target maps it: the first path with a number wins. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  ws_connections: ['websocket_connections', 'ws_connections', 'connections', 'clients', 'wss.clients'],
  ws_connection_errors: ['websocket_connection_errors', 'ws_connection_errors', 'connection_errors'],
  ws_connections_opened: ['websocket_connections_opened', 'ws_connections_opened'],
  ws_connections_closed: ['websocket_connections_closed', 'ws_connections_closed'],
  ws_messages: ['websocket_messages', 'ws_messages'],
  ws_rejected: ['websocket_rejected', 'ws_rejected'],
  db_pool_total: ['db_pool_total', 'db_pool.total', 'db.pool.total', 'pool.total'],
  db_pool_idle: ['db_pool_idle', 'db_pool.idle', 'db.pool.idle', 'pool.idle'],
  db_pool_waiting: ['db_pool_waiting', 'db_pool.waiting', 'db.pool.waiting', 'pool.waiting'],
  db_pool_max: ['db_pool_max', 'db_pool.max', 'db.pool.max', 'pool.max'],
  process_start_time_seconds: ['process_start_time_seconds'],
};

export const WS_COUNTERS = 'ws_connection_errors ws_connections_opened ws_connections_closed ws_messages ws_rejected';
/** The handbook has an alert for its rate. */
export const OAUTH_COUNTER = 'github_oauth_errors';
const COUNTERS: ReadonlySet<string> = new Set([...WS_COUNTERS.split(' '), OAUTH_COUNTER]);

/** JSON numbers have no type: counters are the names above and, by convention, names that end in `_total`. */
export const isCounter = (metric: string): boolean =>
  COUNTERS.has(metric) || (metric.endsWith('_total') && !Object.hasOwn(ALIASES, metric));

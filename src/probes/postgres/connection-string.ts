/** Reads the address of a PostgreSQL server as libpq does: `postgres://…` with one or more hosts, or `host=… dbname=…`. */

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];
const SESSIONS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type SessionKind = (typeof SESSIONS)[number];

/** What is undefined is taken from PGUSER and the like, from ~/.pgpass, or the default. */
export interface PgAddress {
  /** Tried in this order. A host that begins with a slash is the folder of a socket; null: the default. */
  readonly hosts: readonly { readonly host: string | null; readonly port: number | null }[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly options: string;
  readonly sslMode: SslMode | null;
  /** PEM files. `sslrootcert=system`: the authorities of Node. */
  readonly files: Partial<Record<'sslrootcert' | 'sslcert' | 'sslkey', string | undefined>>;
  readonly session: SessionKind;
}

type Parameters = Readonly<Record<string, string>>;

/** The address, or what is wrong with it in words, without the text, which may contain a password. */
export function parseConnectionString(text: string): PgAddress | string {
  const parameters = /^postgres(?:ql)?:\/\//.test(text) ? fromUrl(text) : fromPairs(text);
  if (parameters === null)
    return 'url must begin with postgres:// or postgresql://, such as postgres://user@host:5432/database, or be host=… dbname=…';
  const { host = '', hostaddr = host, port = '', sslmode, target_session_attrs: session = 'any' } = parameters;
  const [names, ports] = [hostaddr.split(','), port.split(',')];
  if (ports.length > 1 && ports.length !== names.length) return 'url has as many ports as hosts, or one for all';
  const numbers = names.map((_, i) => ports[ports.length === 1 ? 0 : i] ?? '');
  if (numbers.some((number) => number !== '' && !(Number(number) >= 1 && Number(number) <= 65_535)))
    return 'a port in the url is a number from 1 to 65535';
  const mode = sslmode === 'no-verify' ? 'require' : sslmode;
  if (mode !== undefined && !isOneOf(SSL_MODES, mode)) return `sslmode must be one of ${SSL_MODES.join(', ')}`;
  if (!isOneOf(SESSIONS, session)) return `target_session_attrs must be one of ${SESSIONS.join(', ')}`;
  const { user, password, dbname: database, options = '', sslrootcert, sslcert, sslkey } = parameters;
  return {
    hosts: names.map((name, i) => ({ host: name || null, port: Number(numbers[i]) || null })),
    user,
    password,
    database,
    options,
    sslMode: mode ?? null,
    files: { sslrootcert, sslcert, sslkey },
    session,
  };
}

const isOneOf = <T extends string>(all: readonly T[], text: string): text is T =>
  (all as readonly string[]).includes(text);

function fromUrl(text: string): Parameters | null {
  const parts = /^\w+:\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text);
  if (parts === null) return null;
  const [, login = '', hosts = '', database = '', query = ''] = parts;
  const colon = login.indexOf(':');
  const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  const places = hosts.split(',').map((place) => /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place));
  if (places.includes(null)) return null;
  const given: [string, string][] = [
    ['user', user],
    ['password', password],
    ['dbname', database],
    ['host', places.map((place) => place?.[1]?.replace(/^\[(.*)\]$/, '$1') ?? '').join(',')],
    ['port', places.map((place) => place?.[2] ?? '').join(',')],
    ...query.split('&').map((pair): [string, string] => {
      const [name = '', ...value] = pair.split('=');
      return [name, value.join('=')];
    }),
  ];
  try {
    const entries = given.map(([name, value]) => [name, decodeURIComponent(value)] as const);
    return Object.fromEntries(entries.filter(([, value]) => value.replaceAll(',', '') !== ''));
  } catch {
    return null;
  }
}

const PAIR = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/y;

/** Reads `host=db dbname='my data'`; null when it is malformed. */
function fromPairs(text: string): Parameters | null {
  const entries: [string, string][] = [];
  const end = text.trimEnd().length;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < end) {
    const pair = PAIR.exec(text);
    if (pair === null) return null;
    entries.push([pair[1] ?? '', (pair[2] ?? pair[3] ?? '').replace(/\\(.)/g, '$1')]);
  }
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The servers of a drill: private ones, or those that were given. */
import { nodeArgs } from '../probes/child-program.ts';
import { privatePostgres, privateRedis, startProgram, type PrivateServer } from './servers/private-servers.ts';

export const SERVER_KINDS = ['redis', 'postgres', 'chat', 'oauth'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

interface Kind {
  /** Of the URL of one that is given; absent: it is our own program, which nobody else has. */
  readonly protocols?: readonly string[];
  start(): Promise<PrivateServer>;
  /** What steps of runbooks take from the environment besides the URL. */
  variables?(url: string): Readonly<Record<string, string>>;
}

const program = (name: string): Promise<PrivateServer> =>
  startProgram({
    name,
    bin: process.execPath,
    args: [...nodeArgs(`drills/programs/${name}`), 'PORT'],
    env: {},
    url: 'http://127.0.0.1:PORT',
    ready: 'listening on',
    stopSignal: 'SIGKILL',
    files: {},
  });

const KINDS: Readonly<Record<ServerKind, Kind>> = {
  redis: {
    protocols: ['redis:', 'rediss:'],
    start: () => privateRedis({ args: ['--maxmemory', '16mb', '--maxmemory-policy', 'noeviction'] }),
  },
  postgres: {
    protocols: ['postgres:', 'postgresql:'],
    start: () => privatePostgres({ settings: { max_connections: '24' } }),
  },
  chat: { start: () => program('chat'), variables: () => ({ WS_ADMIN_TOKEN: 'admin-of-the-chat' }) },
  oauth: {
    start: () => program('oauth'),
    variables: (url) => ({
      OAUTH_TOKEN_URL: `${url}/login/oauth/access_token`,
      OAUTH_CLIENT_ID: 'drill',
      OAUTH_CLIENT_SECRET: 'a-secret-of-the-drill',
      OAUTH_CALLBACK_URL: `${url}/callback`,
      SESSION_FLAG_URL: `${url}/flags/sessions`,
    }),
  },
};

/** Why `url` cannot stand for a server of this kind; null: it can. */
export function whyNotGiven(kind: ServerKind, url: string): string | null {
  const { protocols } = KINDS[kind];
  if (protocols === undefined) return `a ${kind} server is our own program: leave it out`;
  const isOne = URL.canParse(url) && protocols.includes(new URL(url).protocol);
  return isOne ? null : `a ${kind} server is given as ${protocols[0]}//HOST:PORT`;
}

/** `CACHE_URL` and `CACHE_HOST` of a server named cache, and what its kind adds. */
export function variablesOf(name: string, kind: ServerKind, url: string): Readonly<Record<string, string>> {
  const variable = name.toUpperCase().replaceAll(/\W/g, '_');
  return { [`${variable}_URL`]: url, [`${variable}_HOST`]: new URL(url).host, ...KINDS[kind].variables?.(url) };
}

/** The same of servers that are not there yet, to check files with. */
export const placeholders = (servers: ReadonlyMap<string, ServerKind>): Readonly<Record<string, string>> =>
  Object.assign(
    {},
    ...[...servers].map(([name, kind]) =>
      variablesOf(name, kind, `${KINDS[kind].protocols?.[0] ?? 'http:'}//127.0.0.1:1`),
    ),
  );

/** The URLs by name. Those that are not `given` are started, and end with this process. */
export async function startWorld(
  servers: ReadonlyMap<string, ServerKind>,
  given: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const all = [...servers].map(
    async ([name, kind]) => [name, given.get(name) ?? (await KINDS[kind].start()).url] as const,
  );
  return new Map(await Promise.all(all));
}

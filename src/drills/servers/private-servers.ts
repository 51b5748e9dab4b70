/** Real servers that may be broken: for drills, tests, the demo and benchmarks. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import readline from 'node:readline';
import { errorMessage } from '../../incident/words.ts';
import { nodeArgs } from '../../probes/child-program.ts';
import { fromApt } from './apt.ts';
import { findPostgres, findRedis, type ServerProgram } from './find.ts';
import { signalFamily } from './processes.ts';
import type { ProgramRequest } from './start.ts';
import type { Reply, SupervisorRequest } from './supervisor.ts';

/** A server of one's own. It ends with this process at the latest, whatever ends this process. */
export interface PrivateServer {
  readonly url: string;
  readonly pid: number;
  /** Its folder: `log` is what it says. */
  readonly dir: string;
  stop(): Promise<void>;
  /** Resolves when its process has ended, whatever ended it. */
  readonly exited: Promise<void>;
  /** SIGSTOP to it and all its children: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
}
/** A Redis of one's own, in memory only; `args` as on the command line of redis-server, they win over the harness's. */
export async function privateRedis(options: { readonly args?: readonly string[] } = {}): Promise<PrivateServer> {
  const { path: bin, env = {} } = await need('redis-server');
  const args = ['--port', 'PORT', '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--databases', '64'];
  return startProgram({
    name: 'redis',
    bin,
    env,
    args: [...args, ...(options.args ?? [])],
    url: 'redis://127.0.0.1:PORT',
    ready: 'eady to accept connections',
    stopSignal: 'SIGKILL',
    files: {},
  });
}

/** Any other program. */
export const startProgram = async (program: ProgramRequest): Promise<PrivateServer> =>
  started(await ask({ start: 'program', program }));

export interface PostgresOptions {
  /** As in postgresql.conf; they win over the harness's. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Put into the data folder before the start: `pg_hba.conf`, certificates. */
  readonly files?: Readonly<Record<string, string>>;
  /** Make it a streaming standby of this server (which needs `wal_level: replica` and `max_wal_senders`). */
  readonly standbyOf?: string;
}

/** A PostgreSQL of one's own, with the superuser `warroom`. */
export async function privatePostgres(options: PostgresOptions = {}): Promise<PrivateServer> {
  const { path: binDir, env = {} } = await need('postgresql');
  const { settings = {}, files = {}, standbyOf = null } = options;
  const user = process.getuid?.() === 0 ? unprivileged() : null;
  return started(await ask({ start: 'postgres', postgres: { binDir, env, user, settings, files, standbyOf } }));
}

function started({ url = '', pid = 0, dir = '' }: Reply): PrivateServer {
  const exited = new Promise<void>((done) => void supervisor?.ends.set(pid, done));
  return {
    url,
    pid,
    dir,
    exited,
    stop: async () => void (await ask({ stop: pid })),
    freeze: () => signalFamily(pid, 'SIGSTOP'),
    thaw: () => signalFamily(pid, 'SIGCONT'),
  };
}

const SERVERS = {
  'redis-server': { find: findRedis, brew: 'redis', variable: 'REDIS_BIN' },
  postgresql: { find: findPostgres, brew: 'postgresql', variable: 'PG_BINDIR' },
};
const programs: Partial<Record<keyof typeof SERVERS, Promise<ServerProgram>>> = {};

const need = (name: keyof typeof SERVERS): Promise<ServerProgram> => (programs[name] ??= look(name));

async function look(name: keyof typeof SERVERS): Promise<ServerProgram> {
  const { find, brew, variable } = SERVERS[name];
  const here = find();
  if (here !== null) return { path: here };
  let failed = '';
  const unpacked = await fromApt(name, console.error).catch((fault: unknown) => {
    failed = `\nit was not to be had through apt: ${errorMessage(fault)}`;
    return null;
  });
  if (unpacked !== null) return unpacked;
  throw new Error(
    `a real ${name} is needed, and there is none: put the server program on PATH (Debian, Ubuntu: apt-get install ${name}; macOS: brew install ${brew}; WARROOM_${variable}=… elsewhere)${failed}`,
  );
}

/** Any ordinary user with a line in /etc/passwd will do. */
export function unprivileged(): { uid: number; gid: number } {
  const users = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const named = ['postgres', 'nobody'].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  const [, , uid, gid] = named ?? users.find((fields) => Number(fields[2]) > 0) ?? [];
  if (uid === undefined) throw new Error('PostgreSQL does not run as root and /etc/passwd names nobody else');
  return { uid: Number(uid), gid: Number(gid) };
}

interface Supervisor {
  readonly child: ChildProcess;
  readonly waiting: Map<number, (reply: Reply) => void>;
  /** Called when the process of this number has ended. */
  readonly ends: Map<number, () => void>;
}
let supervisor: Supervisor | null = null;
let lastId = 0;

type Ask = SupervisorRequest extends infer R ? (R extends SupervisorRequest ? Omit<R, 'id'> : never) : never;

/** One request to this process's supervisor, which is started on the first. */
async function ask(request: Ask): Promise<Reply> {
  supervisor ??= startSupervisor();
  const { child, waiting } = supervisor;
  const id = ++lastId;
  child.ref();
  const reply = await new Promise<Reply>((answered) => {
    waiting.set(id, answered);
    child.stdin?.write(`${JSON.stringify({ ...request, id })}\n`);
  });
  if (waiting.size === 0) child.unref();
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply;
}

function startSupervisor(): Supervisor {
  // Its own session: a Ctrl-C at the terminal reaches the runner only, and the pipe tells the rest.
  const child = spawn(process.execPath, [...nodeArgs('drills/servers/supervisor'), roomiest()], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  const ends = new Map<number, () => void>();
  child.stdin.on('error', () => {});
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply;
    const answered = waiting.get(reply.id);
    waiting.delete(reply.id);
    answered?.(reply);
    if (reply.exited !== undefined) ends.get(reply.exited)?.();
  });
  child.once('exit', (code, signal) => {
    supervisor = null;
    for (const [id, answered] of waiting)
      answered({ id, error: `the supervisor of servers ended (${code ?? signal})` });
    for (const ended of ends.values()) ended();
    // The next one ends what this one could not.
    if (signal === 'SIGKILL') startSupervisor().child.stdin?.end();
  });
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref();
  return { child, waiting, ends };
}

/** In memory where there is room for it (a container often has 64 MB): a cluster is 25 MB, and disks are slow. */
function roomiest(): string {
  try {
    const { bavail, bsize } = fs.statfsSync('/dev/shm');
    fs.accessSync('/dev/shm', fs.constants.W_OK);
    if (bavail * bsize > 2 ** 30) return '/dev/shm';
  } catch {
    // Not on this system.
  }
  return os.tmpdir();
}

/** Ends every server this process has started and waits until they are gone. */
export async function endSupervisor(): Promise<void> {
  if (supervisor === null) return;
  const { child } = supervisor;
  child.ref();
  const gone = new Promise((done) => child.once('exit', done));
  child.stdin?.end();
  await gone;
}

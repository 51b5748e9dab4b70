/** Starts one server on a free port, for the supervisor. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** `PORT` in arguments and URL stands for a free port. */
export interface ProgramRequest {
  /** In words, for faults. */
  readonly name: string;
  readonly bin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  /** Its log has these words once it is ready. */
  readonly ready: string;
  readonly stopSignal: NodeJS.Signals;
  /** Written into its folder before the start. */
  readonly files: Readonly<Record<string, string>>;
}
export interface PostgresRequest {
  readonly binDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whom to run it as: PostgreSQL refuses root. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly settings: Readonly<Record<string, string>>;
  /** Written into the data folder before the start: `pg_hba.conf`, certificates. */
  readonly files: Readonly<Record<string, string>>;
  /** Make it a standby of the server with this URL. */
  readonly standbyOf: string | null;
}
export interface Server {
  readonly url: string;
  readonly pid: number;
  readonly stopSignal: NodeJS.Signals;
  readonly exited: Promise<void>;
}

const STARTS = 3;

export async function runProgram(
  room: string,
  { name, bin, args, env, url, ready, stopSignal, files }: ProgramRequest,
  own: (server: Server) => void,
): Promise<Server> {
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(room, name), text);
  // The log tells: a Redis with `--port 0 --tls-port …` has no plain port to ask.
  const isReady = () => fs.readFileSync(path.join(room, 'log'), 'utf8').includes(ready);
  return onFreePort(room, name, isReady, own, (port) => {
    const filled = args.map((arg) => arg.replace('PORT', port));
    const child = launch(room, bin, filled, { env: { ...process.env, ...env } });
    return { child, url: url.replace('PORT', port), stopSignal };
  });
}

/** Starts it anew where the port was taken before the server could bind it. */
async function onFreePort(
  room: string,
  name: string,
  isReady: () => boolean,
  own: (server: Server) => void,
  start: (port: string) => Pick<Server, 'url' | 'stopSignal'> & { readonly child: ChildProcess },
): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const { child, url, stopSignal } = start(String(await freePort()));
    if (child.pid === undefined) throw new Error(`cannot run ${child.spawnfile}`);
    const exited = new Promise<void>((done) => child.once('exit', () => done()));
    const server = { url, pid: child.pid, stopSignal, exited };
    own(server);
    if (await becomes(child, isReady)) return server;
    if (attempt === STARTS) throw new Error(`${name} did not start:\n${tail(room)}`);
  }
}

const POSTGRES_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // a long TMPDIR breaks the 107 characters of a socket's path
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  shared_buffers: '32MB',
  max_connections: '60',
  autovacuum: 'off',
  dynamic_shared_memory_type: 'mmap', // in its own folder, so that nothing is left in /dev/shm after a SIGKILL
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

/** No durability, user `warroom` (superuser) trusted from 127.0.0.1; settings given win. Ready when it takes connections. */
export async function startPostgres(
  room: string,
  template: string,
  request: PostgresRequest,
  own: (server: Server) => void,
): Promise<Server> {
  const data = path.join(room, 'pg');
  const options = postgresOptions(request, room);
  await fillDataDir(data, template, request, options);
  for (const [name, text] of Object.entries(request.files)) {
    fs.writeFileSync(path.join(data, name), text, { mode: 0o600 });
    if (request.user !== null) fs.chownSync(path.join(data, name), request.user.uid, request.user.gid);
  }
  const settings = Object.entries({ ...POSTGRES_SETTINGS, ...request.settings });
  return onFreePort(
    room,
    'postgres',
    () => isPostmasterReady(data),
    own,
    (port) => {
      const args = ['-D', data, '-p', port, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
      const child = launch(room, path.join(request.binDir, 'postgres'), args, options);
      // SIGQUIT is the immediate shutdown: no checkpoint, and it takes its backends along.
      return { child, url: `postgres://warroom@127.0.0.1:${port}/postgres`, stopSignal: 'SIGQUIT' };
    },
  );
}

/** Line 8 of postmaster.pid says `ready` (a standby: `standby`) once connections are taken; pg_ctl -w looks there too. */
const isPostmasterReady = (data: string): boolean =>
  ['ready', 'standby'].includes(
    fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() ?? '',
  );

function postgresOptions(request: PostgresRequest, home: string): SpawnOptions {
  const inherited = Object.entries(process.env).filter(([name]) => !/^PG[A-Z]+$/.test(name));
  const env = { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC', HOME: home, ...request.env };
  return { env, ...request.user };
}

async function fillDataDir(data: string, template: string, request: PostgresRequest, options: SpawnOptions) {
  if (request.standbyOf !== null) {
    makeOwned(data, request);
    const args = ['-D', data, '-d', request.standbyOf, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
    return finished(path.join(request.binDir, 'pg_basebackup'), args, { ...options, cwd: data });
  }
  // initdb takes half a second; one for all is copied in a few milliseconds.
  await (templates[template] ??= initdb(template, request, options));
  return finished('cp', ['-a', template, data], {});
}

const templates: Record<string, Promise<void>> = {};

async function initdb(dir: string, request: PostgresRequest, options: SpawnOptions): Promise<void> {
  makeOwned(dir, request);
  const args = ['-D', dir, '-U', 'warroom', '--auth=trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  const initdb = path.join(request.binDir, 'initdb');
  await finished(initdb, [...args, '--wal-segsize=1'], { ...options, cwd: dir });
}

function makeOwned(dir: string, { user }: PostgresRequest): void {
  fs.mkdirSync(dir, { mode: 0o700 });
  if (user !== null) fs.chownSync(dir, user.uid, user.gid);
}

function launch(room: string, program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const log = fs.openSync(path.join(room, 'log'), 'a');
  const child = spawn(program, args, { ...options, stdio: ['ignore', log, log], detached: true, cwd: room });
  fs.closeSync(log);
  child.on('error', (error) => fs.appendFileSync(path.join(room, 'log'), `${error.message}\n`));
  return child;
}

/** Waits until `ready`; false when the process has ended instead. */
async function becomes(child: ChildProcess, ready: () => boolean): Promise<boolean> {
  const give = Date.now() + 20_000;
  while (child.exitCode === null && child.signalCode === null && Date.now() < give) {
    try {
      if (ready()) return true;
    } catch {
      // The file is not there yet.
    }
    await sleep(10);
  }
  return false;
}

function finished(program: string, args: readonly string[], options: SpawnOptions): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (said += String(part)));
    child.on('error', failed);
    child.on('close', (code) =>
      code === 0 ? done() : failed(new Error(`${path.basename(program)} failed: ${said.slice(-800)}`)),
    );
  });
}

/** A port nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const server = net.createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => done(port));
    });
  });

const tail = (room: string): string =>
  fs.readFileSync(path.join(room, 'log'), 'utf8').split('\n').slice(-15).join('\n');

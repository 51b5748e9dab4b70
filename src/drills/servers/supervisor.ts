// Owns the processes of a drill, and private servers of tests. Its stdin is a pipe from whoever wants them: one request
// a line, and when that pipe closes (a normal stop, a crash, SIGKILL of the runner) every server ends and the temporary
// folder goes.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, isProcessAlive, signalFamily, workingDir } from './processes.ts';
import { startPostgres, runProgram, type PostgresRequest, type ProgramRequest, type Server } from './start.ts';

export type SupervisorRequest =
  | { readonly id: number; readonly start: 'program'; readonly program: ProgramRequest }
  | { readonly id: number; readonly start: 'postgres'; readonly postgres: PostgresRequest }
  | { readonly id: number; readonly stop: number };
export interface Reply {
  /** 0: not asked for. */
  readonly id: number;
  /** The process that has ended. */
  readonly exited?: number;
  readonly url?: string;
  readonly pid?: number;
  readonly dir?: string;
  readonly error?: string;
}

const PREFIX = 'warroom-svc-';
const base = process.argv[2] ?? '/tmp';
const servers = new Map<number, Server>();
const dir = makeDir();
let stopping = false;

for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {}); // Ctrl-C is the runner's; we follow the pipe
process.on('SIGTERM', () => void stopAll());
process.on('uncaughtException', (error) => {
  console.error(error);
  void stopAll();
});
process.stdout.on('error', () => {}); // the runner is gone; the end of stdin says so too
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => void serve(JSON.parse(line) as SupervisorRequest));
lines.on('close', () => void stopAll());

const tell = (reply: Reply): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);

const serve = async (request: SupervisorRequest): Promise<void> =>
  tell(await answer(request).catch((error: Error): Reply => ({ id: request.id, error: error.message })));

async function answer(request: SupervisorRequest): Promise<Reply> {
  const { id } = request;
  if ('stop' in request) {
    const server = servers.get(request.stop);
    if (server !== undefined) await end(server);
    return { id };
  }
  const room = fs.mkdtempSync(path.join(dir, `${request.start}-`));
  fs.chmodSync(room, 0o711);
  const server = await started(request, room);
  return { id, url: server.url, pid: server.pid, dir: room };
}

const started = (request: Extract<SupervisorRequest, { start: string }>, room: string): Promise<Server> =>
  request.start === 'program'
    ? runProgram(room, request.program, own)
    : startPostgres(room, path.join(dir, 'template'), request.postgres, own);

/** Called as soon as a server has a process, before it is ready: whatever comes then, it is ended with us. */
function own(server: Server): void {
  servers.set(server.pid, server);
  void server.exited.then(() => {
    servers.delete(server.pid);
    tell({ id: 0, exited: server.pid });
  });
  const pids = [...servers.keys()];
  fs.writeFileSync(path.join(dir, 'pids.json'), JSON.stringify({ supervisor: process.pid, pids }));
  if (stopping) void end(server);
}

async function end(server: Server): Promise<void> {
  signalFamily(server.pid, 'SIGCONT'); // a frozen server hears nothing but SIGKILL
  process.kill(server.pid, server.stopSignal);
  if ((await Promise.race([server.exited, sleep(3000, 'late')])) !== 'late') return;
  signalFamily(server.pid, 'SIGKILL');
  await server.exited;
}

async function stopAll(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await Promise.allSettled([...servers.values()].map(end));
  fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  process.exit(0);
}

function makeDir(): string {
  reapAbandoned();
  const made = fs.mkdtempSync(path.join(base, PREFIX));
  fs.chmodSync(made, 0o711); // PostgreSQL runs as another user when we are root
  return made;
}

/** What a supervisor that was itself killed with SIGKILL has left: its servers and its folder. */
function reapAbandoned(): void {
  for (const name of fs.readdirSync(base)) {
    if (!name.startsWith(PREFIX)) continue;
    const left = path.join(base, name);
    try {
      const { supervisor, pids } = JSON.parse(fs.readFileSync(path.join(left, 'pids.json'), 'utf8')) as {
        supervisor: number;
        pids: number[];
      };
      if (isSupervisor(supervisor)) continue;
      for (const pid of pids) if (workingDir(pid).startsWith(left)) signalFamily(pid, 'SIGKILL');
      fs.rmSync(left, { recursive: true, force: true });
    } catch {
      // Somebody else's, or just being made.
    }
  }
}

/** Alive and no other program under a number used again; a zombie has no command line. */
function isSupervisor(pid: number): boolean {
  return isProcessAlive(pid) && (process.platform !== 'linux' || commandLine(pid).includes('supervisor'));
}

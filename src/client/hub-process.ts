/** This machine's hub: found by its runtime file, or started in the background like tmux starts its server. */
import { spawn } from 'node:child_process';
import { link, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { get } from 'node:http';
import { get as getTls } from 'node:https';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isLeftBehind } from '../log/lock.ts';
import { isAlive, isElsewhere } from '../log/process-identity.ts';
import { readRuntime, runtimeFile, tokenFile, type Runtime } from '../protocol/runtime.ts';

export interface LocalHub extends Runtime {
  readonly token: string;
}
export interface StartOptions {
  readonly dataDir: string;
  /** Null: the hub looks for its configuration where it usually is. */
  readonly configDir: string | null;
  /** The program that understands `hub --background …`; this one unless told. */
  readonly program?: readonly [file: string, ...args: string[]];
  /** How long a hub may take until it listens, ms. */
  readonly patienceMs?: number;
  /** Told in words what is amiss with a hub before it. */
  readonly say?: (line: string) => void;
}

const PATIENCE = 15_000;
/** After our own child gave up, another console's hub may still be on its way, ms. */
const GRACE = 2_000;
const LOG_LINES = 60;
/** A hub says less than this of its health; who says more is none, characters. */
const LONGEST_HEALTH = 65_536;
/** Less room than this is none, bytes. */
const FULL = 64 * 1024;

/** This machine's hub could not be started; the message ends with what it said itself. */
export class NotStarted extends Error {}

/**
 * What the hub that runs on `dataDir` says of itself; null: none runs. What a hub that was killed left behind is
 * removed, and `say` told so: its port, and its process number, may be another program's by now.
 */
export async function runningHub(dataDir: string, say: (line: string) => void = () => {}): Promise<Runtime | null> {
  const file = runtimeFile(dataDir);
  const text = await readFile(file, 'utf8').catch(() => '');
  const runtime = readRuntime(text);
  if (runtime === null || isElsewhere(runtime)) return null;
  if (isAlive(runtime)) return runtime;
  if (await removeIf(file, text))
    say(`the hub of this machine (process ${runtime.pid}) was killed; ${file}, which it left behind, was removed`);
  return null;
}

/** Removes a file that holds `text`; not what a hub that started meanwhile put in its place. */
async function removeIf(file: string, text: string): Promise<boolean> {
  const aside = `${file}.${process.pid}.old`;
  try {
    await rename(file, aside);
    const isIt = (await readFile(aside, 'utf8')) === text;
    if (!isIt) await link(aside, file).catch(() => {});
    await rm(aside);
    return isIt;
  } catch {
    return false;
  }
}

/** The hub that runs on `dataDir` now and answers, and this machine's token; null when there is none. */
export async function findHub(dataDir: string, say?: (line: string) => void): Promise<LocalHub | null> {
  const runtime = await runningHub(dataDir, say);
  if (runtime === null || !(await answers(runtime.http))) return null;
  const token = await readFile(tokenFile(dataDir), 'utf8').catch(() => '');
  return token === '' ? null : { ...runtime, token: token.trim() };
}

/**
 * The hub of `dataDir`, started when none runs. Consoles that start at once end on the same hub: its data folder is
 * locked, and whoever comes second finds the first. Rejects with NotStarted.
 */
export async function findOrStartHub(options: StartOptions): Promise<LocalHub> {
  const { dataDir, patienceMs = PATIENCE } = options;
  const there = await findHub(dataDir, options.say);
  if (there) return there;
  const logFile = path.join(dataDir, 'hub.log');
  const { exited, logged } = await start(options, logFile);
  const deadline = performance.now() + patienceMs;
  let last = deadline;
  while (performance.now() < last) {
    const hub = await findHub(dataDir);
    if (hub) return hub;
    if (exited.at !== null) last = Math.min(deadline, exited.at + GRACE);
    await wait(20);
  }
  const log = (await readFile(logFile).catch(() => Buffer.alloc(0))).subarray(logged).toString('utf8').trimEnd();
  const lines = log.split('\n');
  const rest = lines.length > LOG_LINES ? `\n… all of it in ${logFile}` : '';
  const said = log === '' ? await silence(dataDir, logFile) : lines.slice(0, LOG_LINES).join('\n') + rest;
  throw new NotStarted(`the hub of this machine did not start:\n${said}`);
}

/** What to say of a hub that said nothing: on a full disk it cannot even do that. */
async function silence(dataDir: string, logFile: string): Promise<string> {
  const { bavail, bsize } = await statfs(dataDir);
  const full = bavail * bsize < FULL;
  return full ? `the disk of ${dataDir} is full: free some space there` : `it said nothing; its log is ${logFile}`;
}

/**
 * Where the hub of `dataDir` is now that the line to it broke: at its old place, at a new one, or started again if it
 * was one that consoles start (`background`) and was killed. Null: it was ended on purpose, or somebody else looks after it.
 */
export async function findAgain(options: StartOptions, background: boolean): Promise<LocalHub | null> {
  const there = await findHub(options.dataDir, options.say);
  if (there !== null || !background) return there;
  // A hub that ends on purpose takes its lock with it.
  return isLeftBehind(path.join(options.dataDir, 'hub.lock')) ? findOrStartHub(options) : null;
}

interface Started {
  /** When it gave up, if it does. */
  readonly exited: { at: number | null };
  /** Bytes of its log that are from hubs before it. */
  readonly logged: number;
}

/** Starts a hub that outlives this process. */
async function start({ dataDir, configDir, program }: StartOptions, logFile: string): Promise<Started> {
  const [file, ...args] = program ?? [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  const log = await open(logFile, 'a', 0o600);
  const exited: { at: number | null } = { at: null };
  const logged = (await log.stat()).size;
  try {
    const config = configDir === null ? [] : ['--config', configDir];
    const child = spawn(file, [...args, 'hub', '--background', '--data', dataDir, ...config], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.on('error', () => (exited.at = performance.now()));
    child.on('exit', () => (exited.at = performance.now()));
    child.unref();
  } finally {
    await log.close();
  }
  return { exited, logged };
}

/** Anything that speaks for a hub will do, also one that cannot write. */
const answers = async (http: string): Promise<boolean> => (await hubHealth(http)) !== null;

/**
 * What the hub at `http` says of its health; null: no hub answers there. Nothing secret goes there, so its certificate,
 * which may be made for another name, does not matter.
 */
export function hubHealth(http: string): Promise<Readonly<Record<string, unknown>> | null> {
  return new Promise((resolve) => {
    const ask = http.startsWith('https:') ? getTls : get;
    const request = ask(
      `${http}/healthz`,
      { signal: AbortSignal.timeout(5_000), rejectUnauthorized: false },
      (response) => {
        const isHub = response.statusCode === 200 || response.statusCode === 503;
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          if (text.length > LONGEST_HEALTH) request.destroy();
        });
        response.on('end', () => resolve(isHub ? readHealth(text) : null));
        response.on('close', () => resolve(null));
      },
    );
    request.on('error', () => resolve(null));
  });
}

function readHealth(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
}

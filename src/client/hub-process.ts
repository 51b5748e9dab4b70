/** This machine's hub: found by its runtime file, or started in the background. */
import { spawn } from 'node:child_process';
import { link, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { get } from 'node:http';
import { get as getTls } from 'node:https';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseJson } from '../incident/shapes.ts';
import { isLeftBehind } from '../log/lock.ts';
import { isAlive, isElsewhere } from '../log/process-identity.ts';
import { readRuntime, runtimeFile, tokenFile, type Runtime } from '../protocol/runtime.ts';

export interface LocalHub extends Runtime {
  readonly token: string;
}
interface StartOptions {
  readonly dataDir: string;
  readonly configDir: string | null;
  /** The program that understands `hub --background …`; this one by default. */
  readonly program?: readonly [file: string, ...args: string[]];
  /** How long a hub may take to listen, ms. */
  readonly patienceMs?: number;
  /** Reports the remains of an earlier hub. */
  readonly say?: (line: string) => void;
}

const PATIENCE = 15_000;
/** After our own child failed, another console's hub may still be starting, ms. */
const GRACE = 2_000;
const LOG_LINES = 60;
/** The health of a hub is shorter than this; a longer answer is not a hub's, characters. */
const LONGEST_HEALTH = 65_536;
/** A disk with less free space counts as full, bytes. */
const FULL = 64 * 1024;

/** This machine's hub could not be started; the message ends with the hub's own output. */
export class NotStarted extends Error {}

/**
 * The hub that runs on `dataDir`, whether it answers or not; null: none runs. The runtime file of a killed hub is removed
 * and reported, because its port and pid may be another program's by now.
 */
export async function runningHub(dataDir: string, say: (line: string) => void = () => {}): Promise<LocalHub | null> {
  const file = runtimeFile(dataDir);
  const text = await readFile(file, 'utf8').catch(() => '');
  const found = readRuntime(text);
  if (found === null || isElsewhere(found)) return null;
  const token = await readFile(tokenFile(dataDir), 'utf8').catch(() => '');
  const runtime = { ...found, token: token.trim() };
  if (isAlive(runtime)) return runtime;
  if (await removeIf(file, text))
    say(`the hub of this machine (process ${runtime.pid}) was killed; ${file}, which it left behind, was removed`);
  return null;
}

/** Removes a file if it holds `text`, and not what a new hub has replaced it with. */
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

/** The hub that runs on `dataDir` and answers; null when there is none. */
export async function findHub(dataDir: string, say?: (line: string) => void): Promise<LocalHub | null> {
  const hub = await runningHub(dataDir, say);
  return hub !== null && hub.token !== '' && (await hubHealth(hub.http)) !== null ? hub : null;
}

/**
 * The hub of `dataDir`, started when none runs. Consoles that start at the same time get the same hub, because its data
 * folder is locked. Rejects with NotStarted.
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

/** The likely reason of a hub that printed nothing: on a full disk it cannot. */
async function silence(dataDir: string, logFile: string): Promise<string> {
  const { bavail, bsize } = await statfs(dataDir);
  const full = bavail * bsize < FULL;
  return full ? `the disk of ${dataDir} is full: free some space there` : `it said nothing; its log is ${logFile}`;
}

/**
 * The hub of `dataDir` after the connection broke. A `background` hub that was killed is started again. Null: it was
 * ended on purpose, or it is not a background hub.
 */
export async function findAgain(options: StartOptions, background: boolean): Promise<LocalHub | null> {
  const there = await findHub(options.dataDir, options.say);
  if (there !== null || !background) return there;
  // A hub that ends on purpose takes its lock with it.
  return isLeftBehind(path.join(options.dataDir, 'hub.lock')) ? findOrStartHub(options) : null;
}

/** Starts a hub that outlives this process. `exited.at`: when it ended; `logged`: size of its log before. */
async function start({ dataDir, configDir, program }: StartOptions, logFile: string) {
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

/** The health of the hub at `http`; null: no hub answers. Nothing secret is sent, so any certificate is accepted. */
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
        response.on('end', () => resolve(isHub ? { ...(parseJson(text) as object) } : null));
        response.on('close', () => resolve(null));
      },
    );
    request.on('error', () => resolve(null));
  });
}

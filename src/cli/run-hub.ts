/** Assembles a hub from the configuration: journal, probes, listener. */
import { readFile, stat, readdir, readlink, writeFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { formatFault } from '../config/fault.ts';
import { parseListen } from '../config/warroom.ts';
import { fingerprint } from '../hub/runtime-file.ts';
import type { Hub, HubOptions } from '../hub/hub-options.ts';
import { startHub } from '../hub/hub.ts';
import { keepReserve, useReserve } from '../hub/reserve.ts';
import type { Tls } from '../hub/server.ts';
import type { HubSettings } from '../hub/settings.ts';
import { errorMessage } from '../incident/words.ts';
import { hasCode } from '../log/disk.ts';
import { openJournal, type Journal } from '../log/journal.ts';
import { Locked } from '../log/lock.ts';
import { atHub, isHub, type HubAddress } from '../probes/hub-target.ts';
import { hostsOf } from '../probes/target-hosts.ts';
import { IsolatedPoller } from '../probes/isolated-poller.ts';
import { steady, systemClock } from '../protocol/clock.ts';
import { answersFrom, runbooksOf } from './answers.ts';
import { EXIT, Exit, UsageError, type CliContext } from './command.ts';
import { readSettings, settings, unusable } from './paths.ts';
import { randomUnit, version } from './runtime.ts';

/** A background hub ends after this long with no open incident and nobody attached, ms. */
const IDLE_EXIT_MS = 60_000;

export async function runHub(context: CliContext, dir: string): Promise<Hub> {
  const config = await settings(context);
  const background = context.on('background');
  const given = context.text('listen');
  const listen = given === undefined ? config.hub.listen : parseListen(given);
  if (listen === null) throw new UsageError(`--listen takes HOST:PORT, not "${given}"`);
  const cert = context.text('tls-cert') ?? config.hub.tls?.cert;
  const key = context.text('tls-key') ?? config.hub.tls?.key;
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('TLS needs both --tls-cert and --tls-key');
  const certificate = async (): Promise<Tls | null> =>
    cert === undefined || key === undefined ? null : readTls(cert, key);
  const tls = await certificate();

  await assertPrivate(dir);
  useReserve(dir);
  const log = await openJournal({ dir }).catch((fault: unknown) => {
    if (fault instanceof Locked) throw new Exit(EXIT.refused, fault.message);
    const full = cannotWrite(dir, fault);
    if (full !== null) throw new Exit(EXIT.refused, full);
    if (fault instanceof Error && 'code' in fault) throw new Exit(EXIT.refused, unusable(dir, fault));
    throw fault;
  });
  const ours = await version();
  const start = (port: number): Promise<Hub> =>
    startHub({
      dataDir: dir,
      version: ours,
      listen: { host: listen.host, port },
      journal: log,
      ...hubSettings(config),
      ...polling(context, config, certificate),
      say: (line) => context.err(line),
      clock: steady(systemClock, (line) => context.err(line)),
      random: randomUnit,
      ...(tls === null ? {} : { tls }),
      insecure: context.on('insecure'),
      allowedOrigins: config.hub.origins,
      publicUrl: config.hub.publicUrl,
      rehearsal: context.text('drill') !== undefined,
      idleExitMs: background ? IDLE_EXIT_MS : null,
    });
  try {
    const isKept = background && given === undefined;
    const hub = isKept
      ? await onKeptPort(dir, listen.port, start, (line) => context.err(line))
      : await start(listen.port);
    tellOfCuts(context, log);
    void keepReserve(dir);
    return hub;
  } catch (fault) {
    await log.close();
    const full = cannotWrite(dir, fault);
    if (full !== null) throw new Exit(EXIT.refused, full);
    if (hasCode(fault, 'EADDRINUSE'))
      throw new Exit(
        EXIT.refused,
        `${listen.host}:${listen.port} is taken by ${await ownerOf(listen.port)}; another port: --listen ${listen.host}:0`,
      );
    throw new Exit(EXIT.refused, errorMessage(fault));
  }
}

/** Refuses a data folder others may write in: they could change the record and read the tokens. */
async function assertPrivate(dir: string): Promise<void> {
  const { mode, uid } = await stat(dir);
  const me = process.getuid?.() ?? uid;
  if (uid !== me && me !== 0) throw new Exit(EXIT.refused, `the data folder ${dir} belongs to another user`);
  if ((mode & 0o022) !== 0)
    throw new Exit(EXIT.refused, `others may write in the data folder ${dir}; run: chmod go-w ${dir}`);
}

const hubSettings = ({
  policy,
  targets,
  rules,
  oncall,
  templates,
  secrets,
  intake,
  receivers,
  links,
}: Config): HubSettings => ({
  secrets,
  intake,
  policy,
  rules,
  templates,
  links,
  receivers,
  oncall: oncall?.plan ?? null,
  targets: targets.map((target) => ({ ...target, own: isHub(target), hosts: hostsOf(target.settings) })),
});

/** The poller, what is answered from the configuration, and how both change when it is read again. */
function polling(
  context: CliContext,
  config: Config,
  certificate: () => Promise<Tls | null>,
): Pick<HubOptions, 'poller' | 'answering' | 'runbooks' | 'reload'> {
  let current = config;
  const runbooks = runbooksOf(() => current);
  let running: { readonly poller: IsolatedPoller; readonly hub: HubAddress } | null = null;
  return {
    answering: answersFrom(() => current, runbooks),
    runbooks: {
      read: runbooks,
      logs: () => current.logs,
      allowShell: context.on('allow-shell'),
      env: context.env,
      native: new URL(`../runbooks/native/index${path.extname(import.meta.filename)}`, import.meta.url).href,
    },
    poller(onReading, hub) {
      const targets = atHub(config.targets, hub);
      const poller = new IsolatedPoller({ targets, onReading, say: (line) => context.err(line) });
      running = { poller, hub };
      return poller;
    },
    async reload() {
      const read = await readSettings(context);
      // Without the source line, which may hold secrets that the person who asked must not see.
      if ('faults' in read) return { faults: read.faults.map((fault) => formatFault({ ...fault, source: null })) };
      const tls = await certificate().catch(errorMessage);
      if (typeof tls === 'string') return { faults: [tls] };
      const same = JSON.stringify(read.hub) === JSON.stringify(config.hub);
      const later = same ? null : 'what stands under hub: waits for the hub’s next start';
      return {
        ...hubSettings(read),
        tls,
        later,
        apply() {
          current = read;
          if (running === null) return;
          if (tls !== null) running = { ...running, hub: { ...running.hub, fingerprint: fingerprint(tls.cert) } };
          running.poller.retarget(atHub(read.targets, running.hub));
        },
      };
    },
  };
}

function tellOfCuts(context: CliContext, log: Journal): void {
  for (const { incident, file, byte, bytes } of log.cuts())
    context.err(`${incident}: ${bytes} bytes that were never acknowledged were cut off ${file} at byte ${byte}`);
}

/** The certificate and key in these files; they must match. */
async function readTls(certFile: string, keyFile: string): Promise<Tls> {
  const [cert, key] = [await pem(certFile), await pem(keyFile)];
  try {
    createSecureContext({ cert, key });
  } catch (fault) {
    throw new Exit(
      EXIT.faults,
      `${certFile} and ${keyFile} are no certificate and its key in PEM: ${errorMessage(fault)}`,
    );
  }
  return { cert, key };
}

const pem = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((fault: unknown) => {
    throw new Exit(EXIT.faults, `${file} cannot be read: ${errorMessage(fault)}`);
  });

const NO_WRITE: readonly (readonly [code: string, what: string])[] = [
  ['ENOSPC', 'its disk is full: free some space there'],
  ['EDQUOT', 'the quota there is used up: free some space'],
  ['EROFS', 'its file system is read-only, as after a fault of the disk: mend that'],
];

/** Why no hub can run on `dir`, not even read-only, and how to read the record meanwhile; null: another fault. */
function cannotWrite(dir: string, fault: unknown): string | null {
  const [, what] = NO_WRITE.find(([code]) => hasCode(fault, code)) ?? [];
  if (what === undefined) return null;
  return `the data folder ${dir} cannot be used, ${what} (${errorMessage(fault)}). To read the record meanwhile, copy the folder to where there is room: cp -r ${dir} COPY, then warroom --data COPY`;
}

const fileOf = (dataDir: string): string => path.join(dataDir, 'port');

/**
 * Starts on the port kept in this data folder, else on `configured`, else on any free one, which is then kept because
 * invitations contain it. Rejects as `start` does. `say` reports who holds a taken port.
 */
async function onKeptPort<T extends { readonly url: string }>(
  dataDir: string,
  configured: number,
  start: (port: number) => Promise<T>,
  say: (line: string) => void,
): Promise<T> {
  const kept = Number((await readFile(fileOf(dataDir), 'utf8').catch(() => '')).trim());
  for (const port of [kept, configured]) {
    if (!Number.isInteger(port) || port <= 0) continue;
    try {
      return await start(port);
    } catch (fault) {
      if (!hasCode(fault, 'EADDRINUSE')) throw fault;
      say(`port ${port} is taken by ${await ownerOf(port)}`);
    }
  }
  const hub = await start(0);
  const { port } = new URL(hub.url);
  await writeFile(fileOf(dataDir), `${port}\n`, { mode: 0o600 });
  say(`this hub listens on port ${port}, now and after a restart`);
  return hub;
}

/** Who listens on `port` of this machine, in words, as far as this user may see. */
async function ownerOf(port: number): Promise<string> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of (await readFile(table, 'utf8').catch(() => '')).split('\n')) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port) inodes.add(`socket:[${inode}]`);
    }
  const processes = inodes.size === 0 ? [] : await readdir('/proc').catch(() => []);
  for (const pid of processes.filter((name) => /^\d+$/.test(name)))
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => []))
      if (inodes.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
        return `process ${pid} (${await commandOf(pid)})`;
  return 'a process of another user';
}

const commandOf = async (pid: string): Promise<string> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    .replaceAll('\0', ' ')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim()
    .slice(0, 80);

/** `warroom hub`: the hub in the foreground, and `hub stop | status | reload`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { counted } from '../../incident/words.ts';
import { isAlive } from '../../log/process-identity.ts';
import { EXIT, Exit, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, DRILLS_MARK, madeDataDir, named } from '../paths.ts';
import { hubUrl } from '../address.ts';

/** How long a hub may take to write what it holds and end, ms. */
const STOP_MS = 30_000;

export default {
  usage: 'hub [--listen HOST:PORT] [--data DIR] [--config DIR] [--allow-shell]  |  hub stop | status | reload',
  about: 'run the hub in the foreground; stop, ask after or reload the one that runs',
  options: {
    background: { type: 'boolean' },
    drill: { type: 'string' },
    insecure: { type: 'boolean' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
  async run(context) {
    const [verb, ...rest] = context.args;
    if (rest.length > 0) throw context.wrong();
    if (verb === undefined) return serve(context);
    if (verb === 'stop') return stop(context);
    if (verb === 'status') return status(context);
    if (verb === 'reload') return reload(context);
    throw context.wrong();
  },
} satisfies CliCommand;

async function serve(context: CliContext): Promise<number> {
  const dir = await madeDataDir(context, EXIT.refused);
  const { runHub } = await import('../run-hub.ts');
  // A hub on the folder of drills must not page anybody for what the organisation's targets do.
  const isLookingBack = context.text('drill') === undefined && existsSync(path.join(dir, DRILLS_MARK));
  const text = (name: string): string | undefined => (name === 'drill' && isLookingBack ? '' : context.text(name));
  const hub = await runHub({ ...context, text }, dir);
  const end = (signal: string): void => void hub.close(`it was told to (${signal})`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
  // A hub outlives its terminal, so writing there may fail, and SIGHUP reloads instead of ending it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('SIGHUP', () => void hub.reload());
  // The first line comes after the signal handlers, so that a signal always ends the hub cleanly.
  const { url, httpUrl: http, token } = hub;
  const lines = [
    `the hub is at ${url}, its record in ${dir}`,
    'others join with what "warroom invite NAME" prints; Ctrl-C ends the hub',
  ];
  print(context, { ready: true, url, http, token, pid: process.pid }, context.on('background') ? [] : lines);
  const why = await hub.done;
  if (!context.json) context.err(`the hub ended: ${why}`);
  return EXIT.ok;
}

async function reload(context: CliContext): Promise<number> {
  const { askHub } = await import('../send-command.ts');
  return askHub(context, () => ({ kind: 'reload' }), 'the configuration was read again');
}

async function stop(context: CliContext): Promise<number> {
  if (named(context, 'hub', 'WARROOM_HUB') !== undefined)
    throw new UsageError('hub stop ends the hub of this machine, not one that --hub or WARROOM_HUB names');
  const { findHub } = await import('../../client/hub-process.ts');
  const runtime = await findHub(dataDir(context), (line) => context.err(line));
  if (runtime === null) throw new Exit(EXIT.unreachable, `no hub runs on this machine (${dataDir(context)})`);
  try {
    process.kill(runtime.pid, 'SIGTERM');
  } catch (fault) {
    throw new Exit(EXIT.refused, `the hub (pid ${runtime.pid}) cannot be stopped from here: ${String(fault)}`);
  }
  for (let waited = 0; waited < STOP_MS; waited += 50) {
    if (!isAlive(runtime)) {
      print(context, { stopped: runtime.pid }, [`the hub (pid ${runtime.pid}) has ended; the record stays`]);
      return EXIT.ok;
    }
    await wait(50);
  }
  throw new Exit(EXIT.refused, `the hub (pid ${runtime.pid}) was told to stop and is still running`);
}

/** The health of this machine's hub or of a named one; it needs no token. */
async function status(context: CliContext): Promise<number> {
  const { findHub, hubHealth } = await import('../../client/hub-process.ts');
  const given = named(context, 'hub', 'WARROOM_HUB');
  const runtime = given === undefined ? await findHub(dataDir(context), (line) => context.err(line)) : null;
  const url = runtime?.url ?? (given === undefined ? null : hubUrl(given).href.replace(/\/$/, ''));
  const said = url === null ? null : await hubHealth(url.replace(/^ws/, 'http'));
  if (said === null || typeof said['journal_lag'] !== 'number')
    throw new Exit(
      EXIT.unreachable,
      given === undefined ? `no hub runs on this machine (${dataDir(context)})` : `no hub answers at ${url}`,
    );
  const others = runtime === null || runtime.elsewhere === url ? '' : `, for others at ${runtime.elsewhere}`;
  const process = runtime === null ? '' : `, pid ${runtime.pid}, since ${runtime.startedAt}`;
  const damaged = said['records_damaged'];
  print(context, { ...said, url, ...(runtime && { elsewhere: runtime.elsewhere, pid: runtime.pid }) }, [
    `${String(said['status'])} at ${url}${others}${process}`,
    `${counted(Number(said['websocket_connections']), 'connection')}, ${counted(Number(said['incidents_open']), 'incident')} open`,
    ...(damaged === undefined
      ? []
      : [`records that are damaged and not served: ${String(damaged)}; "warroom list" names them`]),
  ]);
  return EXIT.ok;
}

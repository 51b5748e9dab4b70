/** The port of a background hub: the configured one, or, where that is taken, another one it then keeps. */
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../log/disk.ts';

const fileOf = (dataDir: string): string => path.join(dataDir, 'port');

/**
 * Starts on the port kept in this data folder, else on `configured`, else on any free one, which is then kept because
 * invitations contain it. Rejects as `start` does. `say` reports who holds a taken port.
 */
export async function onKeptPort<T extends { readonly url: string }>(
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
export async function ownerOf(port: number): Promise<string> {
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

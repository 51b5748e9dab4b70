/** Unpacks server programs through apt without installing anything: no root needed, nothing configured or started. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianDirs, isProgram, onPath, type PostgresPrograms, type RedisProgram } from './find.ts';

export type Package = 'redis-server' | 'postgresql' | 'prometheus-alertmanager';

/** Large or only wanted by maintainer scripts; the servers run without them. */
const LEFT_OUT =
  /^(libc6|libllvm|libz3|perl|libperl|logrotate|cron|ssl-cert|ucf|openssl|adduser|tzdata|debconf|sensible-utils|media-types|lsb-)/;

/**
 * Downloads (apt verifies) and unpacks what is missing into a cache, once.
 * Answers what it found; an empty object where there is no apt.
 */
export async function fromApt(
  missing: readonly Package[],
  log: (line: string) => void,
): Promise<{ redis?: RedisProgram; postgres?: PostgresPrograms; alertmanager?: { readonly bin: string } }> {
  if (process.env['WARROOM_NO_APT'] !== undefined || !onPath('apt-get') || !onPath('dpkg-deb')) return {};
  const base = cacheDir();
  const root = path.join(base, 'root');
  await withLock(`${base}.lock`, () => {
    const need = missing.filter((name) => !isUnpacked(root, name));
    if (need.length > 0) unpack(base, root, need, log);
  });
  const env = { LD_LIBRARY_PATH: libraryPath(root) };
  const binDir = debianDirs(path.join(root, 'usr/lib/postgresql'))[0];
  return {
    ...(isUnpacked(root, 'redis-server') && { redis: { bin: path.join(root, 'usr/bin/redis-server'), env } }),
    ...(binDir !== undefined && { postgres: { binDir, env } }),
    ...(isUnpacked(root, 'prometheus-alertmanager') && { alertmanager: { bin: alertmanagerIn(root) } }),
  };
}

const alertmanagerIn = (root: string): string => path.join(root, 'usr/bin/prometheus-alertmanager');

function isUnpacked(root: string, name: Package): boolean {
  if (name === 'redis-server') return isProgram(path.join(root, 'usr/bin/redis-server'));
  if (name === 'prometheus-alertmanager') return isProgram(alertmanagerIn(root));
  return debianDirs(path.join(root, 'usr/lib/postgresql')).some((dir) => isProgram(path.join(dir, 'postgres')));
}

/** As root the programs run as another user, who cannot look into root's home: hence /var/tmp. */
function cacheDir(): string {
  const isRoot = process.getuid?.() === 0;
  const home = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const base = process.env['WARROOM_SERVICES_DIR'] ?? path.join(isRoot ? '/var/tmp' : home, 'warroom-servers');
  fs.mkdirSync(base, { recursive: true, mode: 0o755 });
  // Programs from here are about to be run: somebody else's folder of that name in a shared place is refused.
  if (fs.statSync(base).uid !== process.getuid?.())
    throw new Error(`${base} belongs to somebody else; remove it or set WARROOM_SERVICES_DIR`);
  return base;
}

function unpack(base: string, root: string, need: readonly Package[], log: (line: string) => void): void {
  log(`unpacking ${need.join(', ')} from apt into ${base} (once)`);
  for (const dir of ['state/lists/partial', 'cache/archives/partial', 'root'])
    fs.mkdirSync(path.join(base, dir), { recursive: true });
  const status = process.env['WARROOM_DPKG_STATUS'] ?? '/var/lib/dpkg/status';
  const settings = [
    `Dir::State=${base}/state`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${base}/cache`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
  ].flatMap((setting) => ['-o', setting]);
  run('apt-get', ['-q', ...settings, 'update']);
  run('apt-get', ['-q', ...settings, 'install', '-y', '--download-only', '--no-install-recommends', ...need]);
  const archives = path.join(base, 'cache/archives');
  for (const file of fs.readdirSync(archives))
    if (file.endsWith('.deb') && !LEFT_OUT.test(file)) run('dpkg-deb', ['-x', path.join(archives, file), root]);
  for (const dir of ['cache', 'state']) fs.rmSync(path.join(base, dir), { recursive: true, force: true });
}

function run(program: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const done = spawnSync(program, args, { encoding: 'utf8', env });
  if (done.status !== 0)
    throw new Error(`${program} ${args.at(-1)} failed:\n${(done.stdout + done.stderr).slice(-1500)}`);
}

function libraryPath(root: string): string {
  const triplet = fs.readdirSync(path.join(root, 'usr/lib')).find((name) => name.includes('-linux-gnu'));
  if (triplet === undefined) return '';
  return [path.join(root, 'usr/lib', triplet), path.join(root, 'lib', triplet)].join(':');
}

/** Two runs at once unpack once: making a folder is the lock, and one left by a dead run is taken over. */
async function withLock(lock: string, work: () => void): Promise<void> {
  const stale = 5 * 60_000;
  for (;;) {
    try {
      fs.mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const age = Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > stale) fs.rmSync(lock, { recursive: true, force: true });
      await sleep(100);
    }
  }
  try {
    work();
  } finally {
    fs.rmSync(lock, { recursive: true, force: true });
  }
}

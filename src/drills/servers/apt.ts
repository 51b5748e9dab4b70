/** Unpacks server programs through apt without installing anything: no root needed, nothing configured or started. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianDirs, isProgram, onPath, type ServerProgram } from './find.ts';

/** Package -> the program in the folder that it was unpacked into. */
const PROGRAMS = {
  'redis-server': (root: string) => [path.join(root, 'usr/bin/redis-server')].find(isProgram),
  'prometheus-alertmanager': (root: string) => [path.join(root, 'usr/bin/prometheus-alertmanager')].find(isProgram),
  postgresql: (root: string) =>
    debianDirs(path.join(root, 'usr/lib/postgresql')).find((dir) => isProgram(path.join(dir, 'postgres'))),
};

/** Large or only wanted by maintainer scripts; the servers run without them. */
const LEFT_OUT =
  /^(libc6|libllvm|libz3|perl|libperl|logrotate|cron|ssl-cert|ucf|openssl|adduser|tzdata|debconf|sensible-utils|media-types|lsb-)/;

/** Downloads (apt verifies) and unpacks a package into a cache, once; null: there is no apt, or not this program. */
export async function fromApt(name: keyof typeof PROGRAMS, log: (line: string) => void): Promise<ServerProgram | null> {
  if (process.env['WARROOM_NO_APT'] !== undefined || !onPath('apt-get') || !onPath('dpkg-deb')) return null;
  const base = cacheDir();
  const root = path.join(base, 'root');
  await withLock(`${base}.lock`, () => {
    if (PROGRAMS[name](root) === undefined) unpack(base, root, name, log);
  });
  const found = PROGRAMS[name](root);
  return found === undefined ? null : { path: found, env: { LD_LIBRARY_PATH: libraryPath(root) } };
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

function unpack(base: string, root: string, name: string, log: (line: string) => void): void {
  log(`unpacking ${name} from apt into ${base} (once)`);
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
  run('apt-get', ['-q', ...settings, 'install', '-y', '--download-only', '--no-install-recommends', name]);
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

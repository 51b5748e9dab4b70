/** Finds the server programs on this machine: by environment, on PATH, in the places packages put them. */
import fs from 'node:fs';
import path from 'node:path';
import { listDirectory } from '../../config/text-file.ts';

/** A program, or of PostgreSQL the folder with `postgres` and `initdb`; and the environment that it needs to run. */
export interface ServerProgram {
  readonly path: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** True for a file this user may run. */
export function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The full path of a program on PATH. */
export const onPath = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((dir) => path.join(dir, name))
    .find(isProgram);

/** `WARROOM_REDIS_BIN`, else redis-server, valkey-server or keydb-server on PATH or in the usual folders. */
export function findRedis(): string | null {
  const asked = process.env['WARROOM_REDIS_BIN'];
  if (asked !== undefined) return isProgram(asked) ? asked : null;
  const usual = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin'].map((dir) => `${dir}/redis-server`);
  return ['redis-server', 'valkey-server', 'keydb-server'].map(onPath).find(Boolean) ?? usual.find(isProgram) ?? null;
}

/** `WARROOM_PG_BINDIR`, else the folder of `postgres` on PATH, else Debian's and Homebrew's folders, newest first. */
export function findPostgres(): string | null {
  const asked = process.env['WARROOM_PG_BINDIR'];
  const dirs = asked === undefined ? usualPostgresDirs() : [asked];
  return dirs.find((dir) => isProgram(path.join(dir, 'postgres')) && isProgram(path.join(dir, 'initdb'))) ?? null;
}

function usualPostgresDirs(): string[] {
  const found = onPath('postgres');
  // A link on PATH often has no initdb or pg_basebackup beside it; its target does.
  const fromPath = found === undefined ? [] : [path.dirname(fs.realpathSync(found)), path.dirname(found)];
  return [
    ...fromPath,
    ...debianDirs('/usr/lib/postgresql'),
    '/opt/homebrew/opt/postgresql/bin',
    '/usr/local/pgsql/bin',
  ];
}

/** Debian keeps each major version in its own folder; the newest first. */
export const debianDirs = (root: string): string[] =>
  listDirectory(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(root, version, 'bin'));

/** Reads configuration files as text, and finds rule files by pattern. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { compilePattern, MAX_PATTERN } from '../rules/regex.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
  /** Why there is no text, though there is a file. */
  readonly unread?: string;
}

/** Larger files are not read, bytes. */
const MAX_BYTES = 4_000_000;

/** Null when there is no such file. */
export function readText(file: string): TextFile | null {
  try {
    if (statSync(file).size > MAX_BYTES) return { path: file, text: '', unread: `larger than ${MAX_BYTES} bytes` };
    return { path: file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : { path: file, text: '', unread: code };
  }
}

/** The files that match a `rule_files` pattern, relative to the file `from`. */
export function findRuleFiles(from: string, pattern: string): TextFile[] {
  const whole = path.isAbsolute(pattern) ? pattern : path.join(path.dirname(from), pattern);
  return findPaths(whole).flatMap((file) => readText(file) ?? []);
}

/** What an absolute pattern may mean (`*` and `?` within a part of the path), sorted; without these it need not exist. */
export function findPaths(whole: string): readonly string[] {
  const { root } = path.parse(whole);
  let found = [root];
  for (const part of whole.slice(root.length).split(path.sep)) {
    found = /[*?]/.test(part)
      ? found.flatMap((dir) =>
          listDirectory(dir)
            .filter(globPattern(part))
            .map((name) => path.join(dir, name)),
        )
      : found.map((dir) => path.join(dir, part));
  }
  return found.toSorted();
}

/** The names in a folder; none where it cannot be read. */
export function listDirectory(dir: string): string[] {
  try {
    return readdirSync(dir === '' ? '.' : dir);
  } catch {
    return [];
  }
}

/** Shell-like matching in linear time. A pattern that is too long matches nothing. */
function globPattern(part: string): (name: string) => boolean {
  const pattern = part
    .replaceAll(/[^\w*?]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return pattern.length > MAX_PATTERN ? () => false : compilePattern(pattern);
}

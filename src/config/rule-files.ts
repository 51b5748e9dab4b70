/** Finds rule files on disk by the patterns that test files use. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { compilePattern, MAX_PATTERN } from '../rules/regex.ts';
import { readText, type TextFile } from './text-file.ts';

/** Files a `rule_files` pattern (`*` and `?` within a part of the path) names, seen from the test file at `from`. */
export function findRuleFiles(from: string, pattern: string): TextFile[] {
  const whole = path.isAbsolute(pattern) ? pattern : path.join(path.dirname(from), pattern);
  const { root } = path.parse(whole);
  let found = [root];
  for (const part of whole.slice(root.length).split(path.sep)) {
    found = /[*?]/.test(part)
      ? found.flatMap((dir) =>
          list(dir)
            .filter(globPattern(part))
            .map((name) => path.join(dir, name)),
        )
      : found.map((dir) => path.join(dir, part));
  }
  return found.toSorted().flatMap((file) => readText(file) ?? []);
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir === '' ? '.' : dir);
  } catch {
    return [];
  }
}

/** Shell-like matching, in time linear to the name's length. A part that is too long for a pattern matches nothing. */
function globPattern(part: string): (name: string) => boolean {
  const pattern = part
    .replaceAll(/[^\w*?]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return pattern.length > MAX_PATTERN ? () => false : compilePattern(pattern);
}

/** Finds rule files on disk by the patterns that test files use. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
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
            .filter((name) => fits(part, name))
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

/** Shell-like matching without going back more than to the last star. */
function fits(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] === name[n] && pattern[p] !== '*'))) {
      p += 1;
      n += 1;
    } else if (pattern[p] === '*') {
      star = p;
      mark = n;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      n = mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** The runbooks of a configuration: its own, and the shipped ones that it does not replace by one of the same name. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../config/text-file.ts';
import { runbookFile } from '../incident/runbook.ts';
import type { RuleDoubt } from '../rules/lint.ts';
import type { Rule } from '../rules/rule.ts';
import { readRunbook, type ReadRunbook } from './document.ts';
import { ENDING, nameOf } from './find.ts';
import type { Runbook } from './runbook.ts';

/** More files than this are not looked at. */
const MAX_FILES = 5_000;

export interface RunbookFile {
  readonly name: string;
  readonly path: string;
}

/** `dirs`: the folders of configuration; the first goes before the others. By name. */
export function runbookFiles(dirs: readonly string[]): readonly RunbookFile[] {
  const found = new Map<string, RunbookFile>();
  for (const dir of dirs)
    for (const file of filesIn(path.join(dir, 'runbooks'))) if (!found.has(file.name)) found.set(file.name, file);
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files of a folder and of the folders in it. Links to folders are not followed: they may go in circles. */
function filesIn(root: string): RunbookFile[] {
  const files: RunbookFile[] = [];
  const waiting = [''];
  for (let at = 0; at < waiting.length && files.length < MAX_FILES; at++) {
    const folder = waiting[at] ?? '';
    for (const entry of entriesOf(path.join(root, folder))) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith('.') && waiting.length < MAX_FILES) waiting.push(relative);
      else if ((entry.isFile() || entry.isSymbolicLink()) && ENDING.test(entry.name))
        files.push({ name: relative.replace(ENDING, ''), path: path.join(root, relative) });
    }
  }
  return files.slice(0, MAX_FILES);
}

function entriesOf(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Null: there is no such file any more. */
export function readRunbookFile({ name, path: file }: RunbookFile): ReadRunbook | null {
  const text = readText(file);
  return text && readRunbook(text, name);
}

/** All of them that can be read, without their faults. */
export const readRunbooks = (dirs: readonly string[]): readonly Runbook[] =>
  runbookFiles(dirs).flatMap((file) => readRunbookFile(file)?.runbook ?? []);

/** A file that is named by itself: `docs/cache.md` is the runbook `cache`. */
export const singleFile = (file: string): RunbookFile => ({
  name: path.basename(file).replace(ENDING, ''),
  path: file,
});

/** The rules whose runbook is in none of the folders. A link may lead elsewhere. */
export function missingRunbooks(rules: readonly Rule[], dirs: readonly [string, ...string[]]): RuleDoubt[] {
  const names = runbookFiles(dirs).map(({ name }) => name);
  return rules.flatMap((rule) => {
    const file = rule.runbook === null ? null : runbookFile(rule.runbook);
    if (file === null || nameOf(names, rule.runbook ?? '') !== null) return [];
    return [{ rule, location: rule.runbookLocation, message: `its runbook is not there: ${path.join(dirs[0], file)}` }];
  });
}

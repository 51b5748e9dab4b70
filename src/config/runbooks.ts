/** Are the runbooks there that rules name. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runbookFile } from '../incident/runbook.ts';
import type { RuleDoubt } from '../rules/lint.ts';
import type { Rule } from '../rules/rule.ts';
import { shippedDir } from './config.ts';

/** Rules that name a file which stands neither in the folder `dir` nor among the shipped ones, each with which. */
export function missingRunbooks(rules: readonly Rule[], dir: string): RuleDoubt[] {
  return rules.flatMap((rule) => {
    const file = rule.runbook === null ? null : runbookFile(rule.runbook);
    const isThere = file === null || [dir, shippedDir()].some((folder) => existsSync(path.join(folder, file)));
    const message = `its runbook is not there: ${path.join(dir, file ?? '')}`;
    return isThere ? [] : [{ rule, location: rule.runbookLocation, message }];
  });
}

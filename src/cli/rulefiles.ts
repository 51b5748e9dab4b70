/** Rules and their unit tests read from files, and what is said about them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { formatFault } from '../config/fault.ts';
import { findRuleFiles, readText } from '../config/rulefiles.ts';
import { loadRules } from '../config/rules.ts';
import { runRuleTests, type RuleTestFailure } from '../config/ruletest.ts';
import type { TextFile } from '../config/yamlfile.ts';
import { EXIT, UsageError, type Context } from './command.ts';
import { named } from './places.ts';

type Output = Pick<Context, 'json' | 'out' | 'err'>;

/** Parses rules; every fault with its place and a caret. */
export function rulesCheck({ json, out, err }: Output, files: readonly string[]): number {
  const { rules, faults } = loadRules(read(files));
  if (json) out(JSON.stringify({ rules: rules.length, faults }));
  for (const fault of json ? [] : faults) err(formatFault(fault));
  if (!json) out(`${count(rules.length, 'rule')}, ${count(faults.length, 'fault')} in ${files.join(', ')}`);
  return faults.length === 0 ? EXIT.ok : EXIT.faults;
}

/** Runs rule unit tests; each failure with what was expected and what came. */
export function rulesTest({ json, out, err }: Output, files: readonly string[]): number {
  const report = runRuleTests(read(files), findRuleFiles);
  if (json) out(JSON.stringify(report));
  for (const failure of json ? [] : report.failures) err(showFailure(failure));
  if (!json) out(`${report.passed} passed, ${report.failed} failed`);
  return report.failed === 0 ? EXIT.ok : EXIT.faults;
}

function showFailure({ file, test, evalTime, alert, expected, got }: RuleTestFailure): string {
  const where = test === '' ? file : `${file} ${test} at ${evalTime}${alert === '' ? '' : `: ${alert}`}`;
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return `${where}\n    expected ${text(expected)}\n    got      ${text(got)}`;
}

function read(files: readonly string[]): TextFile[] {
  return files.map((file) => {
    const text = readText(file);
    if (text === null) throw new UsageError(`cannot read ${file}`);
    return text;
  });
}

/** `alerts.yaml` of the configuration in use, else the shipped one. */
export function defaultFile(context: Context): string {
  const { env } = context;
  const given = named(context, 'config', 'WARROOM_CONFIG');
  const home = env['XDG_CONFIG_HOME'] ?? path.join(env['HOME'] ?? '', '.config');
  const dirs = given === undefined ? [path.join(home, 'warroom'), 'config'] : [given];
  const found = [...dirs, shipped()].map((dir) => path.join(dir, 'alerts.yaml')).find((file) => existsSync(file));
  if (found === undefined) throw new UsageError('there is no alerts.yaml; name a file');
  return found;
}

function shipped(): string {
  let dir = import.meta.dirname;
  while (!existsSync(path.join(dir, 'config', 'alerts.yaml')) && path.dirname(dir) !== dir) dir = path.dirname(dir);
  return path.join(dir, 'config');
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

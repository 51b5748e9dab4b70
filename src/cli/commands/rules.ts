/** `warroom rules check` and `warroom rules test`: rules and their unit tests, read without a hub. */
import { existsSync } from 'node:fs';
import { alertFiles, configDir } from '../../config/config.ts';
import { formatFault } from '../../config/fault.ts';
import { findRuleFiles } from '../../config/rule-files.ts';
import { loadRules } from '../../config/load-rules.ts';
import { runRuleTests, type RuleTestFailure } from '../../config/rule-test.ts';
import { readText, type TextFile } from '../../config/text-file.ts';
import { probeMetrics } from '../../probes/index.ts';
import { doubtsOf } from '../../rules/lint.ts';
import { count, EXIT, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { request } from '../settings.ts';

export default {
  usage: 'rules check [FILE…] | rules test FILE…',
  about: 'check alert rules, or run rule unit tests; in the format of promtool test rules',
  run: async (context) => {
    const [what, ...files] = context.args;
    if (what !== 'check' && what !== 'test') throw context.wrong('rules needs "check" or "test"');
    if (what === 'test' && files.length === 0) throw new UsageError('rules test needs at least one file');
    return what === 'test' ? rulesTest(context, files) : rulesCheck(context, files);
  },
} satisfies CliCommand;

/**
 * Parses rules, without names those of the configuration in use; every fault with its place and a caret. Metrics that are
 * not known are no fault: nothing is asked here who could give them. A name one letter off is worth a word.
 */
export async function rulesCheck(context: Omit<CliContext, 'wrong'>, names: readonly string[]): Promise<number> {
  const { json, out, err } = context;
  const files = names.length > 0 ? read(names) : configured(context);
  const { rules, faults } = loadRules(files);
  const warnings = doubtsOf(rules, await probeMetrics()).map(({ rule, location: { file, line, column }, message }) => ({
    file,
    line,
    column,
    rule: rule.name,
    message,
  }));
  if (json) out(JSON.stringify({ rules: rules.length, faults, warnings }));
  for (const fault of json ? [] : faults) err(formatFault(fault));
  for (const { file, line, column, rule, message } of json ? [] : warnings)
    err(`${file}:${line}:${column}: look at the rule "${rule}": ${message}`);
  if (!json)
    out(
      `${count(rules.length, 'rule')}, ${count(faults.length, 'fault')} in ${files.map((file) => file.path).join(', ')}`,
    );
  return faults.length === 0 ? EXIT.ok : EXIT.faults;
}

/** Runs rule unit tests; each failure with what was expected and what came. */
export function rulesTest(
  { json, out, err }: Pick<CliContext, 'json' | 'out' | 'err'>,
  files: readonly string[],
): number {
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

function configured(context: Pick<CliContext, 'text' | 'env'>): readonly TextFile[] {
  const dir = configDir(request(context));
  if (!existsSync(dir)) throw new UsageError(`there is no folder ${dir}`);
  return alertFiles(dir);
}

function read(files: readonly string[]): TextFile[] {
  return files.map((file) => {
    const text = readText(file);
    if (text === null) throw new UsageError(`cannot read ${file}`);
    return text;
  });
}

/** `warroom rules check` and `warroom rules test`: rules and their unit tests, read without a hub. */
import { existsSync } from 'node:fs';
import { alertFiles, configDir } from '../../config/config.ts';
import { formatFault } from '../../config/fault.ts';
import { loadRules } from '../../config/load-rules.ts';
import { runRuleTests, type RuleTestFailure } from '../../config/rule-test.ts';
import { findRuleFiles, readText, type TextFile } from '../../config/text-file.ts';
import { counted } from '../../incident/words.ts';
import { probeMetrics } from '../../probes/index.ts';
import { doubtsOf, type RuleDoubt } from '../../rules/lint.ts';
import {
  EXIT,
  pickFields,
  print,
  UsageError,
  type CliCommand,
  type CliContext,
  type OptionSource,
} from '../command.ts';
import { request } from '../paths.ts';

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

type Output = Pick<CliContext, 'json' | 'out' | 'err'>;

/**
 * Parses rules, without names those of the configuration. Faults have their place and a caret. An unknown metric is only
 * a warning, and only if a known name is close, because no target is polled here.
 */
export async function rulesCheck(context: Output & OptionSource, names: readonly string[]): Promise<number> {
  const files = names.length > 0 ? read(names) : configured(context);
  const { rules, faults } = loadRules(files);
  const warnings = doubtsOf(rules, await probeMetrics()).map(doubtJson);
  const looks = warnings.map(
    ({ file, line, column, rule, message }) => `${file}:${line}:${column}: look at the rule "${rule}": ${message}`,
  );
  for (const line of context.json ? [] : [...faults.map(formatFault), ...looks]) context.err(line);
  const where = files.map((file) => file.path).join(', ');
  const summary = `${counted(rules.length, 'rule')}, ${counted(faults.length, 'fault')} in ${where}`;
  print(context, { rules: rules.length, faults, warnings }, [summary]);
  return faults.length === 0 ? EXIT.ok : EXIT.faults;
}

export function rulesTest(context: Output, files: readonly string[]): number {
  const report = runRuleTests(read(files), findRuleFiles);
  for (const failure of context.json ? [] : report.failures) context.err(showFailure(failure));
  print(context, report, [`${report.passed} passed, ${report.failed} failed`]);
  return report.failed === 0 ? EXIT.ok : EXIT.faults;
}

export const doubtJson = ({ rule, message, location }: RuleDoubt) => ({
  rule: rule.name,
  message,
  ...pickFields(location, 'file', 'line', 'column'),
});

function showFailure({ file, test, evalTime, alert, expected, got }: RuleTestFailure): string {
  const where = test === '' ? file : `${file} ${test} at ${evalTime}${alert === '' ? '' : `: ${alert}`}`;
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return `${where}\n    expected ${text(expected)}\n    got      ${text(got)}`;
}

function configured(context: OptionSource): readonly TextFile[] {
  const dir = configDir(request(context));
  if (!existsSync(dir)) throw new UsageError(`there is no folder ${dir}`);
  return alertFiles(dir);
}

const read = (files: readonly string[]): TextFile[] =>
  files.map((file) => {
    const text = readText(file);
    if (text === null) throw new UsageError(`cannot read ${file}`);
    return text;
  });

/** `warroom runbook list | show | check`, which read the runbooks of the configuration without a hub; and `run`. */
import { configDir, shippedDir } from '../../config/config.ts';
import { formatFault, shownSource, type ConfigFault } from '../../config/fault.ts';
import { suggestion } from '../../incident/fuzzy.ts';
import { counted } from '../../incident/words.ts';
import type { RunbookFault } from '../../runbooks/document.ts';
import { findRunbook, runbookFor, type FoundRunbook } from '../../runbooks/find.ts';
import { readRunbookFile, readRunbooks, runbookFiles, singleFile, type RunbookFile } from '../../runbooks/folder.ts';
import { stepsIn, type Runbook, type ParsedStep } from '../../runbooks/runbook.ts';
import { targetFaults, type NamedTarget } from '../../runbooks/targets.ts';
import { oneLine } from '../../terminal/text.ts';
import {
  EXIT,
  pickFields,
  print,
  UsageError,
  type CliCommand,
  type CliContext,
  type OptionSource,
} from '../command.ts';
import { readSettings, request } from '../paths.ts';

export default {
  usage:
    'runbook list | show NAME | check [FILE…] | run NAME STEP [--param k=v …] [--target NAME] [--dry-run] [--confirm TEXT] | approve REF | stop REF',
  about: 'list, show, check and run runbooks; NAME may also be an alert, or the link to a runbook',
  options: { param: { type: 'string', multiple: true } },
  async run(context) {
    const [what, ...words] = context.args;
    if (what === 'list' && words.length === 0) return list(context);
    if (what === 'show' && words.length > 0) return show(context, words.join(' '));
    if (what === 'check') return check(context, words);
    if (what === 'run') return (await import('../runbook-run.ts')).runStep(context, words);
    if (what === 'approve' || what === 'stop') return (await import('../runbook-run.ts')).settle(context, what, words);
    throw context.wrong('runbook needs "list", "show NAME", "check", "run NAME STEP", "approve REF" or "stop REF"');
  },
} satisfies CliCommand;

/** The folder of configuration, and the shipped one for what it does not have. */
const dirsOf = (context: OptionSource): readonly string[] => [...new Set([configDir(request(context)), shippedDir()])];

function list(context: CliContext): number {
  const runbooks = readRunbooks(dirsOf(context));
  const json = runbooks.map((runbook) => ({ ...headOf(runbook), file: runbook.file, ...countsOf(runbook.steps) }));
  const wide = Math.max(0, ...runbooks.map(({ name }) => name.length));
  const lines = runbooks.map((runbook) => {
    const { steps, runs } = countsOf(runbook.steps);
    const alerts = runbook.alerts.length === 0 ? '' : `, for ${runbook.alerts.join(', ')}`;
    const title = `${runbook.title} (${counted(steps, 'step')}, ${runs} can be run${alerts})`;
    return oneLine(`${runbook.name.padEnd(wide)}  ${runbook.severity ?? '     '}  ${title}`);
  });
  print(context, json, lines);
  return EXIT.ok;
}

/** The contract's keys; `alert` is the first of `alerts`. */
const headOf = (runbook: Runbook) => ({
  ...pickFields(runbook, 'name', 'title', 'alerts', 'severity'),
  alert: runbook.alerts[0] ?? null,
});

const countsOf = (steps: readonly ParsedStep[]) => ({
  steps: steps.length,
  runs: steps.filter(({ isExecutable }) => isExecutable).length,
});

function show(context: CliContext, reference: string): number {
  const { runbook, section } = found(context, reference);
  const steps = stepsIn(runbook, section);
  const json = {
    ...headOf(runbook),
    file: runbook.file,
    section: section?.anchor ?? null,
    params: [...runbook.params.values()],
    escalations: runbook.escalations,
    links: Object.fromEntries(runbook.links),
    steps: steps.map((step) => ({
      ...pickFields(step, 'name', 'kind', 'language', 'text', 'params'),
      executable: step.isExecutable,
      ...pickFields(step, 'target', 'uses', 'output', 'line'),
    })),
  };
  const text = runbook.text.split('\n').slice((section?.line ?? 1) - 1, section?.endLine);
  print(context, json, [...headLines(runbook), ...steps.map(stepLine), '', text.join('\n').trim()]);
  return EXIT.ok;
}

function found(context: CliContext, reference: string): FoundRunbook {
  const runbooks = readRunbooks(dirsOf(context));
  const one = findRunbook(runbooks, reference) ?? runbookFor(runbooks, { rule: reference, runbook: null });
  if (one !== null) return one;
  const known = runbooks.map(({ name }) => name);
  throw new UsageError(`there is no runbook "${reference}"${suggestion(reference, known)} (warroom runbook list)`);
}

function headLines({ title, file, alerts, severity, params }: Runbook): readonly string[] {
  const about = [
    ...(severity === null ? [] : [severity]),
    ...(alerts.length === 0 ? [] : [`for ${alerts.join(', ')}`]),
  ];
  const given = [...params.values()].map((param) => `${param.name}=${param.default ?? '?'}`);
  return [
    oneLine(title),
    ...(about.length === 0 ? [] : [oneLine(about.join(', '))]),
    ...(given.length === 0 ? [] : [oneLine(`parameters: ${given.join(', ')}`)]),
    oneLine(file),
    '',
  ];
}

function stepLine({ name, kind, language, text, params, isExecutable }: ParsedStep): string {
  const [first = ''] = text.trim().split('\n', 1);
  const needs = params.length === 0 ? '' : `  needs ${params.join(', ')}`;
  const sign = isExecutable ? (kind === 'mutate' ? '!' : '>') : ' ';
  return oneLine(
    `${sign} ${name.padEnd(24)} ${kind.padEnd(7)} ${(language ?? '').padEnd(6)} ${first.slice(0, 60)}${needs}`,
  );
}

/** Without names: every runbook of the configuration. Exit code 1 when one has a fault. */
async function check(context: CliContext, names: readonly string[]): Promise<number> {
  const files = names.length > 0 ? names.map(singleFile) : runbookFiles(dirsOf(context));
  const targets = await knownTargets(context);
  const found = faultsIn(files, targets);
  const [faults, warnings] = [found.filter(({ isFault }) => isFault), found.filter(({ isFault }) => !isFault)];
  for (const fault of context.json ? [] : faults) context.err(formatFault(fault));
  for (const warning of context.json ? [] : warnings) context.err(`look at ${formatFault(warning)}`);
  const json = { runbooks: files.length, faults: faults.map(faultPlace), warnings: warnings.map(faultPlace) };
  print(context, json, [
    `${counted(files.length, 'runbook')}, ${counted(faults.length, 'fault')}, ${warnings.length} to look at`,
  ]);
  return faults.length === 0 ? EXIT.ok : EXIT.faults;
}

export const faultPlace = (fault: ConfigFault) => pickFields(fault, 'file', 'line', 'column', 'message');

/** The faults of files; `targets`: of the configuration, null where they are not known. */
export const faultsIn = (
  files: readonly RunbookFile[],
  targets: readonly NamedTarget[] | null,
): readonly RunbookFault[] =>
  files.flatMap((file) => {
    const read = readRunbookFile(file);
    if (read === null) throw new UsageError(`there is no file ${file.path}`);
    return [...read.faults, ...(targets === null ? [] : ofTargets(read.runbook, targets))];
  });

function ofTargets(runbook: Runbook, targets: readonly NamedTarget[]): readonly RunbookFault[] {
  const lines = runbook.text.split('\n');
  return targetFaults(runbook, targets).map((fault) => ({
    ...fault,
    file: runbook.file,
    source: shownSource(lines[fault.line - 1]),
  }));
}

/** Null, with a word on stderr: the configuration has faults of its own. */
async function knownTargets(context: CliContext): Promise<readonly NamedTarget[] | null> {
  const config = await readSettings(context);
  if (!('faults' in config)) return config.targets;
  context.err('the configuration has faults (warroom check): the targets of steps are not checked');
  return null;
}

/** Answers what consoles ask the hub of logs and runbooks, from the configuration as it stands. */
import { shippedDir, type Config } from '../config/config.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import type { Answer, RunbookSummary, RunbookView } from '../protocol/questions.ts';
import type { Library } from '../runbooks/library.ts';
import type { Runbook } from '../runbooks/runbook.ts';

/** A longer text is cut, characters. */
const MOST_TEXT = 300_000;

/** `config`: as it was last read. */
export function answersFrom(
  config: () => Pick<Config, 'logs'>,
  runbooks: () => Promise<readonly Runbook[]>,
): NonNullable<HubOptions['answering']> {
  return async (question) => {
    switch (question.what) {
      case 'trace':
        return traced(config(), question.id.trim());
      case 'runbooks':
        return listed(await runbooks(), question.alerts);
      case 'runbook':
        return shown(await runbooks(), question.name);
      default:
        return question satisfies never;
    }
  };
}

/** All runbooks of the configuration, as they are on disk now. */
export function runbooksOf(config: () => Pick<Config, 'dir'>): () => Promise<readonly Runbook[]> {
  let library: Library | null = null;
  return async () => {
    library ??= new (await import('../runbooks/library.ts')).Library();
    return library.all([...new Set([config().dir, shippedDir()])]);
  };
}

async function traced({ logs }: Pick<Config, 'logs'>, id: string): Promise<Answer> {
  if (logs.length === 0)
    return { fault: 'no logs are configured here: name them in logs.yaml (docs/configuration.md)' };
  const { traceLogs } = await import('../logs/trace.ts');
  const { masked } = await import('../runbooks/runner/output.ts');
  const trace = await traceLogs(logs, id, Date.now());
  // What a person logs of it stands in the record.
  return { trace: { ...trace, lines: trace.lines.map((line) => ({ ...line, text: masked(line.text, []) })) } };
}

async function listed(
  runbooks: readonly Runbook[],
  alerts: readonly { readonly rule: string; readonly runbook: string | null }[],
): Promise<Answer> {
  const { runbookFor } = await import('../runbooks/find.ts');
  const meant = alerts.map((alert) => ({ rule: alert.rule, runbook: runbookFor(runbooks, alert)?.runbook }));
  return {
    runbooks: runbooks.map((runbook): RunbookSummary => ({
      ...headOf(runbook),
      steps: runbook.steps.length,
      runs: runbook.steps.filter(({ isExecutable }) => isExecutable).length,
      rules: [...new Set(meant.flatMap((one) => (one.runbook === runbook ? [one.rule] : [])))],
    })),
  };
}

const headOf = ({ name, title, alerts, severity }: Runbook) => ({ name, title, alerts, severity });

async function shown(runbooks: readonly Runbook[], name: string): Promise<Answer> {
  const { findRunbook, runbookFor } = await import('../runbooks/find.ts');
  const found = findRunbook(runbooks, name) ?? runbookFor(runbooks, { rule: name, runbook: null });
  if (found === null) return { runbook: null };
  return { runbook: runbookView(found.runbook), ...(found.section && { anchor: found.section.anchor }) };
}

/** A runbook as consoles get it. */
export function runbookView(runbook: Runbook): RunbookView {
  const { file, text, params, steps, sections, escalations, links } = runbook;
  return {
    ...headOf(runbook),
    file,
    text: text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}\n… (the rest is in ${file})`,
    params: [...params.values()],
    steps,
    sections,
    escalations,
    links: [...links].map(([name, url]) => ({ name, url })),
  };
}

/** Finds the runbook that is meant: by a name, by a URL, or for an alert. */
import type { Runbook, RunbookSection } from './runbook.ts';
import { slugOf } from './sections.ts';

export interface FoundRunbook {
  readonly runbook: Runbook;
  /** The section that is meant, where one file holds the runbooks of many alerts; null: all of it. */
  readonly section: RunbookSection | null;
}

/** The ending of a file that is read as a runbook. */
export const ENDING = /(?:\.html)?\.(?:md|markdown)(?:\.erb)?$/i;
/** Names of files that stand for their folder. */
const OF_FOLDER = /^(?:_?index|readme)$/i;

/** `reference`: a name as in `runbook:`, or a URL as in `runbook_url`, of which the last part of the path counts. */
export function findRunbook(runbooks: readonly Runbook[], reference: string): FoundRunbook | null {
  const named = nameOf(
    runbooks.map(({ name }) => name),
    reference,
  );
  const runbook = runbooks.find(({ name }) => name === named);
  const anchor = uriDecoded(reference).split('#', 2)[1];
  const section = runbook?.sections.find((one) => one.anchor === anchor) ?? null;
  return runbook === undefined ? null : { runbook, section };
}

/** The one of `names` that a reference means; capital letters and signs do not matter. */
export function nameOf(names: readonly string[], reference: string): string | null {
  const address = uriDecoded(reference.trim()).replace(/[?#].*$/, '');
  const whole = address.replace(/\/+$/, '').replace(ENDING, '');
  const parts = whole.split('/').filter((part) => part !== '');
  const last = (OF_FOLDER.test(parts.at(-1) ?? '') ? parts.at(-2) : parts.at(-1)) ?? '';
  if (last === '') return null;
  const exact = names.find((name) => name === whole) ?? names.find((name) => slugOf(name) === slugOf(whole));
  return exact ?? names.find((name) => slugOf(lastPart(name)) === slugOf(last)) ?? null;
}

/** `alert`: its rule, and the runbook that this names, if any. Else one that names the alert: in front matter, file name or heading. */
export function runbookFor(
  runbooks: readonly Runbook[],
  alert: { readonly rule: string; readonly runbook: string | null },
): FoundRunbook | null {
  const named = alert.runbook === null ? null : findRunbook(runbooks, alert.runbook);
  const runbook =
    named?.runbook ??
    runbooks.find(({ alerts }) => alerts.includes(alert.rule)) ??
    runbooks.find((one) => slugOf(lastPart(one.name)) === slugOf(alert.rule)) ??
    runbooks.find(({ sections }) => sections.some(({ title }) => isAbout(title, alert.rule)));
  if (runbook === undefined) return null;
  const about = runbook.sections.find(({ title, level }) => level > 1 && isAbout(title, alert.rule));
  return { runbook, section: named?.section ?? about ?? null };
}

/** Whether a heading is an alert's: `Alert Name: "KubeAPIDown"`. */
const isAbout = (title: string, rule: string): boolean =>
  slugOf(title) === slugOf(rule) || title.split(/[^\w-]+/).some((word) => word === rule);

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** As it is where it is not encoded well. */
export function uriDecoded(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}

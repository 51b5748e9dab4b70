/** The severity that the words of other systems stand for. */
import { SEVERITIES, type Severity } from '../incident/severity.ts';

/** Common values of the label `severity`. */
const WORDS: Readonly<Record<Severity, readonly string[]>> = {
  'SEV-0': ['emergency', 'disaster'],
  'SEV-1': ['critical', 'page', 'high', 'error', 'major'],
  'SEV-2': ['warning', 'medium', 'minor'],
  'SEV-3': ['info', 'low', 'notice', 'none'],
};

/** `SEV-0`, `p1` or a word; SEV-2 for any other. `own`: an organisation's words, which go first. */
export function severityOfLabel(label: string, own: ReadonlyMap<string, Severity> = new Map()): Severity {
  const text = label.trim().toLowerCase();
  const level = /^(?:sev|p)-?([0-3])$/.exec(text)?.[1];
  const known = SEVERITIES.find((severity) => severity === `SEV-${level}` || WORDS[severity].includes(text));
  return own.get(text) ?? known ?? 'SEV-2';
}

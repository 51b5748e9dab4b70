/** The severity that the words of other systems stand for. */
import { SEVERITIES, type Severity } from '../incident/severity.ts';

/** Common values of the label `severity`. */
const WORDS: ReadonlyMap<string, Severity> = new Map([
  ['emergency', 'SEV-0'],
  ['disaster', 'SEV-0'],
  ['critical', 'SEV-1'],
  ['page', 'SEV-1'],
  ['high', 'SEV-1'],
  ['error', 'SEV-1'],
  ['major', 'SEV-1'],
  ['warning', 'SEV-2'],
  ['medium', 'SEV-2'],
  ['minor', 'SEV-2'],
  ['info', 'SEV-3'],
  ['low', 'SEV-3'],
  ['notice', 'SEV-3'],
  ['none', 'SEV-3'],
]);

/** `SEV-0`, `p1` or a word; SEV-2 for any other. `own`: an organisation's words, which go first. */
export function severityOfLabel(label: string, own: ReadonlyMap<string, Severity> = new Map()): Severity {
  const text = label.trim().toLowerCase();
  const level = /^(?:sev|p)-?([0-3])$/.exec(text)?.[1];
  return own.get(text) ?? (level === undefined ? WORDS.get(text) : SEVERITIES[Number(level)]) ?? 'SEV-2';
}

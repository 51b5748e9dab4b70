/** A runbook of a text, and its faults as `check` prints them. */
import { formatFault } from '../../src/config/fault.ts';
import { readRunbook } from '../../src/runbooks/document.ts';
import type { Runbook, ParsedStep } from '../../src/runbooks/runbook.ts';

export const OURS = '---\nwarroom: { params: { pid: 1, pattern: "x*", ttl: 60 } }\n---\n';

export const runbookOf = (text: string): Runbook => readRunbook({ path: 'r.md', text }, 'r').runbook;
export const stepsOf = (text: string): readonly ParsedStep[] => runbookOf(text).steps;
/** Each as `12:3: message`; those that are only worth a look begin with `look at`. */
export const faultsOf = (text: string): string[] =>
  readRunbook({ path: 'r.md', text }, 'r').faults.map(
    ({ isFault, line, column, message }) => `${isFault ? '' : 'look at '}${line}:${column}: ${message}`,
  );
export const formattedFaults = (text: string): string[] =>
  readRunbook({ path: 'r.md', text }, 'r').faults.map(formatFault);
/** One fenced block of ours. */
export const fence = (info: string, text: string): string => `${OURS}\`\`\`${info}\n${text}\n\`\`\`\n`;

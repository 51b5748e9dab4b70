/** A fault in a configuration file, with its place. */
import type { SourceLocation } from '../rules/rule.ts';

/** Longer lines are not shown, characters. */
const MAX_SHOWN = 400;

export interface ConfigFault extends SourceLocation {
  readonly message: string;
}

/** A fault of a whole file, or of one that is not there. */
export const fileFault = (file: string, message: string): ConfigFault => ({
  file,
  line: 1,
  column: 1,
  source: null,
  message,
});

/** `file:line:column: message`, the line, and a caret below the place. */
export function formatFault({ file, line, column, message, source }: ConfigFault): string {
  const head = `${file}:${line}:${column}: ${message}`;
  if (source === null) return head;
  // Tabs keep their width, so that the caret stands below its character.
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n  ${source}\n  ${indent}^`;
}

/**
 * A line of a file as a fault shows it; null where it is empty or too long. The password in `://user:password@` is masked,
 * because people paste faults elsewhere.
 */
export const shownSource = (line: string | undefined): string | null =>
  line === undefined || line.trim() === '' || line.length > MAX_SHOWN
    ? null
    : line.replace(
        /(:\/\/[^\s:/@]*:)([^\s@]+)(@)/g,
        (_, before: string, secret: string, after: string) => before + '*'.repeat(secret.length) + after,
      );

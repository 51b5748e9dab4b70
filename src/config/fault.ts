/** A fault in a configuration file, with its place. */
import type { SourceLocation } from '../rules/rule.ts';

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

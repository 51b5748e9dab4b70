/** A fault in a configuration file, with its place. */

export interface ConfigFault {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
  /** The line as written, passwords in URLs masked; null when the file could not be read. */
  readonly source: string | null;
}

/** `file:line:column: message`, the line, and a caret below the place. */
export function formatFault({ file, line, column, message, source }: ConfigFault): string {
  const head = `${file}:${line}:${column}: ${message}`;
  if (source === null) return head;
  // Tabs keep their width, so that the caret stands below its character.
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n  ${source}\n  ${indent}^`;
}

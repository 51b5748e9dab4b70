/** A fault in a configuration file, with its place. */
import { nearest } from '../incident/fuzzy.ts';
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

/** Why `kind` is no kind of `what`. */
export function unknownKind(what: string, kind: string | null, known: readonly string[]): string {
  const close = kind === null ? null : nearest(kind, known);
  const said = kind === null ? `a ${what} needs a kind` : `no kind of ${what} is called ${kind}`;
  return close === null ? `${said}: one of ${known.join(', ')}` : `${said}; did you mean ${close}?`;
}

/** `file:line:column: message`, the line, and a caret below the place. */
export function formatFault({ file, line, column, message, source }: ConfigFault): string {
  const head = `${file}:${line}:${column}: ${message}`;
  if (source === null) return head;
  // Tabs keep their width, so that the caret stands below its character.
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n  ${source}\n  ${indent}^`;
}

/** `password: hunter2`, alone on its line or within braces; not `password_file`. */
const SECRET_KEY = `(?:\\w*(?:password|secret|token|routing_key)|topic|authorization)['"]?\\s*:\\s*`;
const SECRET_LINE = new RegExp(`^([\\s-]*['"]?${SECRET_KEY})(\\S.*)$`, 'i');
const SECRET_IN_BRACES = new RegExp(`([{,]\\s*['"]?${SECRET_KEY})('[^']*'?|"[^"]*"?|[^\\s'"{[][^,}\\]]*)`, 'gi');
const URL_PASSWORD = /(:\/\/[^\s:/@]*:)([^\s@]+)(?=@)/g;
const masked = (_: string, before: string, secret: string): string => before + '*'.repeat(secret.length);
/** What comes from the environment is not secret as long as it is not filled in. */
const maskedValue = (all: string, before: string, secret: string): string =>
  /^['"]?\$\{\w+\}?['"]?$/.test(secret) ? all : masked(all, before, secret);

/**
 * A line of a file as a fault shows it; null where it is empty or too long. Secrets are masked, because people paste faults
 * elsewhere.
 */
export const shownSource = (line: string | undefined): string | null =>
  line === undefined || line.trim() === '' || line.length > MAX_SHOWN
    ? null
    : line.replace(SECRET_LINE, maskedValue).replace(SECRET_IN_BRACES, maskedValue).replace(URL_PASSWORD, masked);

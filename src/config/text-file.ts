/** Reads a file of the configuration as text. */
import { readFileSync, statSync } from 'node:fs';

export interface TextFile {
  readonly path: string;
  readonly text: string;
  /** Why there is no text, though there is a file. */
  readonly unread?: string;
}

/** Larger files are not read, bytes. */
const MAX_BYTES = 4_000_000;

/** Null when there is no such file. */
export function readText(path: string): TextFile | null {
  try {
    if (statSync(path).size > MAX_BYTES) return { path, text: '', unread: `larger than ${MAX_BYTES} bytes` };
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : { path, text: '', unread: code };
  }
}

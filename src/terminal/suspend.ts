/** Whether stopping this process leaves somebody who can continue it. */
import { readFileSync } from 'node:fs';

/**
 * False when this process leads its session: it is the only thing in its window, so no shell would take over and the
 * window would be dead. Where that cannot be known (no /proc), a shell is assumed.
 */
export function hasShellBehind(): boolean {
  try {
    // proc(5): pid (comm) state ppid pgrp session; comm may hold spaces and brackets.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
    return session !== String(process.pid);
  } catch {
    return true;
  }
}

/** The same room as lines: for screen readers, serial consoles and pipes. */
import type { ConsoleOptions } from './start.ts';
export async function runPlain(_options: ConsoleOptions): Promise<number> {
  return 1;
}

import path from 'node:path';

/** What is built of a file, named from the root of the repository: `src/log/lock.ts`. Only for tests themselves. */
export const built = (file: string): string =>
  path.join(import.meta.dirname, '../../dist', file.replace(/\.ts$/, '.js'));

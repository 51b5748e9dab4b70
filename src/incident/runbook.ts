/** Where a runbook stands: a rule names a file of the configuration, or gives an address. */

/** `redis-memory-full` -> `runbooks/redis-memory-full.md`; null: the name is no file's, such as an address. */
export const runbookFile = (name: string): string | null =>
  /^\w[\w.-]*$/.test(name) ? `runbooks/${name.replace(/\.md$/, '')}.md` : null;

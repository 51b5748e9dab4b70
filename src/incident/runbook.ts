/** `redis-memory-full` -> `runbooks/redis-memory-full.md`; null: no file name, such as a URL. */
export const runbookFile = (name: string): string | null =>
  /^\w[\w.-]*$/.test(name) ? `runbooks/${name.replace(/\.md$/, '')}.md` : null;

/** Puts a small module in the place of a large one that a library requires and never uses here, so that it loads fast. */
import { Module } from 'node:module';

/** What `name` is for the files that `require` stands for, from now on; nothing when it was loaded already. */
export function stubModule(require: NodeJS.Require, name: string, exports: unknown): void {
  const id = require.resolve(name);
  require.cache[id] ??= Object.assign(new Module(id), { filename: id, loaded: true, exports });
}

/** Replaces a large module that a library requires but does not need here, so that the library loads fast. */
import { Module } from 'node:module';

/** Makes `require(name)` return `exports`, unless the module is already loaded. */
export function stubModule(require: NodeJS.Require, name: string, exports: unknown): void {
  const id = require.resolve(name);
  require.cache[id] ??= Object.assign(new Module(id), { filename: id, loaded: true, exports });
}

/** Puts a small module in the place of a large one that a library requires and never uses here, so that it loads fast. */
import { Module } from 'node:module';

/** From now on `require(name)` answers `exports`; no effect when the module was loaded already. */
export function stubModule(require: NodeJS.Require, name: string, exports: unknown): void {
  const id = require.resolve(name);
  require.cache[id] ??= Object.assign(new Module(id), { filename: id, loaded: true, exports });
}

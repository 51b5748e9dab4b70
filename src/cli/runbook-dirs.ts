import { configDir, shippedDir } from '../config/config.ts';
import type { OptionSource } from './command.ts';
import { request } from './paths.ts';

/** The folder of configuration, and the shipped one for the runbooks that it does not have. */
export const runbookDirs = (context: OptionSource): readonly string[] => [
  ...new Set([configDir(request(context)), shippedDir()]),
];

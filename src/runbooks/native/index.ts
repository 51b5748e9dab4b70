/** The built-in steps, loaded when they run: one line each. */
import type { NativeStep } from './step.ts';

/** `uses` -> its step. */
export const NATIVE: Readonly<Record<string, () => Promise<NativeStep>>> = {};

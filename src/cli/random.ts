/** Random numbers, from the system. */
import { randomBytes } from 'node:crypto';

/** A random number, 0 <= x < 1. */
export const randomUnit = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

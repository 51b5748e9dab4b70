/** Tokens as people paste them. */
import { expect, test } from 'vitest';
import { newToken } from '../../src/hub/tokens.ts';

test('no token begins with a dash, so that a shell takes each as the value of --token', () => {
  // One in 64 would.
  const tokens = Array.from({ length: 2_000 }, newToken);
  expect(tokens.filter((token) => !/^[A-Za-z0-9_][A-Za-z0-9_-]{42}$/.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(2_000);
});

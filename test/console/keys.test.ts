import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keysDocument } from '../../src/console/keymap.ts';

test('docs/keys.md is what the tables say; npx tsx src/console/keydoc.ts writes it anew', () => {
  expect(readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8')).toBe(keysDocument());
});

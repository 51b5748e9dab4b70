/** What a proof covers: each field that either side said, the key, and whose proof it is. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hashOf, isSameProof, keyId, newNonce, proofOf } from '../../src/protocol/handshake.ts';
import { isUnreadable, readFromHub, readToHub } from '../../src/protocol/validate.ts';
import fc from '../support/property.ts';

const digits = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const version = fc.nat(9);
const hello = fc.record({
  version,
  min: version,
  max: version,
  auth: fc.record({ key: digits(16), nonce: digits(64) }),
  name: fc.string(),
  client: fc.string(),
  via: fc.constantFrom('console' as const, 'cli' as const),
  live: fc.boolean(),
});
const challenge = fc.record({ version, min: version, max: version, nonce: digits(64) });
const said = fc.record({
  side: fc.constantFrom('hub' as const, 'console' as const),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
  hello,
  challenge,
});
const proof = (it: Parameters<typeof said.map>[0] extends (value: infer T) => unknown ? T : never): string =>
  proofOf(it.side, it.key, it.hello, it.challenge);

/** `whole` with the leaf at `path` taken from `other`. */
function grafted<T>(whole: T, other: T, [field, ...rest]: readonly string[]): T {
  if (field === undefined) return other;
  const key = field as keyof T;
  return { ...whole, [key]: grafted(whole[key], other[key], rest) };
}

const LEAVES = [
  'side',
  'key',
  ...['version', 'min', 'max', 'auth.key', 'auth.nonce', 'name', 'client', 'via', 'live'].map(
    (name) => `hello.${name}`,
  ),
  ...['version', 'min', 'max', 'nonce'].map((name) => `challenge.${name}`),
];

test.each(LEAVES)('another %s is another proof', (leaf) => {
  let altered = 0;
  fc.assert(
    fc.property(said, said, (one, other) => {
      const changed = grafted(one, other, leaf.split('.'));
      const isChanged = JSON.stringify(changed) !== JSON.stringify(one);
      altered += isChanged ? 1 : 0;
      expect(isSameProof(proof(changed), proof(one))).toBe(!isChanged);
    }),
  );
  expect(altered).toBeGreaterThan(10);
});

test('what is moved from one field into the next is another proof', () => {
  fc.assert(
    fc.property(said, fc.nat(20), (one, cut) => {
      const { name, client } = one.hello;
      const all = name + client;
      const moved = { ...one, hello: { ...one.hello, name: all.slice(0, cut), client: all.slice(cut) } };
      expect(isSameProof(proof(moved), proof(one))).toBe(moved.hello.name === name);
    }),
  );
});

test('the id of a key tells neither the token nor the key, and nonces do not come again', () => {
  const token = 'a token';
  const key = hashOf(token);
  expect(keyId(key)).toMatch(/^[0-9a-f]{16}$/);
  expect(key.toString('hex')).not.toContain(keyId(key));
  expect(keyId(hashOf('another'))).not.toBe(keyId(key));
  expect(new Set(Array.from({ length: 1_000 }, newNonce)).size).toBe(1_000);
  expect(isSameProof('', newNonce())).toBe(false);
});

test('the examples in docs/protocol.md are a handshake', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');
  const key = hashOf(/examples below are those of the token `([^`]+)`/.exec(page)?.[1] ?? '');
  const example = (type: string): string =>
    new RegExp(`\`\`\`json (?:to|from)-hub\\n(\\{\\s+"type": "${type}"[^\`]+)\`\`\``).exec(page)?.[1] ?? '';
  const said = readToHub(example('hello'), { message: 4_096 });
  const asked = readFromHub(example('challenge'));
  const answer = readToHub(example('proof'), { message: 4_096 });
  if (isUnreadable(said) || isUnreadable(asked) || isUnreadable(answer)) throw new Error('an example is unreadable');
  if (said.type !== 'hello' || asked.type !== 'challenge' || answer.type !== 'proof') throw new Error('another type');
  expect(said.auth?.key).toBe(keyId(key));
  expect(asked.proof).toBe(proofOf('hub', key, said, asked));
  expect(answer.proof).toBe(proofOf('console', key, said, asked));
});

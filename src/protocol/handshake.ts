/**
 * The handshake: hub and console prove to each other that they know a token, and the token does not travel. The key of
 * both proofs is the token's hash, which is all that a hub keeps of an invitation (docs/protocol.md, "Handshake").
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FromHub, ToHub } from './messages.ts';

type Hello = Omit<Extract<ToHub, { type: 'hello' }>, 'type' | 'token'>;
type Challenge = Omit<Extract<FromHub, { type: 'challenge' }>, 'type' | 'proof'>;

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** The hash of a token: what the hub keeps of it, and the key of the proofs. */
export const hashOf = (token: string): Buffer => sha256(token);

/** Names a key without telling it: 16 hex digits. */
export const keyId = (key: Buffer): string => sha256(key).toString('hex', 0, 8);

/** Never used twice: 64 hex digits. */
export const newNonce = (): string => randomBytes(32).toString('hex');

/**
 * The proof of one side that it knows `key`, 64 hex digits. It covers all that both said, so that nothing can be
 * altered on the way, and its side, so that it cannot be sent back as the other's.
 */
export function proofOf(side: 'hub' | 'console', key: Buffer, hello: Hello, challenge: Challenge): string {
  const { version, min = null, max = null, auth, name, client, via, live } = hello;
  const said = [version, min, max, auth?.key ?? null, auth?.nonce ?? null, name, client, via, live];
  const answered = [challenge.version, challenge.min, challenge.max, challenge.nonce];
  // As JSON no two lists of fields read the same.
  const text = JSON.stringify(['warroom', side, said, answered]);
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Compares two proofs in a time that does not depend on where they differ. */
export const isSameProof = (shown: string, expected: string): boolean =>
  shown.length === expected.length && timingSafeEqual(Buffer.from(shown, 'latin1'), Buffer.from(expected, 'latin1'));

/** The handshake: hub and console prove to each other that they know a token without sending it (docs/protocol.md). */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FromHub, ToHub } from './messages.ts';

type Hello = Omit<Extract<ToHub, { type: 'hello' }>, 'type' | 'token'>;
type Challenge = Omit<Extract<FromHub, { type: 'challenge' }>, 'type' | 'proof'>;

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** The hash of a token: all that the hub keeps of it, and the key of the proofs. */
export const hashOf = (token: string): Buffer => sha256(token);

/** Identifies a key without revealing it: 16 hex digits. */
export const keyId = (key: Buffer): string => sha256(key).toString('hex', 0, 8);

export const newNonce = (): string => randomBytes(32).toString('hex');

/** One side's proof that it knows `key`: 64 hex digits. It covers every field and the side, against replay. */
export function proofOf(side: 'hub' | 'console', key: Buffer, hello: Hello, challenge: Challenge): string {
  const { version, min = null, max = null, auth, name, client, via, live } = hello;
  const said = [version, min, max, auth?.key ?? null, auth?.nonce ?? null, name, client, via, live];
  const answered = [challenge.version, challenge.min, challenge.max, challenge.nonce];
  // JSON, because different fields never serialize to the same text.
  const text = JSON.stringify(['warroom', side, said, answered]);
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Compares two proofs in constant time. */
export const isSameProof = (shown: string, expected: string): boolean =>
  shown.length === expected.length && timingSafeEqual(Buffer.from(shown, 'latin1'), Buffer.from(expected, 'latin1'));

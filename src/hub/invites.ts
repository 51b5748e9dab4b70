/** Invitations, each bound to a name: a file in the data folder, changed by the shell and followed by the hub. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isName, nameRule } from '../incident/person-name.ts';
import { hasCode, nodeFs, putFile } from '../log/disk.ts';
import { Locked, takeLock, type Lock } from '../log/lock.ts';
import { parseJson } from '../log/record.ts';
import { hashOf } from '../protocol/handshake.ts';
import { newToken } from './tokens.ts';

export interface Invite {
  readonly name: string;
  /** Sha256 of the token, hex: whoever knows it can join. The token itself is told once and kept nowhere. */
  readonly hash: string;
  readonly observer: boolean;
  readonly createdAt: string;
  /** Null: until it is revoked. */
  readonly expiresAt: string | null;
}

const INVITES = 'invites.json';
export const inviteFile = (dataDir: string): string => path.join(dataDir, INVITES);

/** Makes an invitation. The answer is the only place where its token ever stands. A new one replaces the person's old one. */
export async function createInvite(
  dataDir: string,
  who: { readonly name: string; readonly observer: boolean; readonly expiresAt: string | null },
): Promise<string> {
  if (!isName(who.name)) throw new Error(nameRule('a name'));
  const token = newToken();
  const createdAt = new Date().toISOString();
  const invite: Invite = { ...who, hash: hashOf(token).toString('hex'), createdAt };
  await change(dataDir, (invites) => [...invites.filter(({ name }) => name !== who.name), invite]);
  return token;
}

/** Ends the invitations of `name`; open consoles are cut off within seconds. Answers how many there were. */
export async function revoke(dataDir: string, name: string): Promise<number> {
  let count = 0;
  await change(dataDir, (invites) => {
    const kept = invites.filter((invite) => invite.name !== name);
    count = invites.length - kept.length;
    return kept;
  });
  return count;
}

/** Everybody who is invited. Throws when the file is damaged: nobody is let in on a guess. */
export async function readInvites(dataDir: string): Promise<readonly Invite[]> {
  let text: string;
  try {
    text = await readFile(inviteFile(dataDir), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
  const raw = parseJson(text);
  if (!Array.isArray(raw) || !raw.every(isInvite))
    throw new Error(`${inviteFile(dataDir)} is damaged: nobody is let in by it. Remove it and invite again`);
  return raw;
}

/** How long a change waits for another one, ms; each takes a moment. */
const PATIENCE = 5_000;

/** One change at a time, also between processes; on disk for good when it resolves, so that a revoked token stays so. */
async function change(dataDir: string, edit: (invites: readonly Invite[]) => readonly Invite[]): Promise<void> {
  const lock = await lockInvites(dataDir);
  try {
    const invites = edit(await readInvites(dataDir));
    await putFile(nodeFs, dataDir, INVITES, Buffer.from(`${JSON.stringify(invites, null, 2)}\n`));
  } finally {
    lock.release();
  }
}

async function lockInvites(dataDir: string): Promise<Lock> {
  for (const end = performance.now() + PATIENCE; ;) {
    try {
      return takeLock(`${inviteFile(dataDir)}.lock`, 'the list of invitations');
    } catch (error) {
      if (!(error instanceof Locked) || performance.now() > end) throw error;
    }
    await wait(20);
  }
}

/** Does it still let its holder in? */
export const isCurrent = ({ expiresAt }: Invite, now: number): boolean =>
  expiresAt === null || Date.parse(expiresAt) > now;

function isInvite(raw: unknown): raw is Invite {
  if (typeof raw !== 'object' || raw === null) return false;
  const { name, hash, observer, createdAt, expiresAt } = raw as Partial<Record<keyof Invite, unknown>>;
  return (
    typeof name === 'string' &&
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash) &&
    typeof observer === 'boolean' &&
    typeof createdAt === 'string' &&
    (expiresAt === null || (typeof expiresAt === 'string' && Number.isFinite(Date.parse(expiresAt))))
  );
}

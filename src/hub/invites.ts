/** Invitations by name: a file changed by the command line and watched by the hub. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { isName, nameRule } from '../incident/person-name.ts';
import { parseJson, type Fields } from '../incident/shapes.ts';
import { hasCode, nodeFs, putFile } from '../log/disk.ts';
import { Locked, takeLock, type Lock } from '../log/lock.ts';
import { hashOf } from '../protocol/handshake.ts';
import { newToken } from './tokens.ts';

const inviteShape = v.object({
  name: v.string(),
  /** Sha256 of the token, hex. The token itself is shown once and not stored. */
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  observer: v.boolean(),
  createdAt: v.string(),
  /** Null: never. */
  expiresAt: v.nullable(
    v.pipe(
      v.string(),
      v.check((at) => Number.isFinite(Date.parse(at))),
    ),
  ),
});
export type Invite = Fields<typeof inviteShape>;

const INVITES = 'invites.json';
export const inviteFile = (dataDir: string): string => path.join(dataDir, INVITES);

/** Creates an invitation, replacing the person's old one. Answers its token, which is stored nowhere. */
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

/** Ends the invitations of `name`; the hub closes their consoles within seconds. Answers how many. */
export async function revoke(dataDir: string, name: string): Promise<number> {
  let count = 0;
  await change(dataDir, (invites) => {
    const kept = invites.filter((invite) => invite.name !== name);
    count = invites.length - kept.length;
    return kept;
  });
  return count;
}

/** Throws if the file is damaged. */
export async function readInvites(dataDir: string): Promise<readonly Invite[]> {
  let text: string;
  try {
    text = await readFile(inviteFile(dataDir), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
  const raw = parseJson(text);
  if (!v.is(v.array(inviteShape), raw))
    throw new Error(`${inviteFile(dataDir)} is damaged: nobody is let in by it. Remove it and invite again`);
  return raw;
}

/** How long a change waits for the lock, ms. */
const PATIENCE = 5_000;

/** One change at a time across processes; durable when it resolves. */
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

export const isCurrent = ({ expiresAt }: Invite, now: number): boolean =>
  expiresAt === null || Date.parse(expiresAt) > now;

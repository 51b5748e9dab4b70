/** Who may come in: this machine's own token, and invitations bound to a name. Kept as files in the data folder. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isName, nameRule } from '../incident/name.ts';
import { nodeFs, putFile } from '../log/disk.ts';
import { Locked, takeLock, type Lock } from '../log/lock.ts';
import { parseJson } from '../log/record.ts';
import { tokenFile } from '../protocol/runtime.ts';

export interface Invite {
  readonly name: string;
  /** Sha256 of the token, hex. The token itself is told once and kept nowhere. */
  readonly hash: string;
  readonly observer: boolean;
  readonly createdAt: string;
  /** Null: until it is revoked. */
  readonly expiresAt: string | null;
}
/** What a token lets its holder be. The local token acts under any name. */
export type Admission = { readonly local: true } | { readonly local: false; readonly invite: Invite };

const sha = (token: string): Buffer => createHash('sha256').update(token).digest();

const INVITES = 'invites.json';
const inviteFile = (dataDir: string): string => path.join(dataDir, INVITES);
const newToken = (): string => randomBytes(32).toString('base64url');

/** This machine's token: made on first use, readable by its owner only. */
export async function localToken(dataDir: string): Promise<string> {
  const file = tokenFile(dataDir);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${newToken()}\n`);
      await handle.sync();
    } catch (error) {
      // Half a token, as a full disk leaves it, would be in the way of the next start.
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const info = await stat(file);
  if ((info.mode & 0o077) !== 0)
    throw new Error(
      `${file} can be read by others; run: chmod 600 ${file} (or remove it and everybody gets a new one)`,
    );
  const token = (await readFile(file, 'utf8')).trim();
  if (token.length < 32) throw new Error(`${file} holds no token; remove it and start again`);
  return token;
}

/** Makes an invitation. The answer is the only place where its token ever stands. A new one replaces the person's old one. */
export async function createInvite(
  dataDir: string,
  who: { readonly name: string; readonly observer: boolean; readonly expiresAt: string | null },
): Promise<string> {
  if (!isName(who.name)) throw new Error(nameRule('a name'));
  const token = newToken();
  const createdAt = new Date().toISOString();
  const invite: Invite = { ...who, hash: sha(token).toString('hex'), createdAt };
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
    if (isCode(error, 'ENOENT')) return [];
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

/** The hub's view of the tokens; follows the file as it changes. */
export class Doorkeeper {
  readonly #dataDir: string;
  readonly #local: Buffer;
  #invites: readonly Invite[] = [];
  #version = '';
  #reading: Promise<boolean> = Promise.resolve(false);

  private constructor(dataDir: string, token: string) {
    this.#dataDir = dataDir;
    this.#local = sha(token);
  }

  static async open(dataDir: string, token: string): Promise<Doorkeeper> {
    const keeper = new Doorkeeper(dataDir, token);
    await keeper.refresh();
    return keeper;
  }

  /** Reads the invitations again if they changed. A damaged file admits no invited person until it is mended. */
  refresh(): Promise<boolean> {
    // One after the other: whoever asks while the file is being read must not go by what was known before.
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    const version = await stat(inviteFile(this.#dataDir)).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      () => '',
    );
    if (version === this.#version) return false;
    this.#version = version;
    this.#invites = await readInvites(this.#dataDir).catch(() => []);
    return true;
  }

  /** Who the token makes its holder; null: nobody. Takes as long for a wrong token as for a right one. */
  admit(token: string, now: number): Admission | null {
    const hash = sha(token);
    let admission: Admission | null = timingSafeEqual(hash, this.#local) ? { local: true } : null;
    for (const invite of this.#invites) {
      const same = timingSafeEqual(hash, Buffer.from(invite.hash, 'hex'));
      if (same && isCurrent(invite, now)) admission = { local: false, invite };
    }
    return admission;
  }

  /** Is the invitation with this hash still good? */
  stands(hash: string, now: number): boolean {
    return this.#invites.some((invite) => invite.hash === hash && isCurrent(invite, now));
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

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Authenticates consoles: the machine's own token, or a valid invitation. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hasCode } from '../log/disk.ts';
import { hashOf, keyId } from '../protocol/handshake.ts';
import { inviteFile, isCurrent, readInvites, type Invite } from './invites.ts';

/** What a token grants. The local token allows any name. */
export type Admission = { readonly local: true } | { readonly local: false; readonly invite: Invite };

/** A key and whose it is; `admission` null: nobody's. */
export interface Holder {
  readonly key: Buffer;
  readonly admission: Admission | null;
}

export class Authenticator {
  readonly #dataDir: string;
  readonly #local: Buffer;
  readonly #decoy = randomBytes(32);
  #invites: readonly Invite[] = [];
  /** By key id. */
  #holders: ReadonlyMap<string, Holder> = new Map();
  #version = '';
  #reading: Promise<boolean> = Promise.resolve(false);

  /** Knows invitations from `refresh` on. */
  constructor(dataDir: string, token: string) {
    this.#dataDir = dataDir;
    this.#local = hashOf(token);
    this.#index();
  }

  #index(): void {
    const holders: Holder[] = [
      { key: this.#local, admission: { local: true } },
      ...this.#invites.map((invite) => ({
        key: Buffer.from(invite.hash, 'hex'),
        admission: { local: false, invite } as const,
      })),
    ];
    this.#holders = new Map(holders.map((holder) => [keyId(holder.key), holder]));
  }

  /** Rereads the invitations if the file changed. A damaged file admits no invited person. */
  refresh(): Promise<boolean> {
    // One read at a time: a caller during a read must wait for its result.
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    const version = await stat(inviteFile(this.#dataDir)).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      () => '',
    );
    if (version === this.#version) return false;
    try {
      this.#invites = await readInvites(this.#dataDir);
    } catch (error) {
      // Out of file descriptors: keep what is known and try again at the next call.
      if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) return false;
      this.#invites = [];
    }
    this.#version = version;
    this.#index();
    return true;
  }

  /** An unknown `id` gets a constant random key: neither timing nor answer reveals which ids exist. */
  holder(id: string): Holder {
    const nobody = { key: createHmac('sha256', this.#decoy).update(id).digest(), admission: null };
    return this.#holders.get(id) ?? nobody;
  }

  /** The admission of a token's holder, even if expired; null: unknown token. */
  admit(token: string): Admission | null {
    const hash = hashOf(token);
    const { key, admission } = this.holder(keyId(hash));
    return timingSafeEqual(hash, key) ? admission : null;
  }

  /** Why an invitation is no longer valid, and what to do. */
  whyEnded(name: string, hash: string): string {
    const other = this.#invites.find((invite) => invite.name === name);
    if (other === undefined) return 'your invitation was revoked';
    return other.hash === hash
      ? 'your invitation has expired: ask for a new one'
      : 'your invitation was replaced: run the new line you were sent';
  }

  invited(): readonly string[] {
    return this.#invites.map(({ name }) => name);
  }

  stands(hash: string, now: number): boolean {
    return this.#invites.some((invite) => invite.hash === hash && isCurrent(invite, now));
  }
}

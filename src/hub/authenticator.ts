/** Who may come in: whoever holds this machine's own token, or an invitation that still stands. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hasCode } from '../log/disk.ts';
import { hashOf, keyId } from '../protocol/handshake.ts';
import { inviteFile, isCurrent, readInvites, type Invite } from './invites.ts';

/** What a token lets its holder be. The local token acts under any name. */
export type Admission = { readonly local: true } | { readonly local: false; readonly invite: Invite };

/** Whose a key is: the hash of their token. `admission` null: nobody's. */
export interface Holder {
  readonly key: Buffer;
  readonly admission: Admission | null;
}

/** The hub's view of the tokens; follows the file as it changes. */
export class Authenticator {
  readonly #dataDir: string;
  readonly #local: Buffer;
  readonly #decoy = randomBytes(32);
  #invites: readonly Invite[] = [];
  /** By key id. */
  #holders: ReadonlyMap<string, Holder> = new Map();
  #version = '';
  #reading: Promise<boolean> = Promise.resolve(false);

  private constructor(dataDir: string, token: string) {
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

  static async open(dataDir: string, token: string): Promise<Authenticator> {
    const keeper = new Authenticator(dataDir, token);
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
    try {
      this.#invites = await readInvites(this.#dataDir);
    } catch (error) {
      // Too many open files say nothing about the invitations: what was known holds until the next look, in a moment.
      if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) return false;
      this.#invites = [];
    }
    this.#version = version;
    this.#index();
    return true;
  }

  /**
   * Who holds the key that `id` names, whether the invitation is still good or not. An unknown id takes as long as a
   * known one and has a key as well, always the same and known to nobody: the answer does not tell which ids are known.
   */
  holder(id: string): Holder {
    const nobody = { key: createHmac('sha256', this.#decoy).update(id).digest(), admission: null };
    return this.#holders.get(id) ?? nobody;
  }

  /** Who the token makes its holder, whether the invitation is still good or not; null: nobody. */
  admit(token: string): Admission | null {
    const hash = hashOf(token);
    const { key, admission } = this.holder(keyId(hash));
    return timingSafeEqual(hash, key) ? admission : null;
  }

  /** Why an invitation is no longer good, and what its holder can do. */
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

  /** Is the invitation with this hash still good? */
  stands(hash: string, now: number): boolean {
    return this.#invites.some((invite) => invite.hash === hash && isCurrent(invite, now));
  }
}

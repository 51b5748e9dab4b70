/** Who may come in: whoever holds this machine's own token, or an invitation that still stands. */
import { timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hasCode } from '../log/disk.ts';
import { inviteFile, isCurrent, readInvites, type Invite } from './invites.ts';
import { hashOf } from './tokens.ts';

/** What a token lets its holder be. The local token acts under any name. */
export type Admission = { readonly local: true } | { readonly local: false; readonly invite: Invite };

/** The hub's view of the tokens; follows the file as it changes. */
export class Authenticator {
  readonly #dataDir: string;
  readonly #local: Buffer;
  #invites: readonly Invite[] = [];
  #version = '';
  #reading: Promise<boolean> = Promise.resolve(false);

  private constructor(dataDir: string, token: string) {
    this.#dataDir = dataDir;
    this.#local = hashOf(token);
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
    return true;
  }

  /** Who the token makes its holder; null: nobody. Takes as long for a wrong token as for a right one. */
  admit(token: string, now: number): Admission | null {
    const hash = hashOf(token);
    let admission: Admission | null = timingSafeEqual(hash, this.#local) ? { local: true } : null;
    for (const invite of this.#invites) {
      const same = timingSafeEqual(hash, Buffer.from(invite.hash, 'hex'));
      if (same && isCurrent(invite, now)) admission = { local: false, invite };
    }
    return admission;
  }

  /** Why an invitation is no longer good, and what its holder can do. */
  whyEnded(name: string, hash: string): string {
    const other = this.#invites.find((invite) => invite.name === name);
    if (other === undefined) return 'your invitation was revoked';
    return other.hash === hash
      ? 'your invitation has expired: ask for a new one'
      : 'your invitation was replaced: run the new line you were sent';
  }

  /** Is the invitation with this hash still good? */
  stands(hash: string, now: number): boolean {
    return this.#invites.some((invite) => invite.hash === hash && isCurrent(invite, now));
  }
}

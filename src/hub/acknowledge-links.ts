/** Links that acknowledge one page, for people who read of it outside. Each is signed: whoever has it may use it, once. */
import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import { levelShape } from '../incident/paging.ts';
import { parseJson, personName, readAs, ulid, whole } from '../incident/shapes.ts';
import { isSameProof } from '../protocol/handshake.ts';

/** What the message is that has the link. */
const LINK_VIA = ['email', 'ntfy', 'slack', 'link'] as const;
export type LinkVia = (typeof LINK_VIA)[number];

const linkShape = v.object({
  /** The event of the page: all its links acknowledge once. */
  page: ulid,
  /** The record it stands in; null: the hub's own, because the alert belonged to no incident. */
  incident: v.nullable(v.string()),
  /** Of a page in the hub's own record. */
  alert: v.nullable(v.string()),
  level: levelShape,
  /** Who was called, and acknowledges. */
  name: personName,
  via: v.picklist(LINK_VIA),
  /** Seconds since 1970. */
  until: whole(1),
});
export type AcknowledgeLink = Readonly<v.InferOutput<typeof linkShape>>;

/** Longer than any page stays unanswered, ms. */
const VALID_MS = 24 * 3_600_000;
export const ACKNOWLEDGE_PATH = '/v1/ack/';

export class AcknowledgeLinks {
  readonly #key: Buffer;
  readonly #publicUrl: string | null;

  /** `secret`: the hub's, kept in its data folder. `publicUrl`: where people outside reach the hub; null: nowhere. */
  constructor(secret: string, publicUrl: string | null) {
    this.#key = createHmac('sha256', secret).update('warroom acknowledge links').digest();
    this.#publicUrl = publicUrl?.replace(/\/+$/, '') ?? null;
  }

  /** Null: people outside cannot reach the hub. `now`: ms since 1970. */
  url(page: Omit<AcknowledgeLink, 'until'>, now: number): string | null {
    if (this.#publicUrl === null) return null;
    const { name, level, via, incident, alert } = page;
    const link = { page: page.page, incident, alert, level, name, via, until: Math.ceil((now + VALID_MS) / 1000) };
    const payload = Buffer.from(JSON.stringify(link)).toString('base64url');
    return `${this.#publicUrl}${ACKNOWLEDGE_PATH}${payload}.${this.#mac(payload)}`;
  }

  /** What stands behind the path in a link of this hub. */
  read(text: string, now: number): AcknowledgeLink | 'unknown' | 'expired' {
    const [payload = '', mac = '', ...rest] = text.split('.');
    if (rest.length > 0 || !isSameProof(mac, this.#mac(payload))) return 'unknown';
    const link = readAs(linkShape, parseJson(Buffer.from(payload, 'base64url').toString()));
    return link === null ? 'unknown' : link.until * 1000 < now ? 'expired' : link;
  }

  #mac(payload: string): string {
    return createHmac('sha256', this.#key).update(payload).digest('base64url');
  }
}

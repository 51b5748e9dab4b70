/** The output of a step on its way out of its process: masked, cut, in parts of a bounded size. */
import { groupedNumber } from '../../incident/words.ts';

/** Characters of one part, and how much is held back so that no secret is cut in two. */
const PART = 32_768;
const HELD_BACK = 4_096;
/** A private key has many lines: what begins one waits for its end, up to so many characters. */
const MOST_KEY = 16_384;
/** Shorter ones would mask half of every text. */
const SHORTEST_SECRET = 4;

export const MASK = '•••';

/** What looks like a secret, whoever printed it. The first group, where there is one, stays. */
const LOOKS_SECRET: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----))*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g,
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,80}:)[^\s@/]{1,200}(?=@)/gi,
  /(\b(?:authorization|proxy-authorization|x-api-key|cookie|set-cookie)["']?\s{0,8}[:=]\s{0,8}["']?)[^\r\n"']{1,2000}/gi,
  /(\bbearer\s+)[\w.~+/=-]{8,2000}/gi,
  /((?:passw(?:or)?d|passwd|secret|token|api_?key|access_?key|private_?key|credentials?)\w{0,40}["']?\s{0,8}[:=]\s{0,8}["']?)[^\s"',;&]{4,2000}/gi,
  /\beyJ[\w-]{8,2000}\.[\w-]{4,2000}\.[\w-]{0,2000}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bgh[pousr]_\w{30,255}\b|\bxox[abprs]-[\w-]{10,200}|\bsk_live_\w{10,200}/g,
];

export function masked(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) safe = safe.replaceAll(secret, MASK);
  for (const pattern of LOOKS_SECRET)
    safe = safe.replace(pattern, (_all, kept: unknown) => `${typeof kept === 'string' ? kept : ''}${MASK}`);
  return safe;
}

/** Also as they stand in URLs, JSON and base64, there whatever follows them, and the lines of one that has several. */
export const maskable = (secrets: readonly string[]): readonly string[] => {
  const forms = secrets
    .flatMap((secret) => [secret, ...secret.split(/[\r\n]+/)])
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
      wholeBytes(secret).toString('base64'),
    ])
    .filter((form) => form.length >= SHORTEST_SECRET);
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
};

/** Whose base64 does not depend on what comes after. */
const wholeBytes = (secret: string): Buffer => {
  const bytes = Buffer.from(secret);
  return bytes.subarray(0, bytes.length - (bytes.length % 3));
};

interface OutputOptions {
  readonly secrets: readonly string[];
  /** Bytes that are sent on. */
  readonly most: number;
  /** Resolves once the part is taken, which holds back who prints. */
  readonly send: (text: string) => Promise<void>;
}

export class Output {
  readonly #options: OutputOptions;
  readonly #decoder = new TextDecoder();
  #waiting = '';
  #sent = 0;
  #dropped = 0;
  #isBinary = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Resolves when more may be printed. */
  write(chunk: Buffer | string): Promise<void> {
    const bytes = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    if (typeof chunk !== 'string' && !this.#isBinary && chunk.includes(0)) this.#isBinary = true;
    if (this.#isBinary || this.#sent + this.#waiting.length >= this.#options.most) {
      this.#dropped += bytes;
      return this.#sending;
    }
    this.#waiting += typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true });
    if (this.#waiting.length >= 2 * HELD_BACK || this.#waiting.includes('\n')) this.#flush(false);
    return this.#sending;
  }

  /** Sends what is held back, and says what was left out. */
  async end(): Promise<void> {
    this.#flush(true);
    if (this.#dropped > 0) {
      const what = this.#isBinary ? 'binary output, not shown' : 'more were printed and not kept';
      this.#send(`\n[${groupedNumber(this.#dropped)} bytes: ${what}]\n`);
    }
    await this.#sending;
  }

  /** Whole lines at once; of a long line all but its end, in which a secret may have begun. What waits is not masked yet. */
  #flush(isEnd: boolean): void {
    const all = this.#waiting;
    const until = isEnd ? all.length : wholeUntil(all, this.#options.secrets);
    this.#waiting = all.slice(until);
    const text = masked(all.slice(0, until), this.#options.secrets);
    const room = Math.max(0, this.#options.most - this.#sent);
    const kept = Buffer.byteLength(text) <= room ? text : Buffer.from(text).subarray(0, room).toString('utf8');
    this.#dropped += Buffer.byteLength(text) - Buffer.byteLength(kept);
    for (let at = 0; at < kept.length; at += PART) this.#send(kept.slice(at, at + PART));
  }

  #send(text: string): void {
    this.#sent += Buffer.byteLength(text);
    this.#sending = this.#sending.then(() => this.#options.send(text));
  }
}

/** Up to where a text can be masked before the rest of it is known. */
function wholeUntil(all: string, secrets: readonly string[]): number {
  const key = all.lastIndexOf('-----BEGIN ');
  const isKey = key >= 0 && all.length - key < MOST_KEY && !all.includes('-----END ', key);
  const line = all.lastIndexOf('\n') + 1;
  const end = Math.max(line, all.length - HELD_BACK);
  const until = end === line ? line : beforeSecret(all, end, secrets);
  return isKey ? Math.min(until, key) : until;
}

/** `end`, or where the secret begins that goes beyond it. */
function beforeSecret(all: string, end: number, secrets: readonly string[]): number {
  const crossing = [
    ...secrets.map((secret) => ({ at: all.lastIndexOf(secret, end - 1), length: secret.length })),
    ...LOOKS_SECRET.flatMap((pattern) =>
      [...all.matchAll(pattern)].map(({ 0: found, index }) => ({ at: index, length: found.length })),
    ),
  ].filter(({ at, length }) => at >= 0 && at < end && at + length > end);
  const first = Math.min(end, ...crossing.map(({ at }) => at));
  return all.length - first > MOST_KEY ? end : first;
}

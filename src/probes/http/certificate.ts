/** Until when a server's certificate chain is valid. Asked on a connection of its own that sends no data. */
import { X509Certificate } from 'node:crypto';
import tls, { type ConnectionOptions } from 'node:tls';
import { tlsTarget } from './exchange.ts';

const EVERY_MS = 60_000;

/** Remembers the answer between polls and asks again every minute. */
export class CertificateWatch {
  readonly #url: URL;
  #askedAt = -Infinity;
  #expiry: number | null = null;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Seconds since 1970 of the earliest end in the chain that is trusted; null for plain HTTP or while unknown. */
  async expiry(options: ConnectionOptions, timeoutMs: number): Promise<number | null> {
    if (this.#url.protocol !== 'https:' && this.#url.protocol !== 'wss:') return null;
    const now = performance.now();
    if (now - this.#askedAt < EVERY_MS) return this.#expiry;
    this.#askedAt = now;
    const expiry = await earliestExpiry(this.#url, options, timeoutMs);
    // After a failure the known date stays, and the next poll asks again.
    if (expiry === null) this.#askedAt = -Infinity;
    else this.#expiry = expiry;
    return this.#expiry;
  }
}

/**
 * Verification is off here, and only here: an expired or untrusted certificate still shows its date, and nothing
 * secret is sent. Null when there is no TLS server or it does not answer in time.
 */
function earliestExpiry(url: URL, options: ConnectionOptions, timeoutMs: number): Promise<number | null> {
  return new Promise((done) => {
    const socket = tls.connect({ ...tlsTarget(url, options), rejectUnauthorized: false });
    const finish = (expiry: number | null): void => {
      clearTimeout(timer);
      socket.destroy();
      done(expiry);
    };
    const timer = setTimeout(() => finish(null), timeoutMs);
    socket.on('error', () => finish(null));
    socket.on('secureConnect', () => {
      const leaf = socket.getPeerX509Certificate();
      finish(leaf === undefined ? null : earliest(chainOf(leaf, anchorsOf(options.ca))));
    });
  });
}

const earliest = (chain: readonly X509Certificate[]): number =>
  Math.min(...chain.map(({ validTo }) => Date.parse(validTo) / 1000));

/**
 * From the server's own certificate up to the first one that is trusted, as a client builds it: what the server sends
 * besides, such as a root that another one has signed as well, is not asked.
 */
function chainOf(leaf: X509Certificate, anchors: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain = [leaf];
  while (chain.length < LONGEST_CHAIN) {
    const last = chain.at(-1)!;
    if (last.checkIssued(last) || anchors.some(({ fingerprint256 }) => fingerprint256 === last.fingerprint256)) break;
    const anchor = anchors.find((one) => last.checkIssued(one) && last.verify(one.publicKey));
    const next = anchor ?? last.issuerCertificate;
    if (next === undefined) break;
    chain.push(next);
    if (anchor !== undefined) break;
  }
  return chain;
}
const LONGEST_CHAIN = 10;

let defaults: readonly X509Certificate[] | null = null;

/** The trusted certificates: those of `ca`, PEM, or Node's own. */
function anchorsOf(ca: ConnectionOptions['ca']): readonly X509Certificate[] {
  const pems =
    typeof ca === 'string' ? (ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []) : null;
  if (pems === null) return (defaults ??= tls.rootCertificates.map((pem) => new X509Certificate(pem)));
  return pems.map((pem) => new X509Certificate(pem));
}

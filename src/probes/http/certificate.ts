/** Until when a server's certificate chain is valid. Asked on a connection of its own that sends no data. */
import net from 'node:net';
import tls from 'node:tls';
import { lookup } from '../dns-lookup.ts';
import { bareHost } from './exchange.ts';

const EVERY_MS = 60_000;

/** Remembers the answer between polls and asks again every minute. */
export class CertificateWatch {
  readonly #url: URL;
  #askedAt = -Infinity;
  #expiry: number | null = null;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Seconds since 1970 of the earliest end in the chain; null for plain HTTP or while unknown. */
  async expiry(timeoutMs: number): Promise<number | null> {
    if (this.#url.protocol !== 'https:' && this.#url.protocol !== 'wss:') return null;
    const now = performance.now();
    if (now - this.#askedAt < EVERY_MS) return this.#expiry;
    this.#askedAt = now;
    const expiry = await earliestExpiry(this.#url, timeoutMs);
    // A failed look-up asks again next time and keeps what is known: a date does not go stale in a minute.
    if (expiry === null) this.#askedAt = -Infinity;
    else this.#expiry = expiry;
    return this.#expiry;
  }
}

/**
 * Verification is off here, and only here: an expired or untrusted certificate still shows its date, and nothing
 * secret is sent. Null when there is no TLS server or it does not answer in time.
 */
function earliestExpiry(url: URL, timeoutMs: number): Promise<number | null> {
  return new Promise((done) => {
    const host = bareHost(url);
    const port = Number(url.port || 443);
    // A server name that is an address is not allowed (Node warns DEP0123).
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    const socket = tls.connect({ host, port, rejectUnauthorized: false, lookup, ...servername });
    const finish = (expiry: number | null): void => {
      clearTimeout(timer);
      socket.destroy();
      done(expiry);
    };
    const timer = setTimeout(() => finish(null), timeoutMs);
    socket.on('error', () => finish(null));
    socket.on('secureConnect', () => finish(earliest(socket.getPeerCertificate(true))));
  });
}

/** The chain ends in a certificate that issued itself, or simply ends. */
function earliest(leaf: tls.DetailedPeerCertificate): number | null {
  let least: number | null = null;
  const seen = new Set<string>();
  let certificate: tls.DetailedPeerCertificate | undefined = leaf;
  while (certificate?.valid_to !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    const end = Date.parse(certificate.valid_to) / 1000;
    least = least === null ? end : Math.min(least, end);
    certificate = certificate.issuerCertificate;
  }
  return least;
}

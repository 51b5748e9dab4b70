/** TLS of a target: certificates from files, the options of a connection, and until when the server's chain is valid. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { lookup } from './dns-lookup.ts';
import { networkFailure, ProbeFailure, type Failure } from './failure.ts';
import type { SettingsReader } from './settings-reader.ts';

export interface Certificates {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

export function readCertificates(read: SettingsReader): Certificates {
  const [ca, cert, key] = [read.text('ca', null), read.text('cert', null), read.text('key', null)];
  if ((cert === null) !== (key === null))
    read.fault(cert === null ? 'key' : 'cert', 'a client certificate needs both cert: and key:, files in PEM');
  return { ca, cert, key };
}

/** Options of a TLS connection. Throws a ProbeFailure of class `config` for a file that cannot be read. */
export function tlsOptions({ ca, cert, key }: Partial<Certificates>): ConnectionOptions {
  const files = Object.entries({ ca, cert, key }).filter((entry): entry is [string, string] => entry[1] != null);
  const read = ([name, file]: [string, string]): [string, string] => {
    try {
      return [name, readFileSync(file, 'utf8')];
    } catch {
      throw new ProbeFailure({ class: 'config', phase: 'connect', message: `cannot read the ${name} file ${file}` });
    }
  };
  return Object.fromEntries(files.map(read));
}

/** The host without the brackets of an IPv6 address. */
export const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Options of a TLS connection to the server of a URL. */
export function tlsTarget(url: URL, options: ConnectionOptions): ConnectionOptions {
  const host = bareHost(url);
  // An IP address is not allowed as a server name (Node warns DEP0123).
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  return { ...options, host, port: Number(url.port || 443), lookup, ...servername };
}

/** Options that trust the authorities, or the one certificate that `hasFingerprint` then checks. */
export const trusting = (options: ConnectionOptions, fingerprint: string | null): ConnectionOptions =>
  fingerprint === null ? options : { ...options, rejectUnauthorized: false };

/** Whether the peer has the certificate with this SHA-256; true for null, where the authorities decide. */
export const hasFingerprint = (socket: TLSSocket, fingerprint: string | null): boolean =>
  fingerprint === null || socket.getPeerCertificate().fingerprint256 === fingerprint;

export const OTHER_CERTIFICATE: Failure = {
  class: 'tls_untrusted',
  phase: 'tls',
  message: "the certificate is not the hub's own: another program answers there",
};

/** Connects, sends nothing, and answers what `listen` makes of the socket's events; null after `ms`. */
function handshake<T>(
  options: ConnectionOptions,
  ms: number,
  listen: (socket: TLSSocket, done: (answer: T | null) => void) => void,
): Promise<T | null> {
  return new Promise((resolve) => {
    const socket = tls.connect(options);
    const done = (answer: T | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, ms, null);
    listen(socket, done);
  });
}

const ALERT_MS = 300;

/**
 * The reason why a TLS server closes a connection before it answers, such as a missing client certificate; null if it
 * gives none. A client that has sent something does not get that alert, so it is read on a connection that sends nothing.
 */
export const tlsAlert = (options: ConnectionOptions): Promise<Failure | null> =>
  handshake<Failure>(options, ALERT_MS, (socket, done) => {
    socket.on('error', (error) => {
      const failure = networkFailure(error, 'tls');
      done(failure?.class === 'tls' ? failure : null);
    });
    socket.on('close', () => done(null));
  });

const EXPIRY_EVERY_MS = 60_000;

/** Remembers the expiry of a server's certificate and reads it every minute. */
export class CertificateWatch {
  readonly #url: URL;
  #dueAt = 0;
  #expiry: number | null = null;

  constructor(url: URL) {
    this.#url = url;
  }

  /** The earliest end in the trusted chain, seconds since 1970; null for plain HTTP or while unknown. */
  async expiry(options: ConnectionOptions, timeoutMs: number): Promise<number | null> {
    if (this.#url.protocol !== 'https:') return null;
    if (performance.now() < this.#dueAt) return this.#expiry;
    const expiry = await earliestExpiry(tlsTarget(this.#url, options), timeoutMs);
    // After a failure the known date stays, and the next poll asks again.
    if (expiry !== null) this.#dueAt = performance.now() + EXPIRY_EVERY_MS;
    return (this.#expiry = expiry ?? this.#expiry);
  }
}

/** Does not verify, so that an expired or untrusted certificate still shows its date; nothing secret is sent. */
const earliestExpiry = (options: ConnectionOptions, timeoutMs: number): Promise<number | null> =>
  handshake<number>({ ...options, rejectUnauthorized: false }, timeoutMs, (socket, done) => {
    socket.on('error', () => done(null));
    socket.on('secureConnect', () => {
      const leaf = socket.getPeerX509Certificate();
      const chain = leaf === undefined ? [] : chainOf(leaf, anchorsOf(options.ca));
      done(leaf === undefined ? null : Math.min(...chain.map(({ validTo }) => Date.parse(validTo) / 1000)));
    });
  });

const LONGEST_CHAIN = 10;

/** From the server's certificate up to the first trusted one, as a client builds it, without others that the server sends. */
function chainOf(leaf: X509Certificate, anchors: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: X509Certificate | undefined = leaf;
  while (next !== undefined && chain.length < LONGEST_CHAIN) {
    const last: X509Certificate = next;
    chain.push(last);
    if (last.checkIssued(last) || anchors.some(({ fingerprint256 }) => fingerprint256 === last.fingerprint256)) break;
    next = anchors.find((one) => last.checkIssued(one) && last.verify(one.publicKey)) ?? last.issuerCertificate;
  }
  return chain;
}

let defaults: readonly X509Certificate[] | null = null;

/** The trusted certificates: those of `ca`, PEM, or Node's own. */
function anchorsOf(ca: ConnectionOptions['ca']): readonly X509Certificate[] {
  if (typeof ca !== 'string') return (defaults ??= tls.rootCertificates.map((pem) => new X509Certificate(pem)));
  const pems = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return pems.map((pem) => new X509Certificate(pem));
}

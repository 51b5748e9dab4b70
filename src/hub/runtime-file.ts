/** The runtime file, which tells the consoles of this machine where the hub is. */
import { X509Certificate } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { thisProcessIdentity } from '../log/process-identity.ts';
import { readRuntime, runtimeFile, type Runtime } from '../protocol/runtime.ts';
import type { Tls } from './server.ts';

export interface Running extends Pick<Runtime, 'startedAt' | 'version' | 'background'> {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

export class RuntimeFile {
  readonly url: string;
  readonly httpUrl: string;
  readonly #hub: Running;
  #told: Runtime | null = null;

  constructor(hub: Running) {
    const place = `${here(hub.host)}:${hub.port}`;
    this.#hub = hub;
    this.url = `${hub.isSecure ? 'wss' : 'ws'}://${place}`;
    this.httpUrl = `${hub.isSecure ? 'https' : 'http'}://${place}`;
  }

  /** For the hub's probe of itself: the addresses, and the certificate's fingerprint. */
  get own(): { readonly ws: string; readonly http: string; readonly fingerprint: string | null } {
    return { ws: this.url, http: this.httpUrl, fingerprint: this.#told?.fingerprint ?? null };
  }

  /** Writes the file; again after a new certificate. */
  async announce(tls: Tls | null): Promise<void> {
    const { dataDir, host, port, isSecure, startedAt, version, background } = this.#hub;
    const name = elsewhere(host, tls?.cert ?? null, hostname());
    this.#told = {
      ...thisProcessIdentity(),
      url: this.url,
      http: this.httpUrl,
      elsewhere: `${isSecure ? 'wss' : 'ws'}://${name}:${port}`,
      fingerprint: tls === null ? null : fingerprint(tls.cert),
      startedAt,
      version,
      background,
    };
    const fresh = `${runtimeFile(dataDir)}.${process.pid}`;
    await writeFile(fresh, `${JSON.stringify(this.#told)}\n`, { mode: 0o600 });
    await rename(fresh, runtimeFile(dataDir));
  }

  /** Removes the file, unless another hub has replaced it. */
  async withdraw(): Promise<void> {
    if (this.#told === null) return;
    const file = runtimeFile(this.#hub.dataDir);
    const there = readRuntime(await readFile(file, 'utf8').catch(() => ''));
    if (there?.pid === this.#told.pid && there.startedAt === this.#told.startedAt) await rm(file, { force: true });
  }
}

/** Wildcard addresses, which mean nothing on another machine. */
const EVERYWHERE = ['0.0.0.0', '::'];

/** The address for this machine. */
export const here = (host: string): string =>
  bracketed(host === '::' ? '::1' : host === '0.0.0.0' ? '127.0.0.1' : host);

/** The address for other machines: `host` if usable and in the certificate (PEM), else its first name, else ours. */
export function elsewhere(host: string, cert: string | null, hostname: string): string {
  const everywhere = EVERYWHERE.includes(host);
  if (cert === null) return bracketed(everywhere ? hostname : host);
  const certificate = new X509Certificate(cert);
  if (!everywhere && (certificate.checkHost(host) ?? certificate.checkIP(host)) !== undefined) return bracketed(host);
  return bracketed(nameIn(certificate) ?? (everywhere ? hostname : host));
}

/** Pins the certificate for local consoles, whatever name it is for. */
export const fingerprint = (cert: string): string => new X509Certificate(cert).fingerprint256;

/** The first name usable by others; no wildcard, no loopback. */
function nameIn({ subjectAltName = '', subject }: X509Certificate): string | undefined {
  const names = [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name);
  const common = /^CN=(\S+)$/m.exec(subject ?? '')?.[1];
  return [...names, ...(common === undefined ? [] : [common])].find(
    (name) => !name.includes('*') && !/^(?:localhost$|127\.|0*:0*:.*:0*1$|::1$)/.test(name),
  );
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** What a hub is called: by this machine, and by others. */
import { X509Certificate } from 'node:crypto';

/** Names that mean this machine: whoever hears them from elsewhere comes to their own. */
const EVERYWHERE = ['0.0.0.0', '::'];

/** Where programs on this machine reach a hub that listens on `host`. */
export const here = (host: string): string =>
  bracketed(host === '::' ? '::1' : host === '0.0.0.0' ? '127.0.0.1' : host);

/**
 * Where others reach it: where it listens, unless its certificate (PEM) is made for another name, or it listens
 * everywhere; then it goes by the certificate's first name, or by that of the machine.
 */
export function elsewhere(host: string, cert: string | null, hostname: string): string {
  const everywhere = EVERYWHERE.includes(host);
  if (cert === null) return bracketed(everywhere ? hostname : host);
  const certificate = new X509Certificate(cert);
  if (!everywhere && (certificate.checkHost(host) ?? certificate.checkIP(host)) !== undefined) return bracketed(host);
  return bracketed(nameIn(certificate) ?? (everywhere ? hostname : host));
}

/** How a console on this machine knows the hub's certificate, whatever name it was made for. */
export const fingerprint = (cert: string): string => new X509Certificate(cert).fingerprint256;

/** The first name others could use; a wildcard is none. */
function nameIn({ subjectAltName = '', subject }: X509Certificate): string | undefined {
  const names = [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name);
  const common = /^CN=(\S+)$/m.exec(subject ?? '')?.[1];
  return [...names, ...(common === undefined ? [] : [common])].find(
    (name) => !name.includes('*') && !/^(?:localhost$|127\.|0*:0*:.*:0*1$|::1$)/.test(name),
  );
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

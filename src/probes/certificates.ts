/** The files of a target's TLS: authorities to trust, and the certificate that is shown to a server that asks for one. */
import { readFileSync } from 'node:fs';
import tls, { type ConnectionOptions } from 'node:tls';
import { networkFailure, ProbeFailure, type Failure } from './failure.ts';
import type { SettingsReader } from './settings-reader.ts';

/** Paths of files in PEM. */
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

/** The options of a connection. Throws a ProbeFailure of class `config` for a file that cannot be read. */
export function tlsOptions(files: Certificates): ConnectionOptions {
  const given = Object.entries({ ca: files.ca, cert: files.cert, key: files.key });
  return Object.fromEntries(given.flatMap(([name, file]) => (file === null ? [] : [[name, pem(name, file)]])));
}

function pem(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ProbeFailure({ class: 'config', phase: 'connect', message: `cannot read the ${name} file ${file}` });
  }
}

/** How long a server may take to say why it ends a connection, ms. */
const ALERT_MS = 300;

/**
 * Why a TLS server ended a connection before it answered anything, such as for want of our certificate. Its alert is lost
 * when something was sent to it; who connects and sends nothing can read it. Null: it gives no reason.
 */
export function tlsAlert(options: ConnectionOptions): Promise<Failure | null> {
  return new Promise((done) => {
    const socket = tls.connect(options);
    const finish = (failure: Failure | null): void => {
      clearTimeout(timer);
      socket.destroy();
      done(failure?.class === 'tls' ? failure : null);
    };
    const timer = setTimeout(() => finish(null), ALERT_MS);
    socket.on('error', (error) => finish(networkFailure(error, 'tls')));
    socket.on('close', () => finish(null));
  });
}

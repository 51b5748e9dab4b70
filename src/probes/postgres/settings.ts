/** The keys of a postgres target. */
import { readCertificates, type Certificates } from '../certificates.ts';
import type { SettingsFault } from '../probe.ts';
import { SettingsReader } from '../settings-reader.ts';
import { parseConnectionString } from './connection-string.ts';

export interface PostgresSettings extends Certificates {
  /** As libpq takes it: a URL or `host=… dbname=…`. */
  readonly url: string;
  /** For a connect and for a round trip of queries; the server's own statement_timeout is a little less. */
  readonly timeoutMs: number;
}

/** Reads them; answers every fault there is. */
export function parsePostgresSettings(
  raw: Readonly<Record<string, unknown>>,
): PostgresSettings | { readonly faults: readonly SettingsFault[] } {
  const read = new SettingsReader(raw);
  const url = read.text('url', '');
  const address = url === '' ? null : parseConnectionString(url);
  if (!read.has('url'))
    read.fault([], 'a postgres target needs a url, such as postgres://user@127.0.0.1:5432/database');
  if (typeof address === 'string') read.fault('url', address);
  return read.done({ url, timeoutMs: read.duration('timeout', 2500), ...readCertificates(read) });
}

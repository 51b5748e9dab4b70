/** The keys of a postgres target. */
import type { Fault } from '../probe.ts';
import { SettingsReader } from '../settings-reader.ts';

export interface PostgresSettings {
  readonly url: string;
  /** For a connect and for a round trip of queries; the server's own statement_timeout is a little less. */
  readonly timeoutMs: number;
  /** File with further authorities, PEM. */
  readonly ca: string | null;
}

/** Reads them; answers every fault there is. */
export function parseSettings(
  raw: Readonly<Record<string, unknown>>,
): PostgresSettings | { readonly faults: readonly Fault[] } {
  const read = new SettingsReader(raw);
  if (raw['url'] === undefined)
    read.fault([], 'a postgres target needs a url, such as postgres://user@127.0.0.1:5432/database');
  return read.done({
    url: read.url('url', ['postgres:', 'postgresql:']) ?? '',
    timeoutMs: read.duration('timeout', 2500),
    ca: read.text('ca', null),
  });
}

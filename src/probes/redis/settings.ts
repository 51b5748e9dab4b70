/** The keys of a redis target. */
import { readCertificates, type Certificates } from '../certificates.ts';
import type { SettingsFault } from '../probe.ts';
import { SettingsReader } from '../settings-reader.ts';

export interface RedisSettings extends Certificates {
  readonly url: string;
  readonly timeoutMs: number;
  /** What memory use is measured against when the server has no maxmemory: a container's limit, bytes. */
  readonly memoryLimit: number | null;
  /** 2 for proxies that do not know RESP3. */
  readonly protocol: 2 | 3;
}

/** Reads them; answers every fault there is. */
export function parseRedisSettings(
  raw: Readonly<Record<string, unknown>>,
): RedisSettings | { readonly faults: readonly SettingsFault[] } {
  const read = new SettingsReader(raw);
  const protocol = read.value('protocol') ?? 3;
  if (protocol !== 2 && protocol !== 3) read.fault('protocol', 'protocol must be 2 or 3');
  if (raw['url'] === undefined) read.fault([], 'a redis target needs a url, such as redis://127.0.0.1:6379');
  return read.done({
    url: read.url('url', ['redis:', 'rediss:', 'unix:']) ?? '',
    timeoutMs: read.duration('timeout', 1500),
    memoryLimit: read.count('memory_limit_bytes', 1, null),
    protocol: protocol === 2 ? 2 : 3,
    ...readCertificates(read),
  });
}

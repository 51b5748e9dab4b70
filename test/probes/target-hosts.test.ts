import { expect, test } from 'vitest';
import { hostsOf } from '../../src/probes/target-hosts.ts';

test.each([
  ['redis://user:pa%2Fss@cache.prod:6379/0', ['cache.prod']],
  ['postgres://db1/shop', ['db1']],
  ['postgresql://app:secret@db1,db2/shop', ['db1', 'db2']],
  ['host=db3 dbname=shop password=secret', ['db3']],
  ['host=/run/postgresql dbname=shop', []],
  ['postgres:///shop', []],
  ['redis://127.0.0.1:6379', []],
  // Readers may know the address of what they use.
  ['https://www.example.com/health', []],
  ['hub:/healthz', []],
])('%s is about %j', (url, hosts) => expect(hostsOf({ url, timeoutMs: 1000 })).toEqual(hosts));

test('settings without an address name no host', () => {
  for (const settings of [undefined, null, 'redis://cache', {}, { url: null }]) expect(hostsOf(settings)).toEqual([]);
});

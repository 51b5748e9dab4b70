/** Which commands of Redis an observe step may give: those that read, and do not hold up the server for long. */
import { suggestion } from '../incident/fuzzy.ts';

/** Each with the words that may follow it; none: any. */
const READS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    `PING INFO DBSIZE LASTSAVE TIME ROLE ECHO TYPE TTL PTTL EXPIRETIME PEXPIRETIME EXISTS STRLEN GET GETRANGE MGET HLEN HGET HMGET
    HEXISTS HSTRLEN LLEN LINDEX LRANGE SCARD SISMEMBER ZCARD ZCOUNT ZSCORE ZRANGE XLEN XRANGE BITCOUNT SCAN HSCAN SSCAN ZSCAN LOLWUT`
      .split(/\s+/)
      .map((name) => [name, []]),
  ),
  CONFIG: ['GET'],
  MEMORY: ['STATS', 'USAGE', 'DOCTOR', 'MALLOC-STATS'],
  CLIENT: ['LIST', 'INFO', 'ID', 'GETNAME'],
  SLOWLOG: ['GET', 'LEN'],
  LATENCY: ['LATEST', 'HISTORY', 'DOCTOR', 'HISTOGRAM'],
  OBJECT: ['ENCODING', 'FREQ', 'IDLETIME', 'REFCOUNT'],
  XINFO: ['STREAM', 'GROUPS', 'CONSUMERS'],
  PUBSUB: ['CHANNELS', 'NUMSUB', 'NUMPAT'],
  CLUSTER: ['INFO', 'NODES', 'SHARDS', 'SLOTS', 'MYID', 'KEYSLOT', 'COUNTKEYSINSLOT'],
  COMMAND: ['COUNT', 'INFO', 'DOCS'],
  ACL: ['WHOAMI', 'LIST', 'USERS', 'CAT'],
  MODULE: ['LIST'],
};
/** What people reach for, and what to do in its place. */
const INSTEAD: Readonly<Record<string, string>> = {
  KEYS: 'it blocks the server while it runs; use SCAN',
  MONITOR: 'it never ends, and slows the server down; use SLOWLOG GET',
  DEBUG: 'it can stop the server; use OBJECT or MEMORY USAGE',
  EVAL: 'a script may write',
};

/** The commands of a block, a line each, without comments. */
export const redisCommands = (text: string): { readonly words: readonly string[]; readonly line: number }[] =>
  text.split('\n').flatMap((line, at) => {
    const words = line.trim().split(/\s+/);
    return words[0] === '' || words[0]?.startsWith('#') === true ? [] : [{ words, line: at }];
  });

/** Why a step that only observes may not give this command; null: it may. */
export function redisFault(words: readonly string[]): string | null {
  const [name = '', sub = ''] = words.map((word) => word.toUpperCase());
  const subs = Object.hasOwn(READS, name) ? READS[name] : undefined;
  const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
  if (instead !== undefined) return `${name} is not given: ${instead}`;
  if (subs === undefined)
    return `${name} is none of the commands that only read${suggestion(name, Object.keys(READS))}`;
  if (subs.length === 0 || subs.includes(sub)) return null;
  return `${name} ${sub} is none of the commands that only read; of ${name} they are ${subs.join(', ')}`;
}

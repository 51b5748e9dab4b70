/** Keys without expiry that match a pattern, over all pages of SCAN, and the steps that change them one page at a time. */
import { groupedNumber } from '../../incident/words.ts';
import { numberIn, type Info } from '../../probes/redis/metrics.ts';
import { bytesInWords, secondsParam, textParam } from './params.ts';
import { memoryNow, RedisServer, sameServer, type Words } from './redis-server.ts';
import {
  serverStep,
  StepRefusal,
  type MutateStep,
  type Preview,
  type Progress,
  type StepContext,
  type Verification,
} from './step.ts';

/** Keys that one SCAN looks at: a fifth of a millisecond of the server. */
const PAGE = 1000;
/** Between two pages, ms: other clients come first. */
const PAUSE_MS = 5;
const BATCH = 200;
const SAMPLES = 10;
/** Keys whose size is asked; the rest is estimated by them. */
const MEASURED = 1000;

interface KeyChange {
  /** Whether a key without expiry is meant, of those on a page; all unless given. */
  chosen?(server: RedisServer, keys: readonly string[]): Promise<readonly string[]>;
  /** Changes one key if it still has no expiry, atomically, and answers 1 or 0. Also tried on a key that is not there. */
  command(server: RedisServer, key: string): Words;
  readonly undo: string | null;
}

/** What must stand before the first wildcard: a pattern for all keys would hit queues and sessions, too. */
function patternParam(context: StepContext): string {
  const pattern = textParam(context, 'pattern');
  const start = pattern.search(/[*?[\\]/);
  if (start >= 0 && start < 3)
    throw new StepRefusal(`the pattern "${pattern}" fits too much: begin it with a prefix such as presence:user:*`);
  return pattern;
}

async function previewKeys(server: RedisServer, context: StepContext, change: KeyChange): Promise<Preview> {
  const pattern = patternParam(context);
  // On a name that no key has: a missing right is told now and not after the confirmation.
  await server.call(change.command(server, `${pattern.replace(/[*?[\\].*/, '')}${crypto.randomUUID()}`));
  let [count, measured, bytes, looked] = [0, 0, 0, 0];
  const samples: string[] = [];
  let isComplete = true;
  try {
    for await (const { keys, seen } of withoutExpiry(context, server, pattern, change)) {
      count += keys.length;
      looked += seen;
      samples.push(...keys.slice(0, SAMPLES - samples.length));
      const some = keys.slice(0, MEASURED - measured);
      const sizes = await server.ask(['MEMORY', 'USAGE'], some);
      measured += sizes.filter((size) => typeof size === 'number').length;
      bytes += sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0);
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    isComplete = false;
  }
  const total = measured === 0 ? 0 : Math.round((bytes / measured) * count);
  context.say(
    `${groupedNumber(count)} keys without expiry like ${pattern} are meant, ${count > measured ? 'about ' : ''}${bytesInWords(total)}; ${groupedNumber(looked - count)} others like it are left alone`,
  );
  const items = { runId: server.runId };
  const facts = { samples, node: server.node, role: 'master', complete: isComplete, bytes: total };
  return { count, unit: 'keys', ...facts, undo: change.undo, irreversible: true, items };
}

async function changeKeys(
  server: RedisServer,
  context: StepContext,
  change: KeyChange,
  preview: Preview,
  onBatch: (soFar: Progress) => Promise<void>,
): Promise<Progress> {
  const pattern = patternParam(context);
  sameServer(server, preview);
  let [applied, skipped] = [0, 0];
  for await (const { keys } of withoutExpiry(context, server, pattern, change)) {
    for (let at = 0; at < keys.length; at += BATCH) {
      const batch = keys.slice(at, at + BATCH);
      const answers = await server.all(batch.map((key) => change.command(server, key)));
      const done = answers.filter((answer) => Number(answer) === 1).length;
      applied += done;
      skipped += batch.length - done;
      await onBatch({ applied, skipped });
    }
  }
  return { applied, skipped };
}

/** `verify`: what is said of it when `left` keys are meant still. */
const keyStep = (
  changeOf: (context: StepContext) => KeyChange,
  verify: (context: StepContext, server: RedisServer, left: number) => Promise<Verification>,
): MutateStep =>
  serverStep(RedisServer.master, {
    batch: BATCH,
    preview: (server, context) => previewKeys(server, context, changeOf(context)),
    apply: (server, context, preview, onBatch) => changeKeys(server, context, changeOf(context), preview, onBatch),
    async verify(server, context) {
      const pages = withoutExpiry(context, server, patternParam(context), changeOf(context));
      let left = 0;
      for await (const { keys } of pages) left += keys.length;
      return verify(context, server, left);
    },
  });

interface Page {
  readonly keys: readonly string[];
  /** Keys that match, with and without expiry. */
  readonly seen: number;
}

async function* withoutExpiry(
  { signal, pause }: StepContext,
  server: RedisServer,
  pattern: string,
  change: KeyChange,
): AsyncGenerator<Page> {
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const page = (await server.call(['SCAN', cursor, 'MATCH', pattern, 'COUNT', PAGE])) as [string, string[]];
    cursor = String(page[0]);
    // SCAN may answer a key more than once.
    const found = [...new Set(page[1])];
    const expiries = await server.ask(['PTTL'], found);
    if (expiries.includes(null)) throw new StepRefusal(`${server.node} does not say which keys expire`);
    const lasting = found.filter((_, i) => expiries[i] === -1);
    if (found.length > 0) yield { keys: (await change.chosen?.(server, lasting)) ?? lasting, seen: found.length };
    if (cursor !== '0') await pause(PAUSE_MS);
  } while (cursor !== '0');
}

/** Before 7.0 EXPIRE has no NX. */
const EXPIRE_GUARDED = `if redis.call('PTTL', KEYS[1]) == -1 then return redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return 0`;

export function expireCommand(info: Info, key: string, ttlS: number): Words {
  // Else all of them expire in the same second, and everybody writes them again at once.
  const ttl = ttlS + Math.floor(Math.random() * (ttlS / 10 + 1));
  return majorVersion(info) >= 7 ? ['EXPIRE', key, ttl, 'NX'] : ['EVAL', EXPIRE_GUARDED, 1, key, ttl * 1000];
}

/** Valkey stays at 7.2.4 here. */
const majorVersion = (info: Info): number => Number(info.get('redis_version')?.split('.', 1)[0] ?? 0);

/** Gives keys that never expire an expiry. A key that has one is left alone, and so is one that gains it in between. */
export const expireMissing = keyStep(
  (context) => {
    const ttl = secondsParam(context, 'ttl');
    return {
      command: ({ info }, key) => expireCommand(info, key, ttl),
      undo: `PERSIST each key like ${patternParam(context)} within ${ttl} s; those with an expiry of their own cannot be told apart then`,
    };
  },
  async (context, server, left) => {
    const { text } = await memoryNow(context, server);
    const expiring = numberIn(server.info, 'expired_keys') ?? 0;
    const gone = (numberIn(await server.refresh(), 'expired_keys') ?? 0) - expiring;
    return {
      state: left === 0 ? 'ok' : 'pending',
      text: `${groupedNumber(left)} keys like ${patternParam(context)} without expiry; ${text}; ${gone} keys expired in the last second`,
    };
  },
);

const UNLINK_GUARDED = `if redis.call('PTTL', KEYS[1]) == -1 and redis.call('OBJECT', 'IDLETIME', KEYS[1]) >= tonumber(ARGV[1]) then return redis.call('UNLINK', KEYS[1]) end return 0`;

export const unlinkCommand = (key: string, idleS: number): Words => ['EVAL', UNLINK_GUARDED, 1, key, idleS];

/** Deletes keys that never expire and were not used for long. Both are looked at again at the moment a key is deleted. */
export const unlinkIdle = keyStep(
  (context) => {
    const idle = secondsParam(context, 'idle');
    return {
      async chosen(server, keys) {
        if (server.info.get('maxmemory_policy')?.includes('lfu') === true)
          throw new StepRefusal(
            `${server.node} evicts by frequency (lfu) and does not know how long a key was not used`,
          );
        const ages = await server.ask(['OBJECT', 'IDLETIME'], keys);
        return keys.filter((_, i) => Number(ages[i] ?? -1) >= idle);
      },
      command: (_, key) => unlinkCommand(key, idle),
      undo: null,
    };
  },
  async (context, server, left) => {
    const memory = await memoryNow(context, server);
    const text = `${groupedNumber(left)} such keys like ${patternParam(context)} left; ${memory.text}`;
    return { state: left === 0 ? memory.state : 'pending', text };
  },
);

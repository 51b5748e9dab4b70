/** The kinds of faults that a drill's script may name. */
import type { Fault } from './fault.ts';
import { postgresLeak } from './postgres-leak.ts';
import { chatStorm, oauthProvider } from './program-fault.ts';
import { redisFill } from './redis-fill.ts';

export const FAULTS: Readonly<Record<string, Fault>> = {
  'redis.fill': redisFill,
  'postgres.leak': postgresLeak,
  'chat.storm': chatStorm,
  'oauth.provider': oauthProvider,
};

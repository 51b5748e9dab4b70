/** The built-in steps, loaded when they run: one line each. */
import type { NativeStep } from './step.ts';

/** `uses` -> its step. */
export const NATIVE: Readonly<Record<string, () => Promise<NativeStep>>> = {
  'redis.expire-missing': async () => (await import('./redis-keys.ts')).expireMissing,
  'redis.unlink-idle': async () => (await import('./redis-keys.ts')).unlinkIdle,
  'redis.raise-maxmemory': async () => (await import('./redis-raise-maxmemory.ts')).step,
  'redis.kill-client': async () => (await import('./redis-kill-client.ts')).step,
  'pg.terminate-root-blockers': async () => (await import('./pg-terminate-root-blockers.ts')).step,
  'pg.cancel-active': async () => (await import('./pg-cancel-active.ts')).step,
  'pg.terminate-idle': async () => (await import('./pg-terminate-idle.ts')).step,
  'ws.rate-limit': async () => (await import('./ws-rate-limit.ts')).step,
  'http.toggle': async () => (await import('./http-setting.ts')).step,
  'oauth.check': async () => (await import('./oauth-check.ts')).step,
  'redis.diagnose': async () => (await import('./redis-diagnose.ts')).step,
  'pg.diagnose': async () => (await import('./pg-diagnose.ts')).step,
  'ws.diagnose': async () => (await import('./ws-diagnose.ts')).step,
};

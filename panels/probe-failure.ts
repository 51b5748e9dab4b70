/** How old a target's last reading is, and why a poll failed, in words. */
import { age } from '../src/incident/time.ts';
import type { ErrorClass, Reading } from '../src/protocol/reading.ts';
import { ageOf, type TargetView } from './model.ts';
import type { Health } from './panel.ts';

/** `late` is drawn dim; `stale` shows its age and is no longer believed. */
type Freshness = 'none' | 'fresh' | 'late' | 'stale';

/** Late from 2 intervals on, stale from 3 on, but never stale within 5 s. */
export function freshness(target: TargetView, mono: number): Freshness {
  const { reading, intervalMs } = target;
  const ageMs = ageOf(target, mono);
  if (reading === null || ageMs === null) return 'none';
  if (ageMs >= Math.max(3 * intervalMs, 5000)) return 'stale';
  return ageMs >= 2 * intervalMs ? 'late' : 'fresh';
}

/** How the words of each class begin; the probe's message follows. `cannot look`: the fault is ours, not the target's. */
const CLASSES: Readonly<Record<ErrorClass, { readonly says: string; readonly health: Health }>> = {
  refused: { says: 'refused', health: 'crit' },
  dns: { says: 'name not found', health: 'crit' },
  timeout: { says: 'timeout', health: 'crit' },
  reset: { says: 'connection reset', health: 'crit' },
  tls_untrusted: { says: 'TLS not trusted', health: 'crit' },
  tls_name: { says: 'TLS wrong name', health: 'crit' },
  tls_expired: { says: 'TLS certificate expired', health: 'crit' },
  tls: { says: 'TLS failed', health: 'crit' },
  auth: { says: 'cannot look, login refused', health: 'no-data' },
  perm: { says: 'cannot look, not allowed', health: 'no-data' },
  db_missing: { says: 'no such database', health: 'crit' },
  exhausted: { says: 'exhausted', health: 'crit' },
  loading: { says: 'loading', health: 'crit' },
  busy: { says: 'busy', health: 'crit' },
  readonly: { says: 'read-only', health: 'warn' },
  protocol: { says: 'wrong answer', health: 'crit' },
  status: { says: 'unhealthy', health: 'crit' },
  partial: { says: 'partial', health: 'partial' },
  config: { says: 'cannot look, wrong configuration', health: 'no-data' },
  unknown: { says: 'error', health: 'crit' },
};

/** Words for a deadline that passed in this phase. */
const PHASES: Readonly<Record<string, string>> = {
  resolve: 'timeout while resolving the name',
  connect: 'timeout while connecting',
  tls: 'timeout in the TLS handshake',
  processing: 'connected, but no answer',
  transfer: 'timeout in the middle of the answer',
  handshake: 'timeout in the WebSocket handshake',
  pong: 'timeout waiting for the pong',
};

/** The HTTP status, if any. */
function code({ samples, facts }: Reading): number | undefined {
  const status = samples.find(({ metric }) => metric === 'probe_http_status_code')?.value ?? Number(facts['status']);
  return Number.isFinite(status) ? status : undefined;
}

/** The health of a target whose poll failed. */
export function healthOfFailure(reading: Reading): Health {
  const error = reading.error?.class ?? 'unknown';
  const status = code(reading);
  if (error === 'status' && status !== undefined && status >= 400 && status < 500) return 'warn';
  // No free slot on the server is the target's failure; the limit of our own role is not.
  if (error === 'exhausted' && reading.kind === 'postgres')
    return reading.samples.some(({ metric, value }) => metric === 'db_pool_exhausted' && value === 1) ? 'crit' : 'warn';
  return CLASSES[error].health;
}

/** Why the last poll failed: `refused: nothing listens there`, `frozen: no answer for 4s`. May hold outside text. */
export function failureWords(target: TargetView, now: number): string {
  const reading = target.reading;
  const error = reading?.error;
  if (reading === null || !error) return 'down, and no reason given';
  const since = target.lastGood === null ? null : Math.max(0, now - target.lastGood.at);
  if (error.class === 'timeout') {
    const phase = PHASES[error.phase ?? ''];
    const limit = /within (\d+(?:\.\d+)? m?s)/.exec(error.message)?.[1];
    if (phase !== undefined) return limit === undefined ? phase : `${phase} (${limit})`;
    return since === null ? `frozen: ${error.message}` : `frozen: no answer for ${age(since)}`;
  }
  if (error.class === 'status') return error.message;
  const { says } = CLASSES[error.class];
  const message = error.message.replace(/^connection refused: /, '');
  return message.toLowerCase().startsWith(says) ? message : `${says}: ${message}`;
}

/** The failure in one or two words, for the folded panel. */
export function failureWord(reading: Reading): string {
  const error = reading.error;
  if (error === null) return 'down';
  const status = code(reading);
  if (error.class === 'status' && status !== undefined && status >= 400) return String(status);
  if (error.class === 'timeout' && PHASES[error.phase ?? ''] === undefined) return 'frozen';
  return CLASSES[error.class].says.replace('cannot look, ', '');
}

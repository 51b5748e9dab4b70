/** One GET or HEAD; redirects are shown and not followed. */
import { tlsOptions } from '../../probes/certificates.ts';
import { ProbeFailure } from '../../probes/failure.ts';
import { exchange } from '../../probes/http/exchange.ts';
import type { HttpSettings } from '../../probes/http/http.ts';
import { Refused } from '../native/step.ts';
import { bindHeader, bindUrl, type Params } from '../runner/bind.ts';
import type { Observe, ObserveContext } from './context.ts';

const MOST_BODY = 8 * 2 ** 20;
/** Headers that say something about a failure. */
const SHOWN = [
  'content-type',
  'content-length',
  'location',
  'retry-after',
  'date',
  'server',
  'www-authenticate',
  'cache-control',
];

export const http: Observe = async ({ step, target, params, signal, write }) => {
  const { method, url, headers, settings } = requestOf(step.text, target, params);
  const began = performance.now();
  const answer = await exchange(
    {
      method,
      url,
      headers: { ...settings?.headers, ...headers },
      tls: tlsOptions(settings ?? { ca: null, cert: null, key: null }),
      fingerprint: settings?.fingerprint ?? null,
      timeoutMs: step.timeoutMs,
      agent: null,
      limit: () => MOST_BODY,
    },
    signal,
  );
  const ms = Math.round(performance.now() - began);
  const { status, failure, body } = answer;
  if (status !== null) {
    const shown = SHOWN.flatMap((name) =>
      answer.headers[name] === undefined ? [] : [`${name}: ${String(answer.headers[name])}`],
    );
    await write(`${[`HTTP ${status}`, ...shown, ''].join('\n')}\n`);
  }
  if (body !== null && body.length > 0) await write(body);
  if (failure !== null) throw new ProbeFailure(failure);
  const phases = Object.entries(answer.phases).map(([phase, seconds]) => `${phase} ${Math.round(seconds * 1000)} ms`);
  return `answered ${status} in ${ms} ms (${phases.join(', ')}), ${(body?.length ?? 0).toLocaleString('en-US')} bytes`;
};

function requestOf(text: string, target: ObserveContext['target'], params: Params) {
  const [first = '', ...lines] = text.trim().split('\n');
  const [word = '', path = ''] = first.trim().split(/\s+/);
  const method: 'GET' | 'HEAD' = word === 'HEAD' ? word : 'GET';
  if (word !== method) throw new Refused(`${word} may change something, and this step only observes`);
  const end = lines.findIndex((line) => line.trim() === '');
  const headers: Record<string, string> = {};
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const bound = bindHeader(value.trim(), params);
    if (name === '' || bound === null) throw new Refused(`"${line.trim().slice(0, 80)}" is no header`);
    headers[name.toLowerCase()] = bound;
  }
  const settings = target === undefined ? undefined : httpSettings(target.settings);
  const bound = bindUrl(path, params);
  const base = settings?.url.replace(/^ws/, 'http');
  const url = URL.canParse(bound, base) ? new URL(bound, base) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new Refused(`${bound.slice(0, 200)} is no URL that begins with https:// or http://`);
  // What a target's settings hold, such as a token in a header, is for that target alone.
  const isTarget = base !== undefined && url.origin === new URL(base).origin;
  return { method, url, headers, settings: isTarget ? settings : undefined };
}

/** Of an http target, or of the health endpoint of a websocket target. */
function httpSettings(settings: unknown): HttpSettings {
  const { health } = settings as { health?: HttpSettings | null };
  return health ?? (settings as HttpSettings);
}

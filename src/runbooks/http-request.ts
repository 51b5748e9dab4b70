/** The request that a block in `http` describes, its parameters bound: encoded for the place they stand in, never spliced. */
import { parseJson } from '../incident/shapes.ts';
import { tlsOptions } from '../probes/certificates.ts';
import { exchange, type Exchange, type ExchangeRequest } from '../probes/http/exchange.ts';
import type { HttpSettings } from '../probes/http/http.ts';
import { StepRefusal } from './native/step.ts';
import { bindHeader, bindUrl, valueOf, type Params } from './runner/bind.ts';
import { PARAM } from './step-check.ts';

const MOST_BODY = 8 * 2 ** 20;

export interface StepRequest extends Required<Pick<ExchangeRequest, 'method' | 'url' | 'headers' | 'body'>> {
  /** Of the target whose server is asked: its authorities and headers are for that server alone. */
  readonly settings: HttpSettings | undefined;
}

/** `settings`: those of a target; a path in the block is one on its server. */
export function requestOf(text: string, settings: unknown, params: Params): StepRequest {
  const [first = '', ...lines] = text.trim().split('\n');
  const [, method = '', path = ''] = /^([A-Z]+)\s+(\S+)$/.exec(first.trim()) ?? [];
  if (method === '') throw new StepRefusal('the first line is a method and a URL');
  const end = lines.findIndex((line) => line.trim() === '');
  const headers: Record<string, string> = {};
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const bound = bindHeader(value.trim(), params);
    if (name === '' || bound === null) throw new StepRefusal(`"${line.trim().slice(0, 80)}" is no header`);
    headers[name.toLowerCase()] = bound;
  }
  const own = settings === undefined ? undefined : httpSettings(settings);
  const base = own?.url.replace(/^ws/, 'http');
  const bound = bindUrl(path, params);
  const url = URL.canParse(bound, base) ? new URL(bound, base) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new StepRefusal(`${bound.slice(0, 200)} is no URL that begins with https:// or http://`);
  const isTarget = base !== undefined && url.origin === new URL(base).origin;
  const body =
    end < 0
      ? ''
      : lines
          .slice(end + 1)
          .join('\n')
          .trim();
  return {
    method,
    url,
    headers,
    body: body === '' ? null : bindBody(body, headers['content-type'] ?? '', params),
    settings: isTarget ? own : undefined,
  };
}

/** Of an http target, or of the health endpoint of a websocket target, else of its socket. */
export function httpSettings(settings: unknown): HttpSettings {
  const { health } = settings as { health?: HttpSettings | null };
  return health ?? (settings as HttpSettings);
}

/** Never rejects; redirects are not followed. */
export function sendStepRequest(request: StepRequest, timeoutMs: number, signal: AbortSignal): Promise<Exchange> {
  const { settings } = request;
  return exchange(
    {
      ...request,
      headers: { ...settings?.headers, ...request.headers },
      tls: tlsOptions(settings ?? {}),
      fingerprint: settings?.fingerprint ?? null,
      timeoutMs,
      agent: null,
      limit: () => MOST_BODY,
    },
    signal,
  );
}

/** `resolve 2 ms, connect 10 ms`. */
export const phasesInWords = ({ phases }: Pick<Exchange, 'phases'>): string =>
  Object.entries(phases)
    .map(([phase, seconds]) => `${phase} ${Math.round(seconds * 1000)} ms`)
    .join(', ');

function bindBody(body: string, contentType: string, params: Params): string {
  if (contentType.includes('x-www-form-urlencoded'))
    return body.replaceAll(PARAM, (_all, name: string) => encodeURIComponent(valueOf(params, name)));
  if (contentType.includes('json')) return bindJson(body, params);
  if (body.search(PARAM) >= 0)
    throw new StepRefusal('parameters stand in bodies of JSON and of forms: say its content-type');
  return body;
}

/** In a string its characters are escaped; outside, numbers, true, false and null are what they are, all else a string. */
function bindJson(body: string, params: Params): string {
  const bound = body.replaceAll(PARAM, (_all, name: string, at: number) => {
    const value = valueOf(params, name);
    if (isInString(body, at)) return JSON.stringify(value).slice(1, -1);
    return /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)$/.test(value) ? value : JSON.stringify(value);
  });
  if (parseJson(bound) === undefined) throw new StepRefusal('the body of the block is no JSON');
  return bound;
}

function isInString(body: string, at: number): boolean {
  let isIn = false;
  for (let i = 0; i < at; i++) {
    if (body[i] === '\\') i++;
    else if (body[i] === '"') isIn = !isIn;
  }
  return isIn;
}

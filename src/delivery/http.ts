/** One HTTP request to the outside: through the proxy of the environment, bounded in time and size, redirects not followed. */
import { Agent, EnvHttpProxyAgent, errors, Pool, type Dispatcher } from 'undici';
import { parseJson } from '../incident/shapes.ts';
import { isLoopback, UNTRUSTED, type ConnectionSettings } from './connection-settings.ts';
import { NotDelivered, type Outcome, type SendContext, type Undelivered } from './receiver.ts';

export interface HttpRequest extends ConnectionSettings {
  /** Default: POST. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How much of the answer is read; default: `ANSWER_MAX`. */
  readonly maxBytes?: number;
}

export interface HttpResponse {
  readonly state: 'answered';
  readonly host: string;
  readonly status: number;
  readonly body: string;
  /** False where the connection was lost or the limit reached before the end of the body. */
  readonly whole: boolean;
  readonly retryAfterMs: number | null;
  /** Where a redirect leads, without its path, which may be secret. */
  readonly redirect: string | null;
}

/** No answer: nothing had left yet (`retry`), or the request had left, at least in part (`in_doubt`). */
export type Lost = Extract<Outcome, { state: 'retry' | 'in_doubt' }>;

export const ANSWER_MAX = 65_536;
const CONNECT_MS = 5_000;
const RETRY_AFTER_MAX_MS = 3_600_000;

/** Never rejects. The request leaves once at most. */
export async function requestOnce(
  request: HttpRequest,
  { signal, now }: Pick<SendContext, 'signal' | 'now'>,
): Promise<HttpResponse | Lost> {
  const { method = 'POST', headers, body, timeoutMs, maxBytes = ANSWER_MAX } = request;
  const url = new URL(request.url);
  let hasLeft = false;
  const lost = (error: unknown): Lost => ({
    state: hasLeft ? 'in_doubt' : 'retry',
    error: `${url.host}: ${wordsOf(error)}`,
  });
  const agent = agentFor(url, request.ca);
  if (agent === null) return lost(new Known('HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy'));
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  try {
    return await new Promise<HttpResponse | Lost>((resolve) => {
      const chunks: Buffer[] = [];
      const got: { head?: Omit<HttpResponse, 'body' | 'whole'> } = {};
      const settle = (whole: boolean, error?: unknown): void => {
        const text = Buffer.concat(chunks).subarray(0, maxBytes).toString();
        resolve(got.head === undefined ? lost(error) : { ...got.head, body: text, whole });
      };
      // A request that still waits for its connection ignores a signal and most time limits of undici.
      onAbort = () => settle(false, new Known('the hub ended before the answer'));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort);
      const limit = (ms: number, what: string): void => {
        clearTimeout(timer);
        timer = setTimeout(() => settle(false, new Known(`no ${what} within ${ms / 1000} s`)), ms);
      };
      limit(Math.min(CONNECT_MS, timeoutMs), 'connection');
      agent.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers: { 'user-agent': 'warroom', ...headers },
          body: body ?? null,
        },
        {
          onRequestStart() {
            hasLeft = true;
            limit(timeoutMs, 'answer');
          },
          onResponseStart(_, status, { 'retry-after': after, location }) {
            // 1xx: the answer is still to come.
            if (status < 200) return;
            const redirect = status < 400 && typeof location === 'string' ? originOf(location, url) : null;
            got.head = { state: 'answered', host: url.host, status, redirect, retryAfterMs: retryAfter(after, now) };
            limit(timeoutMs, 'end of the answer');
          },
          onResponseData(_, chunk) {
            chunks.push(chunk);
            if (chunks.reduce((sum, { length }) => sum + length, 0) > maxBytes) settle(false);
          },
          onResponseEnd: () => settle(true),
          onResponseError: (_, error) => settle(false, error),
        },
      );
    });
  } catch (error) {
    return lost(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await agent.destroy().catch(() => {});
  }
}

/** A proxy that hangs up when it is asked: undici would ask again at once, for ever, if the error had its own code. */
class ProxyPool extends Pool {
  override connect = (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> =>
    super.connect(options).catch((error: unknown) => {
      throw error instanceof errors.SocketError ? new Known('the proxy closed the connection') : error;
    });
}

/** For one request: what a kept connection had lost before would be taken for the fate of this request. Null: a bad proxy. */
function agentFor(url: URL, ca: string | null): Dispatcher | null {
  // Time is limited by `requestOnce`.
  const limits = { headersTimeout: 0, bodyTimeout: 0 };
  const connect = { timeout: 0, ...(ca !== null && { ca }) };
  if (isLoopback(url.hostname)) return new Agent({ ...limits, connect });
  const clientFactory = (origin: URL, options: object): Dispatcher => new ProxyPool(origin, options);
  try {
    return new EnvHttpProxyAgent({ ...limits, connect, requestTls: connect, clientFactory });
  } catch {
    return null;
  }
}

/** Sends it as JSON. Rejects with NotDelivered unless its status says that it was taken; `detail`: what another one says of the reason. */
export async function post(
  request: HttpRequest,
  context: Pick<SendContext, 'signal' | 'now'>,
  detail: (answer: HttpResponse) => string = () => '',
): Promise<HttpResponse> {
  const headers = { ...(request.body !== undefined && { 'content-type': 'application/json' }), ...request.headers };
  const reply = await requestOnce({ ...request, headers }, context);
  const outcome = reply.state === 'answered' ? outcomeOf(reply, detail(reply)) : reply;
  if (outcome.state !== 'delivered') throw new NotDelivered(afterRequest(request, outcome));
  if (reply.state !== 'answered') throw new Error('what was not answered was not delivered');
  return reply;
}

/** Reading changes nothing, so it leaves nothing in doubt. */
export const afterRequest = ({ method }: Pick<HttpRequest, 'method'>, unsent: Undelivered): Undelivered =>
  unsent.state === 'in_doubt' && method === 'GET' ? { ...unsent, state: 'retry' } : unsent;

/** What an answer means to a receiver for which the status says all. `detail`: what it says of the reason. */
export function outcomeOf({ status, host, redirect, retryAfterMs }: HttpResponse, detail = ''): Outcome {
  if (status < 300) return { state: 'delivered' };
  const error = `${host} answered ${status}${WHY[status] ?? ''}${redirect === null ? '' : `: it redirects to ${redirect}`}${detail === '' ? '' : `: ${detail}`}`;
  // A gateway that waited in vain does not know either.
  if (status === 504) return { state: 'in_doubt', error };
  if (status >= 500 || AGAIN.has(status))
    return { state: 'retry', error, ...(retryAfterMs !== null && { afterMs: retryAfterMs }) };
  return { state: 'failed', error };
}

/** 420: the rate limit of Statuspage. */
const AGAIN: ReadonlySet<number> = new Set([408, 420, 425, 429]);
const WHY: Readonly<Record<number, string>> = {
  401: ', does not accept the key or password',
  403: ', does not allow this with the key or password',
  404: ', does not know this address',
  410: ', does not know this address any more',
  413: ', the message is too long',
  420: ', too many requests',
  429: ', too many requests',
};

/** The JSON of an answer; undefined where it is none. */
export const jsonResponse = ({ body }: HttpResponse): unknown => parseJson(body);

/** Seconds or a date, at most an hour. */
function retryAfter(value: string | string[] | undefined, now: number): number | null {
  if (typeof value !== 'string') return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
}

const originOf = (location: string, base: URL): string | null =>
  URL.canParse(location, base.href) ? new URL(location, base).origin : null;

/** An error whose message may be told. */
class Known extends Error {}

/** The message of other errors is never told: it may repeat a URL or a header. */
function wordsOf(error: unknown): string {
  if (error instanceof Known) return error.message;
  const of = (name: string): string => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return value === undefined ? '' : String(value);
  };
  const [code, address] = [of('code'), of('address')];
  const proxy = /^Proxy response \((\d+)\)/.exec(of('message'))?.[1];
  if (proxy !== undefined) return `the proxy refused with ${proxy}`;
  if (code === 'ECONNREFUSED') return `connection refused${address === '' ? '' : ` by ${address}:${of('port')}`}`;
  if (of('name') === 'HTTPParserError') return 'the answer is not HTTP';
  return WORDS[code] ?? `the connection failed${code === '' ? '' : ` (${code})`}`;
}

const WORDS: Readonly<Record<string, string>> = {
  UND_ERR_INVALID_ARG:
    'it cannot be sent: a secret or a header in receivers.yaml has characters that HTTP does not allow',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'the connection timed out',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  EPROTO: 'the TLS handshake failed: is that a TLS port?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the TLS handshake failed: is that a TLS port?',
};

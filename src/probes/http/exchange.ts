/** One HTTP request, with the time each phase took and the phase in which it failed. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { bareHost, hasFingerprint, OTHER_CERTIFICATE, tlsAlert, tlsTarget, trusting } from '../certificates.ts';
import { lookup } from '../dns-lookup.ts';
import { errorCodeOf, networkFailure, ProbeFailure, unknownFailure, within, type Failure } from '../failure.ts';

type Phase = 'resolve' | 'connect' | 'tls' | 'processing' | 'transfer';

export interface ExchangeRequest {
  /** GET unless given. */
  readonly method?: string;
  /** Sent with a method that has one. */
  readonly body?: string | null;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: ConnectionOptions;
  /** SHA-256 of the only certificate that is accepted; null: the authorities decide. */
  readonly fingerprint: string | null;
  readonly timeoutMs: number;
  /** Keeps the connection for the next request; null: a new one each time. */
  readonly agent: http.Agent | null;
  readonly limit: (contentType: string) => number;
}
/** `failure` is about the exchange itself: an answer of 503 is no failure here. */
export interface Exchange {
  readonly failure: Failure | null;
  readonly status: number | null;
  readonly headers: http.IncomingHttpHeaders;
  /** Null unless it was read to its end. */
  readonly body: Buffer | null;
  readonly phases: Partial<Record<Phase, number>>;
  readonly tlsVersion: string | null;
}

/** Never rejects. Ends at `timeoutMs` or when `signal` aborts. */
export async function exchange(request: ExchangeRequest, signal: AbortSignal): Promise<Exchange> {
  const { wasKept, ...answer } = await attempt(request, signal);
  if (answer.failure?.class !== 'reset' || answer.status !== null) return answer;
  // A server may close a kept connection just as it is reused, which is no fault: try once on a new one.
  if (wasKept) return attempt({ ...request, agent: null }, signal);
  const alert = answer.tlsVersion === null ? null : await tlsAlert(tlsTarget(request.url, request.tls));
  return { ...answer, failure: alert ?? answer.failure };
}

async function attempt(
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<Exchange & { readonly wasKept?: boolean }> {
  const run = new Run(request);
  let [body, failure]: [Buffer | null, Failure | null] = [null, null];
  try {
    body = await within(run.body(), () => run.phase, request.timeoutMs, signal);
  } catch (error) {
    if (error instanceof ProbeFailure) failure = error.failure;
    else failure = networkFailure(error, run.phase) ?? unknownFailure(error);
  }
  if (request.agent === null || body === null) run.out?.destroy();
  const { statusCode: status = null, headers = {} } = run.response ?? {};
  const { phases, tlsVersion } = run;
  return { failure, status, headers, body, phases, tlsVersion, wasKept: run.out?.reusedSocket ?? false };
}

class Run {
  readonly #request: ExchangeRequest;
  out: http.ClientRequest | null = null;
  response: http.IncomingMessage | null = null;
  tlsVersion: string | null = null;
  readonly phases: Partial<Record<Phase, number>> = {};
  phase: Phase;
  #since = performance.now();

  constructor(request: ExchangeRequest) {
    this.#request = request;
    this.phase = net.isIP(bareHost(request.url)) === 0 ? 'resolve' : 'connect';
  }

  body(): Promise<Buffer> {
    return new Promise((done, fail) => {
      this.out = open(this.#request);
      this.out.on('error', fail);
      this.out.on('socket', (socket) => this.#watch(socket, fail));
      this.out.on('response', (answer) => {
        this.response = answer;
        this.#next('transfer');
        const limit = this.#request.limit(answer.headers['content-type'] ?? '');
        collect(answer, limit).then((body) => {
          this.#next();
          done(body);
        }, fail);
      });
    });
  }

  #watch(socket: net.Socket, fail: (error: Error) => void): void {
    const version = (): string | null => (socket instanceof TLSSocket ? socket.getProtocol() : null);
    if (this.out?.reusedSocket === true) {
      this.tlsVersion = version();
      this.phase = 'processing';
      this.#since = performance.now();
      return;
    }
    socket.on('lookup', (error: Error | null) => error ?? this.#next('connect'));
    socket.on('connect', () => this.#next(this.#request.url.protocol === 'https:' ? 'tls' : 'processing'));
    socket.on('secureConnect', () => {
      if (!(socket instanceof TLSSocket)) return;
      if (!hasFingerprint(socket, this.#request.fingerprint)) return fail(new ProbeFailure(OTHER_CERTIFICATE));
      this.tlsVersion = version();
      this.#next('processing');
    });
  }

  /** Ends the phase. */
  #next(phase = this.phase): void {
    const now = performance.now();
    this.phases[this.phase] = (now - this.#since) / 1000;
    this.#since = now;
    this.phase = phase;
  }
}

/** Node throws at once for a header or URL that it will not send. */
function open({ method = 'GET', body, url, headers, tls, fingerprint, agent }: ExchangeRequest): http.ClientRequest {
  const options = {
    method,
    agent: agent ?? false,
    lookup,
    headers: {
      'accept-encoding': 'identity',
      'user-agent': 'warroom',
      ...headers,
      ...(body != null && { 'content-length': String(Buffer.byteLength(body)) }),
    },
  };
  try {
    const secure = { ...options, ...trusting(tls, fingerprint) };
    const out = url.protocol === 'http:' ? http.request(url, options) : https.request(url, secure);
    return out.end(body ?? undefined);
  } catch (error) {
    throw new ProbeFailure({ class: 'config', message: `the request cannot be made (${errorCodeOf(error)})` });
  }
}

const bodyFailure = (message: string, cause: Failure['class'] = 'protocol'): ProbeFailure =>
  new ProbeFailure({ class: cause, phase: 'transfer', message });
const tooLarge = (limit: number): ProbeFailure => bodyFailure(`the body is larger than ${limit / 2 ** 20} MiB`);

/** Reads and decompresses a body. Rejects when it is cut short or has more than `limit` bytes. */
async function collect(answer: http.IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > limit) throw tooLarge(limit);
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof ProbeFailure ? error : bodyFailure('the body was cut short', 'reset');
  }
  if (!answer.complete) throw bodyFailure('the body was cut short', 'reset');
  return unpack(Buffer.concat(parts), (answer.headers['content-encoding'] ?? '').trim().toLowerCase(), limit);
}

type Unpack = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;
const UNPACK: ReadonlyMap<string, Unpack> = new Map([
  ['gzip', promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)],
  ['x-gzip', promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)],
  ['deflate', promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)],
  ['br', promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress)],
]);

/** Some servers compress although the request asks them not to. */
async function unpack(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') return body;
  const work = UNPACK.get(encoding);
  if (work === undefined) throw bodyFailure(`the body is packed as ${JSON.stringify(encoding.slice(0, 40))}`);
  return work(body, { maxOutputLength: limit }).catch((error: unknown) => {
    throw errorCodeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limit) : bodyFailure(`the body is no ${encoding}`);
  });
}

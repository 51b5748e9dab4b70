/** One HTTP request, with the time each phase took and the phase in which it failed. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import zlib from 'node:zlib';
import { tlsAlert } from '../certificates.ts';
import { errorCodeOf, networkFailure, timedOut, unknownFailure, type Failure } from '../failure.ts';
import { lookup } from '../dns-lookup.ts';

export type Phase = 'resolve' | 'connect' | 'tls' | 'processing' | 'transfer';

export interface Request {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Authorities, and the certificate of our own. */
  readonly tls: ConnectionOptions;
  /** SHA-256 of the one certificate that is accepted, whoever issued it; null: the authorities decide. */
  readonly fingerprint: string | null;
  readonly timeoutMs: number;
  /** Keeps the connection for the next request; null: a fresh one each time. */
  readonly agent: http.Agent | null;
  /** How much of a body of this content type is read at most, bytes. */
  readonly limit: (contentType: string) => number;
}
/** `failure` is about the exchange itself: an answer of 503 is no failure here. */
export interface Exchange {
  readonly failure: Failure | null;
  readonly status: number | null;
  readonly headers: http.IncomingHttpHeaders;
  /** Null when it was not read to its end. */
  readonly body: Buffer | null;
  /** Seconds, for the phases that were completed. */
  readonly phases: Partial<Record<Phase, number>>;
  readonly tlsVersion: string | null;
}

/** Never rejects. Ends at `timeoutMs` or when `signal` aborts, whatever the peer does. */
export async function exchange(request: Request, signal: AbortSignal): Promise<Exchange> {
  const { wasKept, ...answer } = await attempt(request, signal);
  if (answer.failure?.class !== 'reset' || answer.status !== null) return answer;
  // A server may close a kept connection just when it is reused, which is no fault: try once on a new one.
  if (wasKept) return attempt({ ...request, agent: null }, signal);
  const alert = answer.tlsVersion === null ? null : await tlsAlert(tlsTarget(request.url, request.tls));
  return { ...answer, failure: alert ?? answer.failure };
}

function attempt(request: Request, signal: AbortSignal): Promise<Exchange & { readonly wasKept?: boolean }> {
  return new Promise((done) => {
    const timer = new PhaseTimer(net.isIP(bareHost(request.url)) === 0 ? 'resolve' : 'connect');
    const out = open(request);
    if ('failure' in out) return done({ ...out, status: null, headers: {}, body: null, phases: {}, tlsVersion: null });
    let response: http.IncomingMessage | null = null;
    let tlsVersion: string | null = null;
    let settled = false;

    const finish = (failure: Failure | null, body: Buffer | null = null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      signal.removeEventListener('abort', onDeadline);
      if (request.agent === null || body === null) out.destroy();
      const { statusCode = null, headers = {} } = response ?? {};
      const wasKept = out.reusedSocket;
      done({ failure, status: statusCode, headers, body, phases: timer.phases, tlsVersion, wasKept });
    };
    const fail = (error: unknown): void => finish(networkFailure(error, timer.phase) ?? unknownFailure(error));
    const onDeadline = (): void => finish(timedOut(timer.phase, request.timeoutMs));
    const deadline = setTimeout(onDeadline, request.timeoutMs);
    signal.addEventListener('abort', onDeadline);

    out.on('error', fail);
    out.on('socket', (socket) => {
      if (out.reusedSocket) {
        tlsVersion = socket instanceof TLSSocket ? socket.getProtocol() : null;
        timer.start('processing');
        return;
      }
      socket.on('lookup', (error: Error | null) => error ?? timer.next('connect'));
      socket.on('connect', () => timer.next(request.url.protocol === 'https:' ? 'tls' : 'processing'));
      socket.on('secureConnect', () => {
        if (!(socket instanceof TLSSocket)) return;
        if (!hasFingerprint(socket, request.fingerprint)) return finish(OTHER_CERTIFICATE);
        tlsVersion = socket.getProtocol();
        timer.next('processing');
      });
    });
    out.on('response', (answer) => {
      response = answer;
      timer.next('transfer');
      const limit = request.limit(answer.headers['content-type'] ?? '');
      collect(answer, limit, (failure, body) => {
        if (failure === null) timer.end();
        finish(failure, body);
      });
    });
  });
}

/** Node throws at once for a header or URL it will not send. */
function open({ url, headers, tls, fingerprint, agent }: Request): http.ClientRequest | { readonly failure: Failure } {
  const options = {
    agent: agent ?? false,
    lookup,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'warroom', ...headers },
  };
  try {
    if (url.protocol === 'http:') return http.get(url, options);
    return https.get(url, { ...options, ...trusting(tls, fingerprint) });
  } catch (error) {
    return { failure: { class: 'config', message: `the request cannot be made (${errorCodeOf(error)})` } };
  }
}

/** The options of a TLS connection to the server of a URL. */
export function tlsTarget(url: URL, options: ConnectionOptions): ConnectionOptions {
  const host = bareHost(url);
  // A server name that is an address is not allowed (Node warns DEP0123).
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  return { ...options, host, port: Number(url.port || 443), lookup, ...servername };
}

/** The options of a TLS connection that trusts its authorities, or one certificate alone. */
export const trusting = (tls: ConnectionOptions, fingerprint: string | null): ConnectionOptions =>
  fingerprint === null ? tls : { ...tls, rejectUnauthorized: false };

/** Whether the peer showed the one certificate that is accepted; always where the authorities decide. */
export const hasFingerprint = (socket: TLSSocket, fingerprint: string | null): boolean =>
  fingerprint === null || socket.getPeerCertificate().fingerprint256 === fingerprint;

export const OTHER_CERTIFICATE: Failure = {
  class: 'tls_untrusted',
  phase: 'tls',
  message: "the certificate is not the hub's own: another program answers there",
};

const tooLarge = (limit: number): Failure => ({
  class: 'protocol',
  phase: 'transfer',
  message: `the body is larger than ${limit / 2 ** 20} MiB`,
});

/** Reads the body up to `limit` bytes, unpacked ones too; more, or a body that is cut short, is a failure. */
function collect(
  answer: http.IncomingMessage,
  limit: number,
  done: (failure: Failure | null, body: Buffer | null) => void,
): void {
  const parts: Buffer[] = [];
  let size = 0;
  answer.on('data', (part: Buffer) => {
    size += part.length;
    if (size <= limit) parts.push(part);
    else done(tooLarge(limit), null);
  });
  const short: Failure = { class: 'reset', phase: 'transfer', message: 'the body was cut short' };
  answer.on('end', () => {
    if (answer.complete) unpack(Buffer.concat(parts), answer.headers['content-encoding'] ?? '', limit, done);
    else done(short, null);
  });
  answer.on('error', () => done(short, null));
  answer.on('close', () => answer.complete || done(short, null));
}

type Unpack = (
  body: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, unpacked: Buffer) => void,
) => void;
const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: zlib.gunzip,
  'x-gzip': zlib.gunzip,
  deflate: zlib.inflate,
  br: zlib.brotliDecompress,
};

/** Decompresses a body: some servers compress although the request asks them not to. */
function unpack(
  body: Buffer,
  encoding: string,
  limit: number,
  done: (failure: Failure | null, body: Buffer | null) => void,
): void {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return done(null, body);
  const wrong = (message: string): Failure => ({ class: 'protocol', phase: 'transfer', message });
  const work = Object.hasOwn(UNPACK, name) ? UNPACK[name] : undefined;
  if (work === undefined) return done(wrong(`the body is packed as ${JSON.stringify(name.slice(0, 40))}`), null);
  work(body, { maxOutputLength: limit }, (error, unpacked) => {
    if (error === null) done(null, unpacked);
    else done(errorCodeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limit) : wrong(`the body is no ${name}`), null);
  });
}

/** The host without the brackets of an IPv6 address. */
const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

class PhaseTimer {
  readonly phases: Partial<Record<Phase, number>> = {};
  phase: Phase;
  #since = performance.now();

  constructor(first: Phase) {
    this.phase = first;
  }
  next(phase: Phase): void {
    this.end();
    this.phase = phase;
  }
  /** The phases before it have not taken place. */
  start(phase: Phase): void {
    this.phase = phase;
    this.#since = performance.now();
  }
  end(): void {
    const now = performance.now();
    this.phases[this.phase] = (now - this.#since) / 1000;
    this.#since = now;
  }
}

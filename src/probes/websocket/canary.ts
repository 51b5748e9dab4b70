/** Opens a WebSocket, pings once and closes: finds what a count of connections cannot show. */
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import { hasFingerprint, OTHER_CERTIFICATE, trusting } from '../certificates.ts';
import { lookup } from '../dns-lookup.ts';
import { networkFailure, ProbeFailure, unknownFailure, within, type Failure } from '../failure.ts';

/** Seconds; null for what was not reached. */
export interface Visit {
  readonly failure: Failure | null;
  readonly handshakeS: number | null;
  readonly pingS: number | null;
}
interface CanaryRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly tls: ConnectionOptions;
  readonly fingerprint: string | null;
  readonly timeoutMs: number;
}

/** How long the server may take to close in its turn, ms. */
const CLOSE_MS = 500;

/** Never rejects. Opens one connection and closes it with 1000. */
export async function visit(request: CanaryRequest, signal: AbortSignal): Promise<Visit> {
  const startedAt = performance.now();
  const socket = new WebSocket(request.url, [...request.protocols], {
    headers: request.headers,
    perMessageDeflate: false,
    lookup,
    // Frames of the hub's own socket are not read; none may be large.
    maxPayload: 2 ** 20,
    ...trusting(request.tls, request.fingerprint),
  });
  let openedAt: number | null = null;
  let failure: Failure | null = null;
  const ponged = new Promise<void>((done, reject) => {
    const fail = (failure: Failure): void => reject(new ProbeFailure(failure));
    socket.on('upgrade', ({ socket: line }) => {
      if (line instanceof TLSSocket && !hasFingerprint(line, request.fingerprint)) fail(OTHER_CERTIFICATE);
    });
    socket.on('open', () => {
      openedAt = performance.now();
      socket.ping();
    });
    socket.on('pong', () => done());
    socket.on('unexpected-response', (outgoing, { statusCode }) => {
      outgoing.destroy();
      const isAuth = statusCode === 401 || statusCode === 403;
      const message = `the upgrade was answered ${statusCode}`;
      fail({ class: isAuth ? 'auth' : 'status', phase: 'handshake', message });
    });
    socket.on('error', (error) => {
      // ws' errors about a wrong answer to the upgrade have no code: all are of the protocol.
      const other: Failure = { ...unknownFailure(error), class: 'protocol', phase: 'handshake' };
      fail(networkFailure(error, 'handshake') ?? other);
    });
    socket.on('close', (code) => {
      const message = `the server closed the connection (${code}) before it answered a ping`;
      fail({ class: 'reset', phase: 'ping', message });
    });
  });
  try {
    await within(ponged, () => (openedAt === null ? 'handshake' : 'ping'), request.timeoutMs, signal);
    socket.close(1000);
    setTimeout(() => socket.terminate(), CLOSE_MS).unref();
  } catch (error) {
    failure = error instanceof ProbeFailure ? error.failure : unknownFailure(error);
    socket.terminate();
  }
  if (openedAt === null) return { failure, handshakeS: null, pingS: null };
  const pingS = failure === null ? (performance.now() - openedAt) / 1000 : null;
  return { failure, handshakeS: (openedAt - startedAt) / 1000, pingS };
}

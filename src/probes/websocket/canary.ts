/** Opens a real WebSocket now and then, pings once and closes: what counts of connections cannot show. */
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import { networkFailure, timedOut, unknownFailure, type Failure } from '../failure.ts';
import { lookup } from '../dns-lookup.ts';
import { hasFingerprint, OTHER_CERTIFICATE, trusting } from '../http/exchange.ts';

/** One visit. Seconds; null for what was not reached. */
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

/** Never rejects. Opens one connection and closes it with 1000. */
export function visit(request: CanaryRequest, signal: AbortSignal): Promise<Visit> {
  return new Promise((done) => {
    const startedAt = performance.now();
    const socket = new WebSocket(request.url, [...request.protocols], {
      headers: request.headers,
      perMessageDeflate: false,
      lookup,
      // The hub's own socket answers with frames we do not read; none may be large.
      maxPayload: 2 ** 20,
      ...trusting(request.tls, request.fingerprint),
    });
    let openedAt: number | null = null;
    const finish = (failure: Failure | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onLate);
      const now = performance.now();
      const handshakeS = openedAt === null ? null : (openedAt - startedAt) / 1000;
      done({ failure, handshakeS, pingS: openedAt === null || failure !== null ? null : (now - openedAt) / 1000 });
      if (failure === null) socket.close(1000);
      // A server that does not close in its turn is left.
      setTimeout(() => socket.terminate(), failure === null ? 500 : 0).unref();
    };
    const onLate = (): void => finish(timedOut(openedAt === null ? 'handshake' : 'ping', request.timeoutMs));
    const timer = setTimeout(onLate, request.timeoutMs);
    signal.addEventListener('abort', onLate);
    socket.on('upgrade', ({ socket: line }) => {
      if (line instanceof TLSSocket && !hasFingerprint(line, request.fingerprint)) finish(OTHER_CERTIFICATE);
    });
    socket.on('open', () => {
      openedAt = performance.now();
      socket.ping();
    });
    socket.on('pong', () => finish(null));
    socket.on('unexpected-response', (outgoing, answer) => {
      outgoing.destroy();
      const message = `the upgrade was answered ${answer.statusCode}`;
      finish({
        class: answer.statusCode === 401 || answer.statusCode === 403 ? 'auth' : 'status',
        phase: 'handshake',
        message,
      });
    });
    socket.on('error', (error) => finish(networkFailure(error, 'handshake') ?? handshakeFailure(error)));
    socket.on('close', (code) =>
      finish({
        class: 'reset',
        phase: 'ping',
        message: `the server closed the connection (${code}) before it answered a ping`,
      }),
    );
  });
}

/** ws' own errors about a wrong answer to the upgrade have no code; whatever they say, it is the protocol. */
const handshakeFailure = (error: Error): Failure => ({
  ...unknownFailure(error),
  class: 'protocol',
  phase: 'handshake',
});

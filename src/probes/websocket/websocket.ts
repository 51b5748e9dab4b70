/** Polls a WebSocket server: how many connections it says it has, and whether a new one can be made. */
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import {
  hasFingerprint,
  OTHER_CERTIFICATE,
  tlsAlert,
  tlsOptions,
  tlsTarget,
  trusting,
  type Certificates,
} from '../certificates.ts';
import { lookup } from '../dns-lookup.ts';
import { networkFailure, ProbeFailure, unknownFailure, within, type Failure } from '../failure.ts';
import { HttpSession, readEndpoint, type HttpSettings } from '../http/http.ts';
import { countEstablished, textOf } from '../host/procfs.ts';
import { WS_COUNTERS } from '../http/json-path.ts';
import { metricTypes, type ParsedSettings, type Probe, type Raw, type Target } from '../probe.ts';
import { gauges, PollSession, type PollResult } from '../session.ts';
import { isTextSetting, SettingsReader } from '../settings-reader.ts';

interface WebsocketSettings extends Certificates {
  /** Where the canary connects; null: no canary. */
  readonly url: string | null;
  /** Where the counts are read; null: the canary alone. */
  readonly health: HttpSettings | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly canaryMs: number;
  readonly timeoutMs: number;
  readonly fingerprint?: string | null;
}

function parse(raw: Raw): ParsedSettings<WebsocketSettings> {
  const read = new SettingsReader(raw);
  const url = read.url('url', ['ws:', 'wss:', 'hub:']);
  const endpoint = readEndpoint(read, 'health');
  if (url === null && endpoint.url === '')
    read.fault([], 'a websocket target needs a url (ws:// or wss://) or a health url (http:// or https://), or both');
  const { headers, timeoutMs, ca, cert, key } = endpoint;
  const protocols = read.list('protocols', isTextSetting, 'the name of a subprotocol, or a list of names');
  const canaryMs = read.duration('canary', 15_000);
  const health = endpoint.url === '' ? null : endpoint;
  return read.done({ url, health, headers, protocols, canaryMs, timeoutMs, ca, cert, key });
}

export const websocket: Probe<WebsocketSettings> = {
  metrics: metricTypes({
    gauge: 'ws_up ws_connections ws_probe_success ws_handshake_seconds ws_ping_seconds',
    counter: WS_COUNTERS,
  }),
  parse,
  open: (target) => new WebsocketSession(target),
};

class WebsocketSession extends PollSession<WebsocketSettings> {
  readonly #health: HttpSession | null;
  #visit: Visit | null = null;
  #visitDueAt = 0;

  constructor(target: Target<WebsocketSettings>) {
    super(target, target.settings.timeoutMs);
    const { health } = target.settings;
    this.#health = health === null ? null : new HttpSession({ ...target, settings: health });
  }

  protected async find(signal: AbortSignal): Promise<PollResult> {
    const [answer, visit] = await Promise.all([this.#health?.find(signal) ?? null, this.#canary(signal)]);
    // The endpoint's phases and status belong to http targets; here its body counts.
    const counted = answer?.samples.filter(({ metric }) => !metric.startsWith('probe_') || metric === 'probe_degraded');
    return {
      failure: visit?.failure ?? answer?.failure ?? null,
      instanceId: answer?.instanceId ?? null,
      samples: [
        ...(counted ?? gauges({ ws_connections: localConnections(this.target.settings.url) })),
        ...(visit?.samples ?? []),
      ],
      facts: { ...answer?.facts, ...(visit !== null && { canary: visit.failure?.message ?? 'ok' }) },
    };
  }

  /** The last visit, or a new one when it is due. A failed one is repeated with the next poll. */
  async #canary(signal: AbortSignal): Promise<Visit | null> {
    const { url } = this.target.settings;
    if (url === null || performance.now() < this.#visitDueAt) return this.#visit;
    const tls = tlsOptions(this.target.settings);
    const seen = await visit(url, this.target.settings, tls, this.timeoutMs, signal);
    const isCut = seen.failure?.class === 'reset' && url.startsWith('wss:');
    const failure = (isCut ? await tlsAlert(tlsTarget(new URL(url), tls)) : null) ?? seen.failure;
    this.#visit = { ...seen, failure };
    this.#visitDueAt = failure === null ? performance.now() + this.target.settings.canaryMs : 0;
    return this.#visit;
  }

  override async close(): Promise<void> {
    await this.#health?.close();
  }
}

type Visit = Pick<PollResult, 'failure' | 'samples'>;

/** Time limit for the server's own close frame, ms. */
const CLOSE_MS = 500;

/** Never rejects. Opens one connection and closes it with 1000. */
async function visit(
  url: string,
  { headers, protocols, fingerprint = null }: WebsocketSettings,
  tls: ConnectionOptions,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Visit> {
  const startedAt = performance.now();
  const socket = new WebSocket(url, [...protocols], {
    headers,
    perMessageDeflate: false,
    lookup,
    // Frames of the hub's own socket are not read; none may be large.
    maxPayload: 2 ** 20,
    ...trusting(tls, fingerprint),
  });
  let openedAt: number | null = null;
  let failure: Failure | null = null;
  const ponged = new Promise<void>((done, reject) => {
    const fail = (failure: Failure): void => reject(new ProbeFailure(failure));
    socket.on('upgrade', ({ socket: line }) => {
      if (line instanceof TLSSocket && !hasFingerprint(line, fingerprint)) fail(OTHER_CERTIFICATE);
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
    await within(ponged, () => (openedAt === null ? 'handshake' : 'ping'), timeoutMs, signal);
    socket.close(1000);
    setTimeout(() => socket.terminate(), CLOSE_MS).unref();
  } catch (error) {
    failure = error instanceof ProbeFailure ? error.failure : unknownFailure(error);
    socket.terminate();
  }
  const samples = gauges({
    ws_probe_success: failure === null ? 1 : 0,
    ws_handshake_seconds: openedAt === null ? null : (openedAt - startedAt) / 1000,
    ws_ping_seconds: openedAt === null || failure !== null ? null : (performance.now() - openedAt) / 1000,
  });
  return { failure, samples };
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Connections of a server on this machine by /proc/net/tcp; null for another machine, and where there is no /proc. */
function localConnections(url: string | null): number | null {
  if (url === null || !URL.canParse(url)) return null;
  const { hostname, port, protocol } = new URL(url);
  if (!LOCAL.has(hostname)) return null;
  const listens = Number(port || (protocol === 'wss:' ? 443 : 80));
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(textOf);
  return tables.join('') === '' ? null : countEstablished(tables.join('\n'), listens);
}

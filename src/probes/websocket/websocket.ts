/** Polls a WebSocket server: how many connections it says it has, and whether a new one can be made. */
import { tlsAlert, tlsOptions, tlsTarget, type Certificates } from '../certificates.ts';
import { HttpSession, readEndpoint, type HttpSettings } from '../http/http.ts';
import { countEstablished, textOf } from '../host/procfs.ts';
import { WS_COUNTERS } from '../http/json-path.ts';
import { metricTypes, type Parsed, type Probe, type Raw, type Target } from '../probe.ts';
import { gauges, PollSession, type PollResult } from '../session.ts';
import { isTextSetting, SettingsReader } from '../settings-reader.ts';
import { visit, type Visit } from './canary.ts';

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

function parse(raw: Raw): Parsed<WebsocketSettings> {
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
        ...gauges({
          ws_probe_success: visit && (visit.failure === null ? 1 : 0),
          ws_handshake_seconds: visit?.handshakeS,
          ws_ping_seconds: visit?.pingS,
        }),
      ],
      facts: { ...answer?.facts, ...(visit !== null && { canary: visit.failure?.message ?? 'ok' }) },
    };
  }

  /** The last visit, or a new one when it is due. A failed one is repeated with the next poll. */
  async #canary(signal: AbortSignal): Promise<Visit | null> {
    const { url, headers, protocols, canaryMs, fingerprint = null } = this.target.settings;
    if (url === null) return null;
    if (this.#visit !== null && performance.now() < this.#visitDueAt) return this.#visit;
    const tls = tlsOptions(this.target.settings);
    const seen = await visit({ url, headers, protocols, tls, fingerprint, timeoutMs: this.timeoutMs }, signal);
    const isCut = seen.failure?.class === 'reset' && url.startsWith('wss:');
    const alert = isCut ? await tlsAlert(tlsTarget(new URL(url), tls)) : null;
    this.#visit = alert === null ? seen : { ...seen, failure: alert };
    this.#visitDueAt = this.#visit.failure === null ? performance.now() + canaryMs : 0;
    return this.#visit;
  }

  override async close(): Promise<void> {
    await this.#health?.close();
  }
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

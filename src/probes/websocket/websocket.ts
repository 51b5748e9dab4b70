/** Polls a WebSocket server: how many connections it says it has, and whether a new one can be made. */
import type { Sample } from '../../protocol/reading.ts';
import { tlsAlert, tlsOptions, type Certificates } from '../certificates.ts';
import type { Failure } from '../failure.ts';
import { tlsTarget } from '../http/exchange.ts';
import { Endpoint, readEndpoint, type HttpSettings } from '../http/http.ts';
import { metricTable, type SettingsFault, type MetricTypes, type Probe, type Target } from '../probe.ts';
import { PollSession, Samples, type PollResult } from '../session.ts';
import { isTextSetting, SettingsReader } from '../settings-reader.ts';
import { visit, type Visit } from './canary.ts';
import { localConnections } from './tcp-table.ts';

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

function parse(
  raw: Readonly<Record<string, unknown>>,
): WebsocketSettings | { readonly faults: readonly SettingsFault[] } {
  const read = new SettingsReader(raw);
  const url = read.url('url', ['ws:', 'wss:', 'hub:']);
  const endpoint = readEndpoint(read, 'health');
  if (url === null && endpoint.url === '')
    read.fault([], 'a websocket target needs a url (ws:// or wss://) or a health url (http:// or https://), or both');
  return read.done({
    url,
    health: endpoint.url === '' ? null : endpoint,
    headers: endpoint.headers,
    protocols: read.list('protocols', isTextSetting, 'the name of a subprotocol, or a list of names'),
    canaryMs: read.duration('canary', 15_000),
    timeoutMs: endpoint.timeoutMs,
    ca: endpoint.ca,
    cert: endpoint.cert,
    key: endpoint.key,
  });
}

const METRICS: MetricTypes = {
  ...metricTable(
    'gauge',
    `
    ws_up ws_connections ws_probe_success ws_handshake_seconds ws_ping_seconds`,
  ),
  ...metricTable(
    'counter',
    `
    ws_connection_errors ws_connections_opened ws_connections_closed ws_messages ws_rejected`,
  ),
};

export const websocket: Probe<WebsocketSettings> = {
  kind: 'websocket',
  about: 'a WebSocket server: its connections, and a canary',
  metrics: METRICS,
  parse,
  open: (target) => new WebsocketSession(target),
};

class WebsocketSession extends PollSession<WebsocketSettings> {
  readonly #endpoint: Endpoint | null;
  #visit: Visit | null = null;
  #visitDueAt = 0;

  constructor(target: Target<WebsocketSettings>) {
    super(target, target.settings.timeoutMs);
    const { health } = target.settings;
    this.#endpoint = health === null ? null : new Endpoint(health, this.timeoutMs);
  }

  protected async find(signal: AbortSignal): Promise<PollResult> {
    const [answer, visit] = await Promise.all([this.#endpoint?.ask(signal) ?? null, this.#canary(signal)]);
    const failure = visit?.failure ?? answer?.failure ?? null;
    const facts: Record<string, string> = { ...answer?.facts };
    if (visit !== null) facts['canary'] = canaryWord(visit.failure);
    const counted = new Samples();
    if (answer === null) counted.gauge('ws_connections', localConnections(this.target.settings.url));
    return {
      failure,
      instanceId: answer?.instanceId ?? null,
      // The endpoint's phases and status belong to http targets; here its body is what counts.
      samples: [
        ...(answer?.samples.filter(
          (sample) => !sample.metric.startsWith('probe_') || sample.metric === 'probe_degraded',
        ) ?? []),
        ...counted.list,
        ...canarySamples(visit),
      ],
      facts,
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
    this.#endpoint?.close();
  }
}

const canaryWord = (failure: Failure | null): string => failure?.message ?? 'ok';

function canarySamples(visit: Visit | null): readonly Sample[] {
  if (visit === null) return [];
  const samples = new Samples();
  samples.gauge('ws_probe_success', visit.failure === null ? 1 : 0);
  samples.gauge('ws_handshake_seconds', visit.handshakeS);
  samples.gauge('ws_ping_seconds', visit.pingS);
  return samples.list;
}

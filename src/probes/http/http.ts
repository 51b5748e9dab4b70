/** Polls an HTTP endpoint: does it answer, how fast in each phase, and what does its body say. */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { CertificateWatch, readCertificates, tlsOptions, type Certificates } from '../certificates.ts';
import type { Failure } from '../failure.ts';
import { metricTypes, type ParsedSettings, type Probe, type Raw, type Target } from '../probe.ts';
import { gauges, PollSession, type PollResult } from '../session.ts';
import { isTextSetting, SettingsReader } from '../settings-reader.ts';
import { limitOf, readBody, type BodySettings } from './body.ts';
import { isScalar, type Healthy } from './health-verdict.ts';
import { exchange, type Exchange } from './exchange.ts';
import { OAUTH_COUNTER, parsePath } from './json-path.ts';

export interface HttpSettings extends BodySettings, Certificates {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Statuses that are healthy; empty: 200 to 299. */
  readonly expect: readonly number[];
  /** SHA-256 of the hub's own certificate. */
  readonly fingerprint?: string | null;
  /** Reuses one connection: cheaper, but hides failures of DNS, TCP and TLS. */
  readonly keepalive: boolean;
}

export function readEndpoint(read: SettingsReader, urlKey: string): HttpSettings {
  const json = read.map('json');
  for (const [metric, path] of Object.entries(json))
    if (parsePath(path) === null) read.fault(['json', metric], `${path} is no path; write $.name or $.list[0].name`);
  const isStatus = (value: unknown): value is number => typeof value === 'number' && value >= 100 && value <= 599;
  return {
    url: read.url(urlKey, ['http:', 'https:', 'hub:']) ?? '',
    headers: read.map('headers'),
    timeoutMs: read.duration('timeout', 3000),
    expect: read.list('expect', isStatus, 'a status such as 200, or a list of them'),
    ...readCertificates(read),
    keepalive: read.flag('keepalive', false),
    json,
    metrics: read.list('metrics', isTextSetting, 'the name of a metric, or a list of names'),
    contains: read.text('contains', null),
    healthy: readHealthy(read),
  };
}

/** `healthy: { $.status: [ok, green] }`, or `false`: the body is not judged. */
function readHealthy(read: SettingsReader): Healthy | null {
  if (!read.has('healthy')) return null;
  if (read.value('healthy') === false) return false;
  const map = read.section('healthy');
  const paths = map.keys.map((path) => {
    if (parsePath(path) === null) map.fault(path, `${path} is no path; write $.name or $.list[0].name`);
    return [path, map.list(path, isScalar, 'a value, or a list of values').map(String)] as const;
  });
  return Object.fromEntries(paths);
}
function parse(raw: Raw): ParsedSettings<HttpSettings> {
  const read = new SettingsReader(raw);
  const settings = readEndpoint(read, 'url');
  if (raw['url'] === undefined) read.fault([], 'an http target needs a url');
  return read.done(settings);
}

export const http: Probe<HttpSettings> = {
  metrics: metricTypes({
    gauge: `http_up probe_duration_seconds probe_error probe_success probe_http_status_code probe_http_content_length
      probe_http_redirects probe_http_duration_seconds probe_ssl_earliest_cert_expiry probe_tls_version_info
      probe_failed_due_to_regex probe_degraded db_pool_exhausted db_pool_total db_pool_idle db_pool_waiting db_pool_max
      process_start_time_seconds`,
    counter: `probe_skipped_total ${OAUTH_COUNTER}`,
  }),
  parse,
  open: (target) => new HttpSession(target),
};

export class HttpSession extends PollSession<HttpSettings> {
  readonly #url = new URL(this.target.settings.url);
  readonly #certificate = new CertificateWatch(this.#url);
  readonly #agent: Agent | null;
  /** Read once, when the first poll finds the files. */
  #tls: ConnectionOptions | null = null;

  constructor(target: Target<HttpSettings>) {
    super(target, target.settings.timeoutMs);
    const Kind = this.#url.protocol === 'https:' ? SecureAgent : Agent;
    this.#agent = target.settings.keepalive ? new Kind({ keepAlive: true, maxSockets: 1 }) : null;
  }

  async find(signal: AbortSignal): Promise<PollResult> {
    const { settings } = this.target;
    this.#tls ??= tlsOptions(settings);
    const request = {
      url: this.#url,
      headers: settings.headers,
      tls: this.#tls,
      fingerprint: settings.fingerprint ?? null,
      timeoutMs: this.timeoutMs,
      agent: this.#agent,
      limit: (contentType: string) => limitOf(contentType, settings),
    };
    const expiry = this.#certificate.expiry(this.#tls, this.timeoutMs);
    return this.#judge(...(await Promise.all([exchange(request, signal), expiry])));
  }

  override async close(): Promise<void> {
    this.#agent?.destroy();
  }

  /** Keeps what was read of a failed exchange: the body of a 503 is the most useful one. */
  #judge(answer: Exchange, expiry: number | null): PollResult {
    const { status, tlsVersion } = answer;
    const contentType = answer.headers['content-type'] ?? '';
    const body = answer.body === null ? null : readBody(contentType, answer.body, this.target.settings);
    const failure = answer.failure ?? this.#statusFailure(answer) ?? body?.failure ?? null;
    const start = body?.samples.find((sample) => sample.metric === 'process_start_time_seconds')?.value;
    return {
      failure,
      samples: [
        ...gauges({
          probe_success: failure === null ? 1 : 0,
          probe_http_status_code: status,
          probe_http_content_length: answer.body?.length,
          probe_http_redirects: status === null ? null : isRedirect(status) ? 1 : 0,
          probe_ssl_earliest_cert_expiry: expiry,
        }),
        ...Object.entries(answer.phases).flatMap(([phase, seconds]) =>
          gauges({ probe_http_duration_seconds: seconds }, { phase }),
        ),
        ...(tlsVersion === null ? [] : gauges({ probe_tls_version_info: 1 }, { version: tlsVersion })),
        ...(body?.samples ?? []),
      ],
      facts: {
        ...(status !== null && { status: String(status) }),
        ...(tlsVersion !== null && { tls: tlsVersion }),
        ...body?.facts,
      },
      instanceId: start === undefined ? null : String(start),
    };
  }

  #statusFailure({ status, headers }: Exchange): Failure | null {
    if (status === null) return null;
    const { expect } = this.target.settings;
    const isExpected = expect.length > 0 ? expect.includes(status) : status >= 200 && status <= 299;
    if (isExpected) return null;
    const to = isRedirect(status) ? ` to ${String(headers.location).slice(0, 200)}; redirects are not followed` : '';
    const later = headers['retry-after'] === undefined ? '' : `; retry after ${headers['retry-after'].slice(0, 40)}`;
    return { class: 'status', message: `answered ${status}${to}${later}` };
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status <= 399 && status !== 304;

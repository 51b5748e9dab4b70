/** HTTP endpoints: which answer, how fast in each phase, until when their certificate lasts, what their body says. */
import { dayOf } from '../src/incident/time.ts';
import { type Line, cutLine, span } from '../src/terminal/text.ts';
import { indented, joinWords, present, separated } from './lines.ts';
import { type Observation, perMinute, said, seriesIn, valueIn } from './measure.ts';
import { HIDDEN, type MetricSpec, type Poll, held, metric, over, under } from './metric.ts';
import { bytes, countText, rate, took } from './numbers.ts';
import { type GridCell, grid, metricGrid } from './table.ts';
import type { TargetKind } from './target-health.ts';
import { targetPanel } from './target-panel.ts';

/** Days until the first certificate of the chain expires. */
const certDays = ({ reading, now }: Observation): number | 'absent' => {
  const expiry = valueIn(reading, 'probe_ssl_earliest_cert_expiry');
  return expiry === null ? 'absent' : (expiry * 1000 - now) / 86_400_000;
};
const days = (value: number): string => (value < 0 ? 'EXPIRED' : `${countText(Math.floor(value))}d`);

const METRICS: readonly MetricSpec[] = [
  metric('total', 'probe_duration_seconds', 'answered in', over(1, 3), held(5000)),
  metric('cert', certDays, days, 'certificate', under(20, 3)),
  metric('pool', 'db_pool_exhausted', () => '', 'connection pool exhausted', over(undefined, 0), HIDDEN),
  metric('body', 'probe_degraded', () => '', 'the body says it is not quite well', over(0), HIDDEN),
  metric('ws', 'ws_connections'),
  metric('ws errors/m', perMinute('ws_connection_errors')),
  metric('pool wait', 'db_pool_waiting'),
  metric('pool', 'db_pool_total'),
];

const PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'];

/** Where the time of the last exchange went: as a bar, and in words. */
function phases(poll: Poll, cols: number): readonly Line[] {
  const series = seriesIn(poll.reading, 'probe_http_duration_seconds', 'phase');
  const known = PHASES.flatMap((phase) => series.filter(([name]) => name === phase));
  if (known.length === 0) return [];
  const words = known.map(([phase, seconds]) => `${phase} ${took(seconds)}`);
  return [...phaseBar(known, cols), indented(words.join(' · '), cols, 'dim')];
}

/** Each piece is as long as its share of the time, and carries its name where that fits. */
function phaseBar(known: readonly (readonly [string, number])[], cols: number): readonly Line[] {
  const room = Math.min(72, cols - 8) - (known.length - 1);
  const total = known.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (room < 24 || total <= 0) return [];
  const pieces = known.map(([phase, seconds]) => {
    const wide = Math.max(1, Math.floor((seconds / total) * (room - known.length)));
    return span((phase.length <= wide ? phase : '').padEnd(wide), 'info', { inverse: true });
  });
  return [cutLine([span('  '), span('time ', 'dim'), ...separated(pieces, span(' '))], cols)];
}

/** Until when the certificate lasts, and what the exchange was like. */
function exchange(poll: Poll): readonly string[] {
  const certificate = said(poll, 'probe_ssl_earliest_cert_expiry', (expiry) => {
    const left = Number(certDays(poll));
    return `certificate until ${dayOf(expiry * 1000, 'utc')} UTC, ${days(left)}${left < 0 ? '' : ' left'}`;
  });
  const size = said(poll, 'probe_http_content_length', (length) => `body ${bytes(length)}`);
  return present([certificate, poll.reading.facts['tls'], size]);
}

/** Metrics that have a cell or a rule of their own. */
const SHOWN: ReadonlySet<string> = new Set([
  'http_up',
  'process_start_time_seconds',
  'ws_connections',
  'ws_connection_errors',
  'db_pool_waiting',
  'db_pool_total',
  'db_pool_exhausted',
]);

/** Everything else that the owner mapped from the body. */
const mapped = (poll: Poll): readonly GridCell[] =>
  poll.reading.samples
    .filter(({ metric, value }) => !metric.startsWith('probe_') && !SHOWN.has(metric) && Number.isFinite(value))
    .slice(0, 40)
    .map(({ metric, labels, value, type }) => {
      const inner = joinWords(Object.values(labels));
      const isRated = type === 'counter' && inner === '' && !poll.old;
      const perSecond = isRated ? poll.target.rate(metric, 60_000, poll.mono) : null;
      const amount = Math.abs(value) < 10 && !Number.isInteger(value) ? value.toPrecision(3) : countText(value);
      const text = joinWords([amount, perSecond === null ? '' : `(${rate(perSecond)}/s)`]);
      return { label: joinWords([metric, inner]), text, health: 'ok' };
    });

const HTTP: TargetKind = {
  id: 'health',
  title: 'HTTP ENDPOINTS',
  letter: 'H',
  kind: 'http',
  noun: 'HTTP',
  short: 'HTTP',
  trends: [
    { label: 'time', says: 'time to answer', metric: 'probe_duration_seconds', as: took },
    { label: 'ws', says: 'open WebSockets', metric: 'ws_connections', as: countText },
  ],
  trendAfter: Number.POSITIVE_INFINITY,
  columns: {
    status: (poll) => said(poll, 'probe_http_status_code', String),
    total: 'probe_duration_seconds',
    cert: (poll) => said(poll, 'probe_ssl_earliest_cert_expiry', () => days(Number(certDays(poll)))),
    ws: 'ws_connections',
  },
  metrics: METRICS,
  readsWhenDown: true,
  brief: (poll) =>
    joinWords([
      said(poll, 'probe_http_status_code', String),
      said(poll, 'ws_connections', (open) => `ws ${countText(open)}`),
      said(poll, 'probe_ssl_earliest_cert_expiry', () => `cert ${days(Number(certDays(poll)))}`),
    ]),
  about: (poll) => {
    const { health } = poll.reading.facts;
    const status = said(poll, 'probe_http_status_code', (code) => `answers ${code}`);
    return joinWords([status, health && `says ${health}`], ' · ');
  },
  body: (poll, cols, ascii) => [...metricGrid(poll, cols, ascii), ...phases(poll, cols)],
  sections: (poll, cols, ascii) => [
    { title: 'exchange', lines: exchange(poll).map((words) => indented(words, cols)) },
    { title: 'in the body', lines: grid(mapped(poll), cols, ascii) },
  ],
};

/** `others`: the kinds with a panel of their own. Targets of any kind beyond these are shown here, with all their values. */
export const healthPanel = (others: readonly string[]) =>
  targetPanel({ ...HTTP, alsoShows: (kind) => !others.includes(kind) });

/** HTTP endpoints: which answer, how fast in each phase, until when their certificate lasts, what their body says. */
import { dayOf } from '../src/incident/time.ts';
import { cutLine, span, type Line } from '../src/terminal/text.ts';
import { type Observation, perMinute, seriesIn, valueIn } from './measure.ts';
import { type Poll, type MetricSpec, critOver, held, HIDDEN, metric, over, under } from './metric.ts';
import { tableCells, grid, type TableCell } from './table.ts';
import type { Panel } from './panel.ts';
import { factsLine, said, type TargetKind } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { bytes, countText, rate, took } from './numbers.ts';

/** Days until the first certificate of the chain ends. */
const certDays = ({ reading, now }: Observation): number | 'absent' => {
  const expiry = valueIn(reading, 'probe_ssl_earliest_cert_expiry');
  return expiry === null ? 'absent' : (expiry * 1000 - now) / 86_400_000;
};
const days = (value: number): string => (value < 0 ? 'EXPIRED' : `${countText(Math.floor(value))}d`);

/** The thresholds of WARN and CRIT. */
const METRICS: readonly MetricSpec[] = [
  metric('total', 'probe_duration_seconds', took, 'answered in', over(1, 3), held(5000)),
  metric('cert', certDays, days, 'certificate', under(20, 3)),
  metric('pool', 'db_pool_exhausted', () => '', 'connection pool exhausted', critOver(0), HIDDEN),
  metric('body', 'probe_degraded', () => '', 'the body says it is not quite well', over(0), HIDDEN),
  metric('ws', 'ws_connections', countText),
  metric('ws errors/m', perMinute('ws_connection_errors'), rate),
  metric('pool wait', 'db_pool_waiting', countText),
  metric('pool', 'db_pool_total', countText),
];

const PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'];

/** What each phase of the last exchange took, s. */
const phasesOf = (poll: Poll): readonly (readonly [string, number])[] => {
  const known = seriesIn(poll.reading, 'probe_http_duration_seconds', 'phase');
  return PHASES.flatMap((phase) => known.filter(([name]) => name === phase));
};

/** Where the time went: a bar whose pieces carry their names, and the same in words. */
function phases(poll: Poll, cols: number): readonly Line[] {
  const known = phasesOf(poll);
  if (known.length === 0) return [];
  const words = known.map(([phase, seconds]) => `${phase} ${took(seconds)}`);
  return [...phaseBar(known, cols), cutLine([span('  '), span(words.join(' · '), 'dim')], cols)];
}

/** `  time     connect processing               `: each piece as long as its share and named where its name fits. */
function phaseBar(known: readonly (readonly [string, number])[], cols: number): readonly Line[] {
  const room = Math.min(72, cols - 8) - (known.length - 1);
  const total = known.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (room < 24 || total <= 0) return [];
  const pieces = known.flatMap(([phase, seconds], i): Line => {
    const wide = Math.max(1, Math.floor((seconds / total) * (room - known.length)));
    const piece = span((phase.length <= wide ? phase : '').padEnd(wide), 'info', { inverse: true });
    return i === 0 ? [piece] : [span(' '), piece];
  });
  return [cutLine([span('  '), span('time ', 'dim'), ...pieces], cols)];
}

/** Until when the certificate lasts, and what the exchange was like. */
function exchange(poll: Poll): readonly string[] {
  const { reading } = poll;
  const expiry = valueIn(reading, 'probe_ssl_earliest_cert_expiry');
  const left = certDays(poll);
  const size = valueIn(reading, 'probe_http_content_length');
  const { tls } = reading.facts;
  return [
    expiry === null || left === 'absent'
      ? ''
      : `certificate until ${dayOf(expiry * 1000, 'utc')} UTC, ${days(left)}${left < 0 ? '' : ' left'}`,
    tls ?? '',
    size === null ? '' : `body ${bytes(size)}`,
  ].filter((part) => part !== '');
}

/** Shown elsewhere on the panel. */
const SHOWN: ReadonlySet<string> = new Set([
  'http_up',
  'process_start_time_seconds',
  'ws_connections',
  'ws_connection_errors',
  'db_pool_waiting',
  'db_pool_total',
  'db_pool_exhausted',
]);

/** Everything else the body told: whatever metrics the owner mapped. */
function told(poll: Poll): readonly TableCell[] {
  return poll.reading.samples
    .filter(({ metric }) => !metric.startsWith('probe_') && !SHOWN.has(metric))
    .filter(({ value }) => Number.isFinite(value))
    .slice(0, 40)
    .map(({ metric, labels, value, type }) => {
      const inner = Object.values(labels).join(' ');
      const perSecond = type === 'counter' ? poll.target.rate(metric, 60_000, poll.mono) : null;
      const more = perSecond === null || poll.old || inner !== '' ? '' : ` (${rate(perSecond)}/s)`;
      return { label: `${metric}${inner === '' ? '' : ` ${inner}`}`, value: `${amount(value)}${more}`, health: 'ok' };
    });
}

const amount = (value: number): string =>
  Math.abs(value) < 10 && !Number.isInteger(value) ? value.toPrecision(3) : countText(value);

function brief(poll: Poll): string {
  const cert = certDays(poll);
  return [
    said(poll, 'probe_http_status_code', String),
    said(poll, 'ws_connections', (open) => `ws ${countText(open)}`),
    cert === 'absent' ? '' : `cert ${days(cert)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const HTTP: TargetKind = {
  id: 'health',
  title: 'HTTP ENDPOINTS',
  letter: 'H',
  order: 10,
  kind: 'http',
  noun: 'HTTP',
  short: 'HTTP',
  trends: [
    { label: 'time', says: 'time to answer', metric: 'probe_duration_seconds', as: took },
    { label: 'ws', says: 'open WebSockets', metric: 'ws_connections', as: countText },
  ],
  trendAfter: Number.POSITIVE_INFINITY,
  columns: [
    { title: 'status', of: (poll) => said(poll, 'probe_http_status_code', String) },
    { title: 'total', of: (poll) => said(poll, 'probe_duration_seconds', took) },
    { title: 'cert', of: (poll) => said(poll, 'probe_ssl_earliest_cert_expiry', () => days(Number(certDays(poll)))) },
    { title: 'ws', of: (poll) => said(poll, 'ws_connections', countText) },
  ],
  metrics: METRICS,
  readsWhenDown: true,
  brief,
  about: (poll) => {
    const says = poll.reading.facts['health'];
    const status = said(poll, 'probe_http_status_code', (code) => `answers ${code}`);
    return factsLine([status, says === undefined ? '' : `says ${says}`]);
  },
  body: (poll, cols, ascii) => [...grid(tableCells(poll), cols, ascii), ...phases(poll, cols)],
  sections: (poll, cols, ascii) => [
    { title: 'exchange', lines: exchange(poll).map((words) => cutLine([span('  '), span(words)], cols)) },
    { title: 'in the body', lines: grid(told(poll), cols, ascii) },
  ],
};

export const healthPanel = targetPanel(HTTP);

/** The same panel, which also shows targets of a kind that has no panel of its own, with all their values. */
export const healthAndOthers = (panels: readonly Panel[]): Panel =>
  targetPanel({ ...HTTP, alsoShows: (kind) => !panels.some(({ needs }) => needs.includes(kind)) });

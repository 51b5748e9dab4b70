/** HTTP endpoints: which answer, how fast in each phase, until when their certificate lasts, what their body says. */
import { dayOf } from '../src/incident/time.ts';
import { cutLine, span, type Line } from '../src/terminal/text.ts';
import { gauge, perMinute, seriesIn, valueIn, type Figure, type Look } from './figure.ts';
import { cells, grid, type Cell } from './grid.ts';
import { factsLine, said } from './kind.ts';
import { bytes, count, rate, took } from './numbers.ts';
import { systemPanel } from './system.ts';

/** Days until the first certificate of the chain ends. */
const certDays = ({ reading, now }: Look): number | 'absent' => {
  const expiry = valueIn(reading, 'probe_ssl_earliest_cert_expiry');
  return expiry === null ? 'absent' : (expiry * 1000 - now) / 86_400_000;
};
const days = (value: number): string => (value < 0 ? 'EXPIRED' : `${count(Math.floor(value))}d`);

/** From where on each is worth a look, and from where on it hurts. */
const FIGURES: readonly Figure[] = [
  {
    label: 'total',
    says: 'answered in',
    of: gauge('probe_duration_seconds'),
    as: took,
    warn: 1,
    crit: 3,
    held: { metric: 'probe_duration_seconds', ms: 5000 },
  },
  { label: 'cert', says: 'certificate', of: certDays, as: days, warn: 20, crit: 3, below: true },
  {
    label: 'pool',
    says: 'connection pool exhausted',
    of: gauge('db_pool_exhausted'),
    as: () => '',
    crit: 0,
    hidden: true,
  },
  { label: 'ws', of: gauge('ws_connections'), as: count },
  { label: 'ws errors/m', of: perMinute('ws_connection_errors'), as: rate },
  { label: 'pool wait', of: gauge('db_pool_waiting'), as: count },
  { label: 'pool', of: gauge('db_pool_total'), as: count },
];

const PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'];

/** What each phase of the last exchange took, s. */
const phasesOf = (look: Look): readonly (readonly [string, number])[] => {
  const known = seriesIn(look.reading, 'probe_http_duration_seconds', 'phase');
  return PHASES.flatMap((phase) => known.filter(([name]) => name === phase));
};

/** Where the time went: a bar whose pieces carry their names, and the same in words. */
function phases(look: Look, cols: number): readonly Line[] {
  const known = phasesOf(look);
  if (known.length === 0) return [];
  const words = known.map(([phase, seconds]) => `${phase} ${took(seconds)}`);
  return [...phaseBar(known, cols), cutLine([span('  '), span(words.join(' · '), 'dim')], cols)];
}

/** `  spent     connect processing               `: each piece as long as its share and named where its name fits. */
function phaseBar(known: readonly (readonly [string, number])[], cols: number): readonly Line[] {
  const room = Math.min(72, cols - 8) - (known.length - 1);
  const total = known.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (room < 24 || total <= 0) return [];
  const pieces = known.flatMap(([phase, seconds], i): Line => {
    const wide = Math.max(1, Math.floor((seconds / total) * (room - known.length)));
    const piece = span((phase.length <= wide ? phase : '').padEnd(wide), 'info', { inverse: true });
    return i === 0 ? [piece] : [span(' '), piece];
  });
  return [cutLine([span('  '), span('spent ', 'dim'), ...pieces], cols)];
}

/** Until when the certificate lasts, and what the exchange was like. */
function exchange(look: Look): readonly string[] {
  const { reading } = look;
  const expiry = valueIn(reading, 'probe_ssl_earliest_cert_expiry');
  const left = certDays(look);
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
const SHOWN = new Set([
  'http_up',
  'process_start_time_seconds',
  'ws_connections',
  'ws_connection_errors',
  'db_pool_waiting',
  'db_pool_total',
  'db_pool_exhausted',
]);

/** Everything else the body told: whatever metrics the owner mapped. */
function told(look: Look): readonly Cell[] {
  return look.reading.samples
    .filter(({ metric }) => !metric.startsWith('probe_') && !SHOWN.has(metric))
    .filter(({ value }) => Number.isFinite(value))
    .slice(0, 40)
    .map(({ metric, labels, value, type }) => {
      const inner = Object.values(labels).join(' ');
      const perSecond = type === 'counter' ? look.target.rate(metric, 60_000) : null;
      const more = perSecond === null || look.old || inner !== '' ? '' : ` (${rate(perSecond)}/s)`;
      return { label: `${metric}${inner === '' ? '' : ` ${inner}`}`, value: `${amount(value)}${more}`, health: 'ok' };
    });
}

const amount = (value: number): string =>
  Math.abs(value) < 10 && !Number.isInteger(value) ? value.toPrecision(3) : count(value);

function brief(look: Look): string {
  const status = valueIn(look.reading, 'probe_http_status_code');
  const cert = certDays(look);
  const connections = valueIn(look.reading, 'ws_connections');
  return [
    status === null ? '' : String(status),
    connections === null ? '' : `ws ${count(connections)}`,
    cert === 'absent' ? '' : `cert ${days(cert)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export const health = systemPanel({
  id: 'health',
  title: 'HTTP ENDPOINTS',
  letter: 'H',
  order: 10,
  kind: 'http',
  noun: 'HTTP',
  short: 'HTTP',
  trends: [
    { label: 'time', says: 'time to answer', metric: 'probe_duration_seconds', as: took },
    { label: 'ws', says: 'open WebSockets', metric: 'ws_connections', as: count },
  ],
  trendAfter: Number.POSITIVE_INFINITY,
  columns: [
    { title: 'status', of: (look) => said(look, 'probe_http_status_code', String) },
    { title: 'total', of: (look) => said(look, 'probe_duration_seconds', took) },
    { title: 'cert', of: (look) => said(look, 'probe_ssl_earliest_cert_expiry', () => days(Number(certDays(look)))) },
    { title: 'ws', of: (look) => said(look, 'ws_connections', count) },
  ],
  figures: FIGURES,
  readsWhenDown: true,
  brief,
  about: (look) => {
    const status = valueIn(look.reading, 'probe_http_status_code');
    const says = look.reading.facts['health'];
    return factsLine([status === null ? '' : `answers ${status}`, says === undefined ? '' : `says ${says}`]);
  },
  body: (look, cols, ascii) => [...grid(cells(FIGURES, look), cols, ascii), ...phases(look, cols)],
  sections: (look, cols, ascii) => [
    { title: 'exchange', lines: exchange(look).map((words) => cutLine([span('  '), span(words)], cols)) },
    { title: 'in the body', lines: grid(told(look), cols, ascii) },
  ],
});

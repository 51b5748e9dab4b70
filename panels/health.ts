/** HTTP endpoints: which answer, how fast in each phase, until when their certificate lasts, what their body says. */
import { cutLine, span } from '../src/terminal/text.ts';
import type { Line } from '../src/terminal/text.ts';
import { gauge, perMinute, seriesIn, valueIn } from './figure.ts';
import type { Figure, Look } from './figure.ts';
import { cells, grid, optional, sparkPoints, sparkRow } from './grid.ts';
import { count, rate, took } from './numbers.ts';
import { systemPanel } from './system.ts';

/** Days until the first certificate of the chain ends. */
const certDays = ({ reading, now }: Look): number | 'absent' => {
  const expiry = valueIn(reading, 'probe_ssl_earliest_cert_expiry');
  return expiry === null ? 'absent' : (expiry * 1000 - now) / 86_400_000;
};
const days = (value: number): string => (value < 0 ? 'EXPIRED' : `${count(Math.floor(value))}d`);

/** Limits of the research on probes, section A1. */
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

/** Where the time went. */
function phases(look: Look, cols: number): readonly Line[] {
  const known = seriesIn(look.reading, 'probe_http_duration_seconds', 'phase');
  const words = PHASES.flatMap((phase) => {
    const seconds = known.find(([name]) => name === phase)?.[1];
    return seconds === undefined ? [] : [`${phase} ${took(seconds)}`];
  });
  return words.length === 0 ? [] : [cutLine([span('  '), span(words.join(' · '), 'dim')], cols)];
}

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
  trend: 'probe_duration_seconds',
  figures: FIGURES,
  readsWhenDown: true,
  brief,
  about: (look) => {
    const status = valueIn(look.reading, 'probe_http_status_code');
    const says = look.reading.facts['health'];
    return [status === null ? '' : `answers ${status}`, says === undefined ? '' : `says ${says}`]
      .filter((part) => part !== '')
      .join(' · ');
  },
  body: (look, cols, ascii) => {
    const spark = sparkRow('time', look.target.history('probe_duration_seconds', sparkPoints(cols)), '', cols, ascii);
    return [...grid(cells(FIGURES, look), cols, ascii), ...phases(look, cols), ...optional(spark)];
  },
});

/** WebSocket services: open connections, how many come and go, how they end, and whether a new one gets in. */
import { gauge, perMinute, perSecond, seriesIn, seriesRate, type MetricSpec, type Poll } from './metric.ts';
import { type Column, cells, grid, table } from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { count, rate, took } from './numbers.ts';

/** How many connections are too few only the owner knows: that is a rule, not a limit. */
const METRICS: readonly MetricSpec[] = [
  { label: 'open', of: gauge('ws_connections'), as: count },
  {
    label: 'probe',
    says: 'a new connection does not get in: probe',
    of: gauge('ws_probe_success'),
    as: (ok) => (ok === 1 ? 'ok' : 'FAILED'),
    crit: 1,
    below: true,
  },
  { label: 'handshake', of: gauge('ws_handshake_seconds'), as: took, warn: 1, crit: 3 },
  { label: 'pong', of: gauge('ws_ping_seconds'), as: took, warn: 1, crit: 3 },
  { label: 'opened/m', of: perMinute('ws_connections_opened'), as: rate },
  { label: 'storm', says: 'reconnect storm, opened per minute', of: storm, as: rate, warn: 0, hidden: true },
  { label: 'closed/m', of: perMinute('ws_connections_closed'), as: rate },
  { label: 'errors/m', says: 'connection errors per minute', of: perMinute('ws_connection_errors'), as: rate, warn: 0 },
  { label: 'rejected/m', says: 'rejected connections per minute', of: perMinute('ws_rejected'), as: rate, warn: 0 },
  { label: 'msg/s', of: perSecond('ws_messages'), as: rate },
];

/** More than this a minute, and so many times the usual, is a storm. */
const STORM = { least: 100, times: 5, minutes: 10 };

/** What is opened per minute while that is a storm, else 0: far more than in the minutes before. */
function storm(poll: Poll): number | null | 'absent' {
  const now = perMinute('ws_connections_opened')(poll);
  if (now === null || now === 'absent') return now;
  const minute = Math.max(1, Math.round(60_000 / poll.target.intervalMs));
  const values = poll.target.history('ws_connections_opened', STORM.minutes * minute);
  const opened = Array.from({ length: STORM.minutes }, (_, i) => values.slice(i * minute, (i + 1) * minute))
    .map((part) => part.filter((value) => value !== null))
    .flatMap((part) => (part.length < minute / 2 ? [] : [part.at(-1)! - part[0]!]))
    // A restarted server counts from zero.
    .filter((count) => count >= 0)
    .toSorted((a, b) => a - b);
  const usual = opened[Math.floor(opened.length / 2)];
  if (usual === undefined || opened.length < 3) return null;
  return now > STORM.least && now > STORM.times * usual ? now : 0;
}

/** What close codes mean, as far as RFC 6455 section 7.4.1 names them. */
const CODES: Readonly<Record<string, string>> = {
  '1000': 'normal',
  '1001': 'going away',
  '1002': 'protocol error',
  '1006': 'cut off',
  '1008': 'policy',
  '1009': 'too big',
  '1011': 'server error',
  '1012': 'restart',
  '1013': 'try later',
};

interface Ending {
  readonly code: string;
  readonly total: number;
  readonly perMinute: number | null;
}
const ENDINGS: readonly Column<Ending>[] = [
  { title: 'code', of: ({ code }) => code },
  { title: 'per minute', right: true, of: (each) => (each.perMinute === null ? '-' : rate(each.perMinute)) },
  { title: 'since start', right: true, of: ({ total }) => count(total) },
  { title: 'means', of: ({ code }) => CODES[code] ?? '' },
];
const REFUSALS: readonly Column<Ending>[] = [{ title: 'reason', of: ({ code }) => code }, ...ENDINGS.slice(1, 3)];

/** How a counter with one label splits up, the most frequent first. */
function byLabel(poll: Poll, metric: string, label: string): readonly Ending[] {
  return seriesIn(poll.reading, metric, label)
    .filter(([code]) => code !== '')
    .toSorted((a, b) => b[1] - a[1])
    .map(([code, total]) => {
      const perSecond = seriesRate(poll, metric, { [label]: code });
      return { code, total, perMinute: perSecond === null ? null : perSecond * 60 };
    });
}

export const websockets = targetPanel({
  id: 'websockets',
  title: 'WEBSOCKETS',
  letter: 'W',
  order: 40,
  kind: 'websocket',
  noun: 'WebSocket',
  short: 'WS',
  trends: [
    { label: 'open', says: 'open connections', metric: 'ws_connections', as: count },
    { label: 'closed/s', says: 'closed per second', metric: 'ws_connections_closed', as: rate, perSecond: true },
    { label: 'handshake', says: 'handshake of a probe connection', metric: 'ws_handshake_seconds', as: took },
  ],
  trendAfter: 1,
  metrics: METRICS,
  readsWhenDown: true,
  brief: (poll) => {
    const open = said(poll, 'ws_connections', count);
    return open === '' ? said(poll, 'ws_handshake_seconds', (n) => `in ${took(n)}`) : `${open} open`;
  },
  about: ({ reading: { facts } }) =>
    factsLine([
      facts['health'] === undefined ? '' : `health says ${facts['health']}`,
      facts['canary'] === undefined ? '' : `probe ${facts['canary']}`,
    ]),
  columns: [
    { title: 'open', of: (poll) => said(poll, 'ws_connections', count) },
    { title: 'handshake', of: (poll) => said(poll, 'ws_handshake_seconds', took) },
    { title: 'probe', of: ({ reading }) => reading.facts['canary'] ?? '' },
  ],
  body: (poll, cols, ascii) => grid(cells(METRICS, poll), cols, ascii),
  sections: (poll, cols) => [
    { title: 'how they end', lines: table(ENDINGS, byLabel(poll, 'ws_connections_closed', 'code'), cols) },
    { title: 'turned away', lines: table(REFUSALS, byLabel(poll, 'ws_rejected', 'reason'), cols) },
  ],
});

/** WebSocket services: open connections, how many come and go, how they end, and whether a new one gets in. */
import { type Observation, perMinute, perSecond } from './measure.ts';
import { type MetricSpec, HIDDEN, metric, over, state } from './metric.ts';
import { tableCells, countTable, grid } from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { countText, rate, took } from './numbers.ts';

/** How many connections are too few only the owner knows: that is a rule, not a limit. */
const METRICS: readonly MetricSpec[] = [
  metric('open', 'ws_connections', countText),
  state('probe', 'ws_probe_success', 'ok', 'FAILED', 'a new connection does not get in: probe'),
  metric('handshake', 'ws_handshake_seconds', took, over(1, 3)),
  metric('pong', 'ws_ping_seconds', took, over(1, 3)),
  metric('opened/m', perMinute('ws_connections_opened'), rate),
  metric('storm', storm, rate, 'reconnect storm, opened per minute', over(0), HIDDEN),
  metric('closed/m', perMinute('ws_connections_closed'), rate),
  metric('errors/m', perMinute('ws_connection_errors'), rate, 'connection errors per minute', over(0)),
  metric('rejected/m', perMinute('ws_rejected'), rate, 'rejected connections per minute', over(0)),
  metric('msg/s', perSecond('ws_messages'), rate),
];

/** More than this a minute, and so many times the usual, is a storm. */
const STORM = { least: 100, times: 5, minutes: 10 };

/** What is opened per minute while that is a storm, else 0: far more than in the minutes before. */
function storm(poll: Observation): number | null | 'absent' {
  const now = perMinute('ws_connections_opened')(poll);
  if (now === null || now === 'absent') return now;
  const minute = Math.max(1, Math.round(60_000 / poll.target.intervalMs));
  const values = poll.target.history('ws_connections_opened', STORM.minutes * minute, poll.mono);
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

export const websockets = targetPanel({
  id: 'websockets',
  title: 'WEBSOCKETS',
  letter: 'W',
  order: 40,
  kind: 'websocket',
  noun: 'WebSocket',
  short: 'WS',
  trends: [
    { label: 'open', says: 'open connections', metric: 'ws_connections', as: countText },
    { label: 'closed/s', says: 'closed per second', metric: 'ws_connections_closed', as: rate, perSecond: true },
    { label: 'handshake', says: 'handshake of a probe connection', metric: 'ws_handshake_seconds', as: took },
  ],
  trendAfter: 1,
  metrics: METRICS,
  readsWhenDown: true,
  brief: (poll) => {
    const open = said(poll, 'ws_connections', countText);
    return open === '' ? said(poll, 'ws_handshake_seconds', (n) => `in ${took(n)}`) : `${open} open`;
  },
  about: ({ reading: { facts } }) =>
    factsLine([
      facts['health'] === undefined ? '' : `health says ${facts['health']}`,
      facts['canary'] === undefined ? '' : `probe ${facts['canary']}`,
    ]),
  columns: [
    { title: 'open', of: (poll) => said(poll, 'ws_connections', countText) },
    { title: 'handshake', of: (poll) => said(poll, 'ws_handshake_seconds', took) },
    { title: 'probe', of: ({ reading }) => reading.facts['canary'] ?? '' },
  ],
  body: (poll, cols, ascii) => grid(tableCells(poll), cols, ascii),
  sections: (poll, cols) => [
    {
      title: 'how they end',
      lines: countTable('code', { poll, metric: 'ws_connections_closed', label: 'code', means: CODES }, cols),
    },
    { title: 'turned away', lines: countTable('reason', { poll, metric: 'ws_rejected', label: 'reason' }, cols) },
  ],
});

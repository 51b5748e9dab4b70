/** WebSocket services: open connections, how many come and go, how they end, and whether a new one gets in. */
import { joinWords } from './lines.ts';
import { type Measure, perMinute, perSecond, said } from './measure.ts';
import { HIDDEN, type MetricSpec, metric, over, state } from './metric.ts';
import { countText, rate, took } from './numbers.ts';
import { countTable, metricGrid } from './table.ts';
import { targetPanel } from './target-panel.ts';

/** Minutes looked back for what is usual. */
const USUAL_MINUTES = 10;

/** What is opened per minute while that is more than 100 and 5 times the usual, else 0. */
const storm: Measure = (poll) => {
  const now = perMinute('ws_connections_opened')(poll);
  if (now === null || now === 'absent') return now;
  const minute = Math.max(1, Math.round(60_000 / poll.target.intervalMs));
  const values = poll.target.history('ws_connections_opened', USUAL_MINUTES * minute, poll.mono);
  const opened = Array.from({ length: USUAL_MINUTES }, (_, i) => values.slice(i * minute, (i + 1) * minute))
    .map((part) => part.filter((value) => value !== null))
    .flatMap((part) => (part.length < minute / 2 ? [] : [part.at(-1)! - part[0]!]))
    // A restarted server counts from zero.
    .filter((count) => count >= 0)
    .toSorted((a, b) => a - b);
  const usual = opened[Math.floor(opened.length / 2)];
  if (usual === undefined || opened.length < 3) return null;
  return now > 100 && now > 5 * usual ? now : 0;
};

/** Only the owner knows how many connections are too few: that takes a rule, not a limit. */
const METRICS: readonly MetricSpec[] = [
  metric('open', 'ws_connections'),
  state('probe', 'ws_probe_success', 'ok', 'FAILED', 'a new connection does not get in: probe'),
  metric('handshake', 'ws_handshake_seconds', over(1, 3)),
  metric('pong', 'ws_ping_seconds', over(1, 3)),
  metric('opened/m', perMinute('ws_connections_opened')),
  metric('storm', storm, rate, 'reconnect storm, opened per minute', over(0), HIDDEN),
  metric('closed/m', perMinute('ws_connections_closed')),
  metric('errors/m', perMinute('ws_connection_errors'), 'connection errors per minute', over(0)),
  metric('rejected/m', perMinute('ws_rejected'), 'rejected connections per minute', over(0)),
  metric('msg/s', perSecond('ws_messages')),
];

/** Close codes of RFC 6455, section 7.4.1. */
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
  brief: (poll) =>
    said(poll, 'ws_connections', (open) => `${countText(open)} open`) ||
    said(poll, 'ws_handshake_seconds', (n) => `in ${took(n)}`),
  about: ({ reading: { facts } }) => {
    const { health, canary } = facts;
    return joinWords([health && `health says ${health}`, canary && `probe ${canary}`], ' · ');
  },
  columns: {
    open: 'ws_connections',
    handshake: 'ws_handshake_seconds',
    probe: ({ reading }) => reading.facts['canary'] ?? '',
  },
  body: metricGrid,
  sections: (poll, cols) => [
    { title: 'how they end', lines: countTable('code', poll, 'ws_connections_closed', cols, 10, CODES) },
    { title: 'turned away', lines: countTable('reason', poll, 'ws_rejected', cols) },
  ],
});

/** WebSocket services: open connections, how many come and go, how they end, and whether a new one gets in. */
import { cutLine, span } from '../src/terminal/text.ts';
import type { Line } from '../src/terminal/text.ts';
import { gauge, perMinute, perSecond, seriesIn, valueIn } from './figure.ts';
import type { Figure, Look } from './figure.ts';
import { cells, grid, optional, sparkPoints, sparkRow } from './grid.ts';
import { count, rate, took } from './numbers.ts';
import { said, systemPanel } from './system.ts';

/** Research on probes, section A4. How many connections are too few only the owner knows: that is a rule, not a limit. */
const FIGURES: readonly Figure[] = [
  { label: 'open', of: gauge('ws_connections'), as: count },
  {
    label: 'canary',
    says: 'a new connection does not get in: canary',
    of: gauge('ws_probe_success'),
    as: (ok) => (ok === 1 ? 'ok' : 'FAILED'),
    crit: 1,
    below: true,
  },
  { label: 'handshake', of: gauge('ws_handshake_seconds'), as: took, warn: 1, crit: 3 },
  { label: 'pong', of: gauge('ws_ping_seconds'), as: took, warn: 1, crit: 3 },
  { label: 'opened/m', of: perMinute('ws_connections_opened'), as: rate },
  { label: 'closed/m', of: perMinute('ws_connections_closed'), as: rate },
  { label: 'errors/m', says: 'connection errors per minute', of: perMinute('ws_connection_errors'), as: rate, warn: 0 },
  { label: 'rejected/m', says: 'rejected connections per minute', of: perMinute('ws_rejected'), as: rate, warn: 0 },
  { label: 'msg/s', of: perSecond('ws_messages'), as: rate },
];

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

function closes(look: Look, cols: number): readonly Line[] {
  const known = seriesIn(look.reading, 'ws_connections_closed', 'code').filter(([code]) => code !== '');
  if (known.length === 0) return [];
  const words = known.map(
    ([code, total]) => `${code}${CODES[code] === undefined ? '' : ` ${CODES[code]}`} ${count(total)}`,
  );
  return [cutLine([span('  '), span('closed  ', 'dim'), span(words.join(' · '))], cols)];
}

export const websockets = systemPanel({
  id: 'websockets',
  title: 'WEBSOCKETS',
  letter: 'W',
  order: 40,
  kind: 'websocket',
  noun: 'WebSocket',
  short: 'WS',
  trend: 'ws_connections',
  figures: FIGURES,
  readsWhenDown: true,
  brief: (look) => {
    const open = said(look, 'ws_connections', count);
    return open === '' ? said(look, 'ws_handshake_seconds', (n) => `in ${took(n)}`) : `${open} open`;
  },
  about: ({ reading: { facts } }) =>
    [
      facts['health'] === undefined ? '' : `health says ${facts['health']}`,
      facts['canary'] === undefined ? '' : `canary ${facts['canary']}`,
    ]
      .filter((part) => part !== '')
      .join(' · '),
  body: (look, cols, ascii) => {
    const now = valueIn(look.reading, 'ws_connections');
    const history = look.target.history('ws_connections', sparkPoints(cols));
    const spark = sparkRow('open', history, now === null ? '' : count(now), cols, ascii);
    const figures = grid(cells(FIGURES, look), cols, ascii);
    return [...figures.slice(0, 1), ...optional(spark), ...figures.slice(1), ...closes(look, cols)];
  },
});

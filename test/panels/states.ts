/** Every state a panel of systems can be in, as models; and the sizes they are looked at. */
import type { Model, TargetView } from '../../panels/model.ts';
import type { Reading } from '../../src/protocol/reading.ts';
import { model } from '../support/models.ts';
import {
  HOST,
  HTTP,
  POSTGRES,
  POSTGRES_BUSY,
  POSTGRES_FACTS,
  POSTGRES_ROWS,
  reading,
  REDIS,
  REDIS_FACTS,
  WEBSOCKET,
} from '../support/readings.ts';
import { NOW } from '../support/recorded.ts';
import { absent, failed, sickTargets, silent, target, wellTargets } from '../support/targets.ts';

export const HOSTILE = '\u001b]0;pwned\u0007\u001b[2J{red-fg}\u009b31m\u202eevil\u200b\u0000x\ny';

/** One target of each kind, made by `make` from its kind and its usual values. */
const each = (make: (kind: string, values: Readonly<Record<string, number>>) => TargetView): readonly TargetView[] =>
  [
    ['http', HTTP],
    ['postgres', POSTGRES],
    ['redis', REDIS],
    ['websocket', WEBSOCKET],
    ['host', HOST],
  ].map(([kind, values]) => make(kind as string, values as Readonly<Record<string, number>>));

const scaled = (values: Readonly<Record<string, number>>, by: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value * by]));

const all = (values: Readonly<Record<string, number>>, to: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(values).map((key) => [key, to]));

const hostile = (kind: string, values: Readonly<Record<string, number>>): TargetView => {
  const shown = reading(HOSTILE, kind, { ...values, [`ws_connections_closed{code=${HOSTILE}}`]: 4 }, {
    facts: { version: HOSTILE, role: HOSTILE, health: HOSTILE, canary: HOSTILE, name: HOSTILE, partial: HOSTILE },
    rows: {
      locks: [{ pid: 1, user: HOSTILE, query: HOSTILE, depth: 1, behind: 2 }],
      top: [{ pid: 2, query: HOSTILE }],
    },
  } satisfies Partial<Reading>);
  return target(HOSTILE, kind, shown);
};

const TARGETS: Readonly<Record<string, readonly TargetView[]>> = {
  well: wellTargets(),
  sick: sickTargets(),
  'no target': [],
  absent: each((kind) => absent('guessed', kind, '127.0.0.1:6379')),
  'no reading yet': each((kind) => target('new', kind, null)),
  late: each((kind, values) => silent('main', kind, values, 2300)),
  stale: each((kind, values) => silent('main', kind, values, 75_000)),
  refused: each((kind, values) =>
    failed('main', kind, values, { class: 'refused', message: 'connection refused: nothing listens there' }),
  ),
  frozen: each((kind, values) =>
    failed('main', kind, values, { class: 'timeout', phase: 'command', message: 'no answer within 1.5 s (command)' }),
  ),
  'never up': each((kind) => {
    const bad = reading('main', kind, {}, { up: false, error: { class: 'dns', message: 'the name does not resolve' } });
    return target('main', kind, bad, { lastGood: null });
  }),
  'login refused': each((kind, values) =>
    failed('main', kind, values, { class: 'auth', message: 'user or password is wrong' }),
  ),
  partial: each((kind, values) =>
    target(
      'main',
      kind,
      reading('main', kind, values, { facts: { partial: 'other sessions are hidden: GRANT pg_monitor TO "warroom"' } }),
    ),
  ),
  zero: each((kind, values) => target('main', kind, reading('main', kind, all(values, 0)))),
  'read nothing': each((kind) => target('main', kind, reading('main', kind, {}))),
  hostile: each(hostile),
  huge: each((kind, values) => target('main', kind, reading('main', kind, scaled(values, 1e12)))),
  'not finite': each((kind, values) => target('main', kind, reading('main', kind, all(values, Number.NaN)))),
  endless: each((kind, values) => target('main', kind, reading('main', kind, all(values, Number.POSITIVE_INFINITY)))),
  CJK: each((kind, values) =>
    target('東京データベース主系', kind, reading('x', kind, values, { facts: { version: '版本十五 👩‍👩‍👧' } })),
  ),
  many: each(() => target('x', 'redis', null)).flatMap((_, i) => [
    target(
      `db-${i}`,
      'postgres',
      reading(`db-${i}`, 'postgres', i === 3 ? POSTGRES_BUSY : POSTGRES, {
        facts: POSTGRES_FACTS,
        rows: POSTGRES_ROWS!,
      }),
    ),
    target(`cache-${i}`, 'redis', reading(`cache-${i}`, 'redis', REDIS, { facts: REDIS_FACTS })),
    failed(`api-${i}`, 'http', HTTP, { class: 'tls_expired', message: 'the certificate has expired' }),
    silent(`push-${i}`, 'websocket', WEBSOCKET, i * 3000),
    target(`web-${i}`, 'host', reading(`web-${i}`, 'host', HOST)),
  ]),
};

export const STATES: readonly (readonly [string, Model])[] = Object.entries(TARGETS).map(([name, targets]) => [
  name,
  model({ targets, now: NOW }),
]);

export const SIZES = [
  { cols: 36, rows: 4 },
  { cols: 40, rows: 10 },
  { cols: 66, rows: 20 },
  { cols: 120, rows: 30 },
  { cols: 1, rows: 1 },
  { cols: 7, rows: 30 },
  { cols: 46, rows: 24 },
] as const;

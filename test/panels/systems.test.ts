import { expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import type { Panel } from '../../panels/panel.ts';
import type { TargetView } from '../../panels/model.ts';
import { postgresPanel } from '../../panels/postgres.ts';
import { Memo } from '../../panels/memo.ts';
import { redisPanel } from '../../panels/redis.ts';
import { websockets } from '../../panels/websockets.ts';
import { hostPanel } from '../../panels/host.ts';
import { model } from '../support/models.ts';
import { HOST, HTTP, POSTGRES, POSTGRES_BUSY, reading, REDIS } from '../support/readings.ts';
import { MONO, NOW } from '../support/recorded.ts';
import { absent, failed, silent, target } from '../support/targets.ts';
import { drawn, faults } from './drawn.ts';
import { SIZES, STATES } from './states.ts';

const SYSTEMS = PANELS.slotted;
const ALL = [PANELS.header, ...SYSTEMS, PANELS.timeline];
const textOf = (panel: Panel, targets: readonly TargetView[], cols = 60, rows = 12): string =>
  panel
    .render(model({ targets }), { cols, rows })
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');
const tones = (panel: Panel, targets: readonly TargetView[], from: number): readonly string[] => [
  ...new Set(
    panel
      .render(model({ targets }), { cols: 60, rows: 12 })
      .slice(from)
      .flatMap((line) => line.filter(({ text }) => text.trim() !== '').map(({ tone }) => tone)),
  ),
];

for (const ascii of [false, true])
  test(`every panel fits every size in every state${ascii ? ', in ASCII' : ''}`, () => {
    for (const [state, looked] of STATES)
      for (const panel of ALL)
        for (const size of SIZES) {
          const shown = { ...looked, ascii };
          const where = `${panel.id}, ${state}, ${size.cols}x${size.rows}`;
          expect(faults(panel.render(shown, size), size), where).toEqual([]);
        }
    for (const [state, looked] of STATES)
      for (const panel of SYSTEMS)
        for (const { cols } of SIZES) {
          const shown = { ...looked, ascii };
          expect(faults([panel.summary(shown, cols)], { cols, rows: 1 }), `${panel.id}, ${state}`).toEqual([]);
          expect(panel.wants(shown, cols), `${panel.id}, ${state}`).toBeGreaterThan(0);
        }
  });

for (const panel of SYSTEMS)
  for (const size of [
    { cols: 36, rows: 8 },
    { cols: 62, rows: 12 },
  ])
    test(`${panel.id} at ${size.cols}x${size.rows} looks as reviewed`, async () => {
      const text = STATES.map(([state, looked]) => {
        const summary = panel
          .summary(looked, 30)
          .map(({ text }) => text)
          .join('');
        return drawn(
          `${state}: ${panel.health(looked)}, folded: ${summary}`,
          panel.render(looked, size),
          size,
          size.cols === 62,
        );
      }).join('\n');
      await expect(text).toMatchFileSnapshot(`golden/${panel.id}-${size.cols}x${size.rows}.txt`);
    });

for (const panel of SYSTEMS)
  for (const size of [
    { cols: 76, rows: 16 },
    { cols: 116, rows: 34 },
  ])
    test(`${panel.id} zoomed to ${size.cols}x${size.rows} looks as reviewed`, async () => {
      const text = STATES.filter(([state]) => ['well', 'sick', 'stale', 'refused', 'zero', 'partial'].includes(state))
        .map(([state, looked]) => drawn(state, panel.render(looked, size), size, false))
        .join('\n');
      await expect(text).toMatchFileSnapshot(`golden/${panel.id}-${size.cols}x${size.rows}.txt`);
    });

test('in ASCII no sign of ours is left and no row is lost, in any state at any size', () => {
  // Outside text stays in its own letters.
  const states = STATES.filter(([name]) => name !== 'hostile' && name !== 'CJK');
  const textOf = (lines: ReturnType<Panel['render']>): readonly string[] =>
    lines.map((line) => line.map(({ text }) => text).join(''));
  for (const [state, looked] of states)
    for (const panel of ALL)
      for (const size of SIZES) {
        const plain = textOf(panel.render({ ...looked, ascii: true }, size));
        // The separators `·` and `…` are replaced where the screen is painted.
        expect(plain.join('\n'), `${panel.id}, ${state}`).toMatch(/^[\x20-\x7e\n…·]*$/);
        expect(plain).toHaveLength(panel.render(looked, size).length);
      }
});

test('in ASCII everything reads the same', async () => {
  const size = { cols: 62, rows: 12 };
  const looked = { ...STATES.find(([name]) => name === 'sick')![1], ascii: true };
  const text = ALL.map((panel) => drawn(panel.id, panel.render(looked, size), size, false)).join('\n');
  // The separators `·` and `…` are replaced where the screen is painted.
  expect(text).toMatch(/^[\x20-\x7e\n…·]*$/);
  await expect(text).toMatchFileSnapshot('golden/ascii-62x12.txt');
});

test('a value older than two intervals is dim, older than three it is stale and says its age', () => {
  const fresh = [silent('cache', 'redis', REDIS, 1900)];
  expect(redisPanel.health(model({ targets: fresh }))).toBe('ok');
  expect(tones(redisPanel, fresh, 2)).toContain('plain');
  const late = [silent('cache', 'redis', REDIS, 2100)];
  expect(redisPanel.health(model({ targets: late }))).toBe('ok');
  expect(tones(redisPanel, late, 2)).toEqual(['dim']);
  expect(redisPanel.health(model({ targets: [silent('cache', 'redis', REDIS, 4900)] }))).toBe('ok');
  const stale = [silent('cache', 'redis', REDIS, 5100)];
  expect(redisPanel.health(model({ targets: stale }))).toBe('stale');
  expect(textOf(redisPanel, stale)).toContain('STALE 5s');
  expect(tones(redisPanel, stale, 2)).toEqual(['dim']);
});

test('the age goes on while the target stays the same', () => {
  const cache = target('cache', 'redis', reading('cache', 'redis', REDIS));
  const memo = new Memo();
  const folded = (passed: number): string =>
    redisPanel
      .summary(model({ targets: [cache], now: NOW + passed, mono: MONO + passed, memo }), 30)
      .map(({ text }) => text)
      .join('');
  expect(folded(0)).toBe('REDIS ✓ mem 61%');
  expect(folded(5600)).toBe('REDIS ~ STALE 6s');
  expect(folded(8600)).toBe('REDIS ~ STALE 9s');
});

test('a memo changes nothing from one second to another', () => {
  const memo = new Memo();
  for (const passed of [0, 4_000, 61_000])
    for (const [name, known] of STATES)
      for (const panel of ALL)
        for (const size of [
          { cols: 66, rows: 20 },
          { cols: 120, rows: 30 },
        ]) {
          const at = { ...known, mono: MONO + passed, now: NOW + passed };
          expect([name, panel.render({ ...at, memo }, size)]).toEqual([name, panel.render(at, size)]);
          expect(panel.health({ ...at, memo })).toBe(panel.health(at));
        }
});

test('what could not be read is said beside what is bad', () => {
  const facts = { partial: 'other sessions are hidden: GRANT pg_monitor TO "warroom"' };
  const text = textOf(
    postgresPanel,
    [target('db', 'postgres', reading('db', 'postgres', POSTGRES_BUSY, { facts }))],
    100,
  );
  expect(text).toContain('■ CRIT');
  expect(text).toContain('PARTIAL: other sessions are hidden: GRANT pg_monitor');
  const slow = { unread: 'slow log (the user may not run this command)' };
  const full = reading('c', 'redis', { ...REDIS, redis_memory_usage: 0.97 }, { facts: slow });
  expect(textOf(redisPanel, [target('c', 'redis', full)])).toMatch(/■ CRIT[^]*PARTIAL: not read: slow log/);
});

test('stale counts in intervals where these are long', () => {
  const slow = (ageMs: number): TargetView => ({ ...silent('cache', 'redis', REDIS, ageMs), intervalMs: 15_000 });
  expect(redisPanel.health(model({ targets: [slow(29_000)] }))).toBe('ok');
  expect(redisPanel.health(model({ targets: [slow(44_000)] }))).toBe('ok');
  expect(redisPanel.health(model({ targets: [slow(45_000)] }))).toBe('stale');
});

test('what was not read is no zero', () => {
  const text = textOf(redisPanel, [
    target('cache', 'redis', reading('cache', 'redis', { redis_up: 1, redis_evicted_keys: 3 }), { rate: () => null }),
  ]);
  expect(text).toContain('evict/m --');
  expect(text).not.toMatch(/clients|\b0\b/);
});

test('a target that fell silent keeps its values, dim, marked as old', () => {
  const targets = [
    failed('cache', 'redis', REDIS, { class: 'refused', message: 'connection refused: nothing listens there' }),
  ];
  const text = textOf(redisPanel, targets);
  expect(text).toContain('refused: nothing listens there');
  expect(text).toContain('(old) last read 12s ago');
  expect(redisPanel.health(model({ targets }))).toBe('crit');
  expect(tones(redisPanel, targets, 3)).toEqual(['dim']);
});

test('what is between us and the server, and when it is tried again', () => {
  const facts = { version: 'PostgreSQL 15', pooler: 'through a pooler', advice: 'look at the pooler too' };
  const pooled = [target('db', 'postgres', reading('db', 'postgres', POSTGRES, { facts }))];
  expect(textOf(postgresPanel, pooled)).toContain('PostgreSQL 15 · through a pooler');
  expect(textOf(postgresPanel, pooled, 80, 20)).toContain('look at the pooler too');
  const down = failed('db', 'postgres', POSTGRES, { class: 'refused', message: 'connection refused: nobody' });
  const retry = { ...down, reading: { ...down.reading!, facts: { retry: 'next try in 8 s' } } };
  expect(textOf(postgresPanel, [retry])).toContain('refused: nobody; next try in 8 s');
});

test('a frozen server says for how long; a connect that times out says where', () => {
  const late = (phase: string): string =>
    textOf(redisPanel, [
      failed('cache', 'redis', REDIS, { class: 'timeout', phase, message: `no answer within 1.5 s (${phase})` }),
    ]);
  expect(late('command')).toContain('frozen: no answer for 12s');
  expect(late('connect')).toContain('timeout while connecting (1.5 s)');
});

test('a 503 with a body shows the body', () => {
  const targets = [
    failed(
      'api',
      'http',
      HTTP,
      { class: 'status', message: 'answered 503' },
      { probe_http_status_code: 503, ws_connections: 12 },
    ),
  ];
  const text = textOf(SYSTEMS[0]!, targets);
  expect(text).toContain('answered 503');
  expect(text).toContain('ws 12');
  expect(text).not.toContain('(old)');
});

test('a 404 warns, a 500 is critical', () => {
  const answered = (code: number) =>
    SYSTEMS[0]!.health(
      model({
        targets: [
          failed(
            'api',
            'http',
            HTTP,
            { class: 'status', message: `answered ${code}` },
            { probe_http_status_code: code },
          ),
        ],
      }),
    );
  expect(answered(404)).toBe('warn');
  expect(answered(500)).toBe('crit');
});

test('a wrong password is trouble of ours, not of the target', () => {
  const targets = [failed('db', 'postgres', POSTGRES, { class: 'auth', message: 'user or password is wrong' })];
  expect(postgresPanel.health(model({ targets }))).toBe('no-data');
  expect(textOf(postgresPanel, targets)).toContain('cannot look, login refused: user or password is wrong');
});

test('all slots taken is critical; the limit of our own role is not', () => {
  const full = (values: Readonly<Record<string, number>>) =>
    postgresPanel.health(
      model({ targets: [failed('db', 'postgres', POSTGRES, { class: 'exhausted', message: 'x' }, values)] }),
    );
  expect(full({ db_pool_exhausted: 1 })).toBe('crit');
  expect(full({})).toBe('warn');
});

test('a reconnect storm is far more than the minutes before, not merely much', () => {
  const opened = (perMinute: number, usual: number) => {
    const values = { ws_connections: 10, ws_connections_opened: 1 };
    const shown = target('chat', 'websocket', reading('chat', 'websocket', values), {
      rate: () => perMinute / 60,
      history: (_, points) => Array.from({ length: points }, (_v, i) => (i * usual) / 60),
    });
    return textOf(websockets, [shown], 80);
  };
  expect(opened(600, 60)).toContain('reconnect storm, opened per minute 600');
  expect(opened(600, 300)).not.toContain('storm');
  expect(opened(90, 1)).not.toContain('storm');
});

test('limits are reported with the value and the limit, worst first', () => {
  const text = textOf(postgresPanel, [target('db', 'postgres', reading('db', 'postgres', POSTGRES_BUSY))], 100);
  expect(text).toContain(
    'lock waits 14 (limit 5), connection slots 90.7% (limit 80%), longest transaction 5m12s (limit 5m)',
  );
});

test('one waiter for a moment is not held against the database', () => {
  const values = { ...POSTGRES, pg_locks_waiting: 1 };
  const blip = target('db', 'postgres', reading('db', 'postgres', values), {
    history: (_, points) => Array.from({ length: points }, (_v, i) => (i < points - 1 ? 0 : 1)),
  });
  expect(postgresPanel.health(model({ targets: [blip] }))).toBe('ok');
  const held = { ...blip, history: (_: string, points: number) => Array.from({ length: points }, () => 1) };
  expect(postgresPanel.health(model({ targets: [held] }))).toBe('warn');
});

test('missing rights are named', () => {
  const targets = [
    target(
      'db',
      'postgres',
      reading('db', 'postgres', {}, { facts: { partial: 'other sessions are hidden: GRANT pg_monitor TO "warroom"' } }),
    ),
  ];
  expect(postgresPanel.health(model({ targets }))).toBe('partial');
  expect(textOf(postgresPanel, targets)).toContain('GRANT pg_monitor');
});

test('without a target it says how to add one', () => {
  expect(textOf(redisPanel, [])).toBe('no Redis target: add one under targets: in warroom.yaml');
  expect(redisPanel.health(model({ targets: [] }))).toBe('none');
});

test('while the hub has not said which targets there are, no panel says that there is none', () => {
  for (const state of ['connecting', 'lost', 'refused'] as const) {
    const unknown = model({ targets: [], link: { ...model().link, state } });
    const text = redisPanel
      .render(unknown, { cols: 60, rows: 4 })
      .map((line) => line.map((part) => part.text).join(''));
    expect(text).toEqual(['Redis targets: not known until the hub answers']);
  }
});

test('a server that was only guessed and is not there is no trouble', () => {
  const guessed = absent('redis', 'redis', '127.0.0.1:6379');
  const hint = 'no server at 127.0.0.1:6379: name one under targets: in warroom.yaml';
  expect(redisPanel.health(model({ targets: [guessed] }))).toBe('none');
  expect(textOf(redisPanel, [guessed], 80)).toBe(hint);
  const folded = redisPanel.summary(model({ targets: [guessed] }), 30);
  expect(folded.map(({ text }) => text).join('')).toBe('REDIS -');
  // Long ago it is still not there, and beside one that is there it does not count.
  expect(redisPanel.health(model({ targets: [{ ...guessed, takenAt: MONO - 60_000 }] }))).toBe('none');
  const real = target('cache', 'redis', reading('cache', 'redis', REDIS));
  expect(redisPanel.health(model({ targets: [guessed, real] }))).toBe('ok');
  expect(textOf(redisPanel, [guessed, real], 100, 3)).toMatch(/·  redis .*no server at[^]*✓  cache/);
});

test('several targets keep the order of the configuration, whatever happens to them', () => {
  const targets = ['a', 'b', 'c'].map((name) => target(name, 'host', reading(name, 'host', HOST)));
  const worse = [targets[0]!, targets[1]!, failed('c', 'host', HOST, { class: 'unknown', message: 'x' })];
  const names = (all: readonly TargetView[]): readonly (string | undefined)[] =>
    textOf(hostPanel, all, 60, 3)
      .split('\n')
      .map((line) => line.split(' ')[1]);
  expect(names(worse)).toEqual(names(targets));
});

test('a critical target that does not fit is named', () => {
  const targets = ['a', 'b', 'c', 'd'].map((name) => target(name, 'host', reading(name, 'host', HOST)));
  const text = textOf(hostPanel, [...targets, failed('e', 'host', HOST, { class: 'unknown', message: 'x' })], 60, 3);
  expect(text).toMatch(/■ CRIT {2}\+3 more: e$/);
});

test('the folded form holds whole words only', () => {
  const targets = [target('db', 'postgres', reading('db', 'postgres', POSTGRES_BUSY))];
  const folded = (cols: number): string =>
    postgresPanel
      .summary(model({ targets }), cols)
      .map(({ text }) => text)
      .join('');
  expect(folded(30)).toBe('PG ■ CRIT locks 14');
  expect(folded(14)).toBe('PG ■ locks 14');
  expect(folded(9)).toBe('PG ■ CRIT');
  expect(folded(4)).toBe('PG ■');
  expect(folded(2)).toBe('P■');
});

test('what does not fit into a zoomed panel is reached page by page, and its head stays', () => {
  const looked = STATES.find(([name]) => name === 'sick')![1];
  const size = { cols: 116, rows: 24 };
  const page = (paged: number): readonly string[] =>
    postgresPanel.render({ ...looked, paged }, size).map((line) => line.map(({ text }) => text).join(''));
  const [first, second, last] = [page(0), page(9), page(9999)];
  expect(first.at(-1)).toMatch(/^ {2}\+\d+ more rows: PgDn/);
  expect(second.slice(1, 14)).toEqual(first.slice(10, 23));
  expect(last).toHaveLength(24);
  expect(last.at(-1)).not.toContain('more rows');
  expect([second[0], last[0]]).toEqual([first[0], first[0]]);
});

test('a table that is cut keeps the highest values', () => {
  const databases = Object.fromEntries([3, 9, 1, 7, 5].map((keys, i) => [`redis_db_keys{db=db${i}}`, keys]));
  const text = textOf(
    redisPanel,
    [target('cache', 'redis', reading('cache', 'redis', { ...REDIS, ...databases }))],
    80,
    50,
  );
  expect(text).toMatch(/db1 .*\n.*db3 .*\n.*db4 .*\n.*\+2 more/);
});

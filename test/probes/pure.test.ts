/** The parts that need no server: lock forests, paths, pages of metrics, windows, durations, INFO. */
import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/incident/time.ts';
import { networkFailure } from '../../src/probes/failure.ts';
import { readBody } from '../../src/probes/http/body.ts';
import { numberOf, parsePath, valueAt } from '../../src/probes/http/json-path.ts';
import { parseMetrics } from '../../src/probes/http/metrics-page.ts';
import { lookup } from '../../src/probes/dns-lookup.ts';
import { lockForest } from '../../src/probes/postgres/lock-forest.ts';
import { infoFields, parseInfo } from '../../src/probes/redis/metrics.ts';
import { RatioWindow } from '../../src/probes/ratio-window.ts';

describe('lock forest', () => {
  const row = (pid: number, ...blockedBy: number[]) => ({
    pid,
    blockedBy,
    waitS: blockedBy.length > 0 ? 100 - pid : null,
  });
  const shape = (...rows: ReturnType<typeof row>[]) =>
    lockForest(rows).map(({ row, depth, behind, others, isCycle }) => [row.pid, depth, behind, others, isCycle]);

  test('each waiter once, below its deepest blocker', () => {
    expect(shape(row(4, 1, 2, 3), row(1), row(2, 1), row(3, 2), row(9), row(10, 9))).toEqual([
      [1, 0, 3, 0, false],
      [2, 1, 2, 0, false],
      [3, 2, 1, 0, false],
      [4, 3, 0, 2, false],
      [9, 0, 1, 0, false],
      [10, 1, 0, 0, false],
    ]);
  });

  test('a deadlock is shown, not followed for ever; a prepared transaction is pid 0; a blocker may have gone', () => {
    expect(shape(row(1, 2), row(2, 1), row(3, 2)).map(([pid, , , , cycle]) => [pid, cycle])).toEqual(
      expect.arrayContaining([
        [1, true],
        [2, true],
        [3, false],
      ]),
    );
    expect(shape(row(0), row(5, 0))).toEqual([
      [0, 0, 1, 0, false],
      [5, 1, 0, 0, false],
    ]);
    expect(shape(row(5, 77))).toEqual([[5, 0, 0, 0, false]]);
  });

  test('whatever the graph, every session is there exactly once and children follow their parent', () => {
    const graph = fc.array(fc.array(fc.nat(12), { maxLength: 4 }), { maxLength: 12 });
    fc.assert(
      fc.property(graph, (edges) => {
        const rows = edges.map((blockedBy, pid) => row(pid, ...new Set(blockedBy)));
        const placed = lockForest(rows);
        expect(placed.map(({ row }) => row.pid).toSorted((a, b) => a - b)).toEqual(rows.map(({ pid }) => pid));
        placed.forEach(({ depth }, i) => expect(depth).toBeLessThanOrEqual((placed[i - 1]?.depth ?? -1) + 1));
      }),
    );
  });
});

test('paths into JSON', () => {
  expect(parsePath('$.a.b[0]["c d"]')).toEqual(['a', 'b', '0', 'c d']);
  expect(parsePath('a.b')).toEqual(['a', 'b']);
  for (const wrong of ['', '$', '$..a', '$.a[', '$.a[*]', '$.a b']) expect(parsePath(wrong)).toBeNull();
  expect(valueAt({ a: { b: [{ 'c d': 3 }] } }, ['a', 'b', '0', 'c d'])).toBe(3);
  for (const path of [['__proto__'], ['constructor', 'name'], ['a', 'length']])
    expect(valueAt({ a: 'text' }, path)).toBeUndefined();
  expect([true, '7', ' ', null, NaN, {}, '1e3'].map(numberOf)).toEqual([1, 7, null, null, null, null, 1000]);
});

describe('pages of metrics', () => {
  const wanted = new Set(['up', 'hits', 'lag']);

  test('types, suffixes, escapes, infinities, timestamps, exemplars', () => {
    const page = `# HELP hits All of them
# TYPE hits counter
hits_total{path="a,b=\\"c\\"\\n",} 5 # {trace="x"} 1
up 1
lag{} +Inf
lag -3 1700000000000
hits_created 9
lag{broken
lag# TYPE lag counter
`;
    expect(parseMetrics(page, wanted)).toEqual({
      samples: [
        { metric: 'hits', labels: { path: 'a,b="c"\n' }, value: 5, type: 'counter' },
        { metric: 'up', labels: {}, value: 1, type: 'gauge' },
        { metric: 'lag', labels: {}, value: -3, type: 'gauge' },
      ],
      skipped: 2,
      names: new Set(['hits', 'up', 'lag']),
    });
  });

  test('any text is read to its end', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('up 1', 'up{a="', 'hits{a="b"} 1', '# TYPE up counter', 'lag NaN'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const sample of parseMetrics(lines.join('\n'), wanted).samples) expect(sample.value).not.toBeNaN();
      }),
    );
  });

  test('a hundred thousand series of one name', () => {
    const page = Array.from({ length: 100_000 }, (_, i) => `up{i="${i}"} 1`).join('\n');
    const { samples, skipped } = parseMetrics(page, wanted);
    expect([samples.length, skipped]).toEqual([1000, 99_000]);
  });
});

test('bodies that are not what they say', () => {
  const settings = { json: {}, metrics: [], contains: null, healthy: null };
  const read = (type: string, text: string) => readBody(type, Buffer.from(text), settings).failure?.class ?? null;
  expect(read('application/json', '{"status":"ok"}')).toBeNull();
  expect(read('application/health+json', '{"status":"fail"}')).toBe('status');
  expect(read('application/json', '<html>')).toBe('protocol');
  expect(read('application/json', '['.repeat(500_000))).toBe('protocol');
  expect(read('text/html', '<html>')).toBeNull();
  expect(read('', '{"healthy":false}')).toBe('status');
  expect(read('application/json', 'null')).toBeNull();
  expect(read('application/json', '{"status":{"__proto__":1}}')).toBeNull();
});

test('a ratio of the last ten seconds: not of a lifetime, not over a restart, not of a handful', () => {
  const window = new RatioWindow(100);
  const add = (second: number, hits: number, misses: number, instanceId = 'a') =>
    window.add(second * 1000, instanceId, hits, misses);
  expect(add(0, 1_000_000, 0)).toBeNull();
  expect(add(5, 1_000_050, 50)).toBeNull();
  expect(add(10, 1_000_100, 100)).toBe(0.5);
  expect(add(15, 1_000_150, 350)).toBe(0.25);
  expect(add(16, 10, 0, 'b')).toBeNull();
  expect(add(30, 20, 0, 'b')).toBeNull();
});

test('durations', () => {
  expect(['90s', '2m', '1h30m', '250ms', '0', '1d'].map(parseDuration)).toEqual([90e3, 120e3, 5400e3, 250, 0, 86400e3]);
  for (const wrong of ['', '1', 'm', '1m1h', '-1s', '1.5h', ' 1s', '1s1s']) expect(parseDuration(wrong)).toBeNull();
  fc.assert(fc.property(fc.nat(10 ** 9), (ms) => parseDuration(formatDuration(ms)) === ms));
});

test('INFO: any text, any field', () => {
  expect(infoFields('keys=1,expires=x,avg_ttl=,sub=2')).toEqual({ keys: 1, sub: 2 });
  fc.assert(fc.property(fc.string(), (text) => void parseInfo(text)));
  expect(parseInfo('# S\r\na:b:c\r\n:x\r\nno colon\r\n')).toEqual(new Map([['a', 'b:c']]));
});

test('errors are classified by code', () => {
  const of = (code: string) => networkFailure(Object.assign(new Error('whatever'), { code }))?.class ?? null;
  expect(
    ['ECONNREFUSED', 'ENOTFOUND', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'HPE_INVALID_CONSTANT', 'EWHAT'].map(of),
  ).toEqual(['refused', 'dns', 'tls', 'tls', 'protocol', null]);
});

test('one name is asked for once at a time, and all who asked are answered', async () => {
  const ask = () =>
    new Promise((done) => lookup('localhost', { family: 4 }, (error, address) => done(error ?? address)));
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  expect(await ask()).toBe('127.0.0.1');
});

test('a number of a JSON body is a gauge, but for names that only grow', () => {
  const body = { oauth: { errors: 5 }, jobs: 3, queue: 7, db_pool: { total: 20 }, connection_errors: 2 };
  const json = { github_oauth_errors: '$.oauth.errors', jobs_total: '$.jobs', queue_length: '$.queue' };
  const found = readBody('application/json', Buffer.from(JSON.stringify(body)), {
    json,
    metrics: [],
    contains: null,
    healthy: null,
  });
  const types = Object.fromEntries(found.samples.map(({ metric, type }) => [metric, type]));
  expect(types).toMatchObject({
    github_oauth_errors: 'counter',
    jobs_total: 'counter',
    ws_connection_errors: 'counter',
    queue_length: 'gauge',
    db_pool_total: 'gauge',
  });
});

/** The search of logs: real files, as rotation and strangers leave them; a server that answers as a Loki does. */
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { timeOfLine } from '../../src/logs/line-time.ts';
import { Findings } from '../../src/logs/query.ts';
import { searchLogs } from '../../src/logs/search.ts';
import type { LogSource } from '../../src/logs/source.ts';
import fc from '../support/property.ts';

let dir: string;
beforeAll(async () => (dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-logs-'))));
afterAll(() => rm(dir, { recursive: true }));

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const NOW = Date.parse('2026-11-27T14:30:00Z');
const file = (name: string, pattern: string): LogSource => ({ name, kind: 'file', pattern: path.join(dir, pattern) });
const search = (sources: readonly LogSource[], text = ID, more: { since?: number; isId?: boolean } = {}) =>
  searchLogs(
    sources,
    { text, isId: more.isId ?? true, since: more.since ?? NOW - 86_400_000 },
    { now: NOW, signal: AbortSignal.timeout(8_000) },
  );
const written = async (name: string, text: string | Buffer, at = NOW): Promise<void> => {
  await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
  await writeFile(path.join(dir, name), text);
  await utimes(path.join(dir, name), new Date(at), new Date(at));
};

test('what rotation set aside is searched, too; several logs are merged by time', async () => {
  await written('web/app.log.1', `2026-11-27T14:00:00Z begin ${ID}\n2026-11-27T14:00:01Z other\n`, NOW - 60_000);
  await written('web/app.log', `2026-11-27T14:02:00.250Z end ${ID.toUpperCase()}\nno newline at the end ${ID}`);
  await written('web/app.log.2.gz', Buffer.from([0x1f, 0x8b]));
  await written('web/app.log.3', `2026-11-20T14:02:00Z long ago ${ID}\n`, NOW - 7 * 86_400_000);
  await written('web/app.log.bak', `2026-11-27T14:02:00Z no rotation ${ID}\n`);
  await written('db.log', `2026-11-27 14:01:00 UTC LOG: statement /* ${ID} */\nnothing\n`);
  const found = await search([file('web', 'web/app.log'), file('db', 'db.log'), file('none', 'gone.log')]);
  expect(found.lines.map(({ log, at, text }) => [log, at && new Date(at).toISOString().slice(14, 19), text])).toEqual([
    ['web', '00:00', `2026-11-27T14:00:00Z begin ${ID}`],
    ['db', '01:00', `2026-11-27 14:01:00 UTC LOG: statement /* ${ID} */`],
    ['web', '02:00', `2026-11-27T14:02:00.250Z end ${ID.toUpperCase()}`],
    // A line without a time has that of the line before it.
    ['web', '02:00', `no newline at the end ${ID}`],
  ]);
  expect(found.logs.map(({ trouble }) => trouble)).toEqual([
    '1 compressed file was not searched',
    null,
    'gone.log cannot be read (ENOENT)',
  ]);
});

test('an id is found as a whole word, a text anywhere; signs of patterns are themselves', async () => {
  await written('words.log', ['req-12 a', 'req-123 b', 'xreq-12 c', 'REQ-12: d', 'a.*b e', 'aXXb f', ''].join('\n'));
  const texts = async (text: string, isId: boolean) =>
    (await search([file('words', 'words.log')], text, { isId })).lines.map((line) => line.text.at(-1));
  expect(await texts('req-12', true)).toEqual(['a', 'd']);
  expect(await texts('req-12', false)).toEqual(['a', 'b', 'c', 'd']);
  expect(await texts('a.*b', false)).toEqual(['e']);
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) =>
      new Findings('log', { text, isId: false, since: 0 }).pattern.test(`<${text}>`),
    ),
  );
});

test('large and hostile content: bounded, cut around what was found, and said', async () => {
  const line = (n: number) => `2026-11-27T13:${String(n % 60).padStart(2, '0')}:00Z row ${n} ${ID}\n`;
  await written('many.log', Array.from({ length: 1_200 }, (_, n) => line(n)).join(''));
  const many = await search([file('many', 'many.log')]);
  expect(many.lines).toHaveLength(500);
  expect(many.logs[0]).toMatchObject({ lines: 500, trouble: 'only its newest 500 lines are kept' });
  // One line of 3 MiB without an end, and bytes that are no text.
  await written('long.log', `${'x'.repeat(3_000_000)} ${ID} ${'y'.repeat(3_000)}`);
  await written(
    'binary.log',
    Buffer.concat([Buffer.from([0, 255, 27, 91, 50, 74, 10]), Buffer.from(ID), Buffer.alloc(9)]),
  );
  const [long] = (await search([file('long', 'long.log')])).lines;
  expect(long?.text.length).toBeLessThan(2_010);
  expect(long?.text).toContain(ID);
  expect((await search([file('binary', 'binary.log')])).lines[0]?.text).toContain(ID);
  // More than is read: the end is what counts.
  await written('huge.log', `${ID} first\n${'2026-11-27T13:00:00Z filler\n'.repeat(700_000)}`);
  await appendFile(path.join(dir, 'huge.log'), `2026-11-27T14:00:00Z ${ID} last\n`);
  const huge = await search([file('huge', 'huge.log')]);
  expect(huge.lines.map(({ text }) => text)).toEqual([`2026-11-27T14:00:00Z ${ID} last`]);
  expect(huge.logs[0]).toMatchObject({ trouble: expect.stringContaining('only its last 16 MiB were searched') });
  execFileSync('mkfifo', [path.join(dir, 'pipe.log')]);
  await mkdir(path.join(dir, 'folder.log'));
  const odd = await search([file('pipe', 'pipe.log'), file('folder', 'folder.log')]);
  expect(odd.logs.map(({ trouble }) => trouble)).toEqual(['pipe.log is no file', 'folder.log is no file']);
});

test('a line that stands across two blocks is found once', async () => {
  const block = 1024 * 1024;
  for (const shift of [1, 10, ID.length, ID.length + 5]) {
    const tail = 'z'.repeat(block - shift);
    await written('across.log', `2026-11-27T14:00:00Z head\n${ID} across ${tail}\n`);
    const { lines } = await search([file('across', 'across.log')]);
    expect(lines).toHaveLength(1);
  }
});

test('lines from before the time that is asked for are left out', async () => {
  await written('old.log', `2026-11-27T12:00:00Z ${ID} old\n2026-11-27T14:29:00Z ${ID} new\n`);
  const { lines } = await search([file('old', 'old.log')], ID, { since: NOW - 3_600_000 });
  expect(lines.map(({ text }) => text.slice(-3))).toEqual(['new']);
});

test.each([
  ['2026-11-23T14:02:11.123Z x', '2026-11-23T14:02:11.123Z'],
  ['{"level":"info","time":"2026-11-23T14:02:11+02:00"}', '2026-11-23T12:02:11.000Z'],
  ['10.0.0.1 - - [23/Nov/2026:14:02:11 +0100] "GET /"', '2026-11-23T13:02:11.000Z'],
  ['{"ts":1795442531.5,"msg":"x"}', new Date(1795442531500).toISOString()],
  ['time=1795442531123 msg=x', new Date(1795442531123).toISOString()],
  ['<34>Nov 23 14:02:11 host app: x', new Date(2026, 10, 23, 14, 2, 11).toISOString()],
  ['Dec 31 23:59:59 host app: of last year', new Date(2025, 11, 31, 23, 59, 59).toISOString()],
  ['2026/11/23 14:02:11 [error] nginx', new Date(2026, 10, 23, 14, 2, 11).toISOString()],
  ['no time here 12:00:00', null],
  ['2026-99-99T99:99:99Z', null],
])('the time of %s', (line, at) => {
  const found = timeOfLine(line, NOW);
  expect(found === null ? null : new Date(found).toISOString()).toBe(at);
});

test('a Loki is asked for the streams and the text, and what it answers is read; its refusal is told', async () => {
  const asked: URLSearchParams[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(url.searchParams);
    // As in Loki's HTTP API: values are pairs of nanoseconds and a line.
    const result = [
      {
        stream: { app: 'auth' },
        values: [
          ['1795789800123000000', `b ${ID}`],
          ['1795789700000000000', `a ${ID}`],
        ],
      },
      { stream: { app: 'web' }, values: [['1795789750000000000', `c ${ID}x`], 'odd', [1, 2]] },
    ];
    response.writeHead(url.pathname === '/loki/api/v1/query_range' ? status : 404);
    response.end(
      status === 200 ? JSON.stringify({ status: 'success', data: { resultType: 'streams', result } }) : 'parse error',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const loki: LogSource = {
    name: 'l',
    kind: 'loki',
    url,
    query: '{app=~".+"}',
    headers: {},
    ca: null,
    timeoutMs: 2_000,
  };
  expect((await search([loki])).lines.map(({ text }) => text[0])).toEqual(['a', 'b']);
  await search([loki], 'a"b\\c|d{', { isId: false });
  expect(asked.map((each) => each.get('query'))).toEqual([
    `{app=~".+"} |~ "(?i)${ID}"`,
    String.raw`{app=~".+"} |~ "(?i)a\"b\\\\c\\|d\\{"`,
  ]);
  expect(asked[0]?.get('direction')).toBe('backward');
  status = 400;
  expect((await search([loki])).logs[0]?.trouble).toMatch(/^127\.0\.0\.1:\d+ answered 400: parse error$/);
  server.close();
});

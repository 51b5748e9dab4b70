import { expect, test } from 'vitest';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { readTimeline } from '../../src/incident/timeline-file.ts';
import { at, given } from './story.ts';

const NOW = Date.parse('2026-11-27T06:00:00Z');
const read = (text: string) => readTimeline(text, { now: NOW, zone: 'utc' });
const times = (text: string): readonly string[] =>
  read(text).entries.map(({ at, text }) => `${at.slice(0, 19)} ${text}`);

test('lines of every shape keep their words and get the times that are meant', () => {
  const lines = [
    '# Timeline of checkout',
    '',
    '2025-10-29 18:41 deploy begins',
    '- 18:44 UTC error rate above 2 %',
    '[18:46] ana: looking',
    '  and asking bob',
    '6:49 PM status page',
    '1900 decision: roll back',
    '18:51–18:58 graphs look normal',
    '~19:05 approval found',
    '23:58 still on it',
    '00:04 found it',
    '00:10 mended',
    '2025-10-30 11:30 CET action: alert on it, due 2025-11-14',
  ];
  expect(times(lines.join('\r\n'))).toEqual([
    '2025-10-29T18:41:00 deploy begins',
    '2025-10-29T18:44:00 error rate above 2 %',
    '2025-10-29T18:46:00 ana: looking\n  and asking bob',
    '2025-10-29T18:49:00 status page',
    '2025-10-29T19:00:00 decision: roll back',
    '2025-10-29T18:51:00 18:51–18:58 graphs look normal',
    '2025-10-29T19:05:00 ~19:05 approval found',
    '2025-10-29T23:58:00 still on it',
    '2025-10-30T00:04:00 found it',
    '2025-10-30T00:10:00 mended',
    '2025-10-30T10:30:00 action: alert on it, due 2025-11-14',
  ]);
  expect(read(lines.join('\n')).leftOut).toEqual([{ line: 1, text: '# Timeline of checkout' }]);
});

test('a time that cannot be read is named with its line, and nothing is guessed', () => {
  expect(read('2025-10-29 18:41 a\n29.10.2025 19:00 b\n25:00 c\n2027-01-01 10:00 d').troubles).toEqual([
    { line: 2, trouble: expect.stringContaining('not understood as a time') },
    { line: 3, trouble: expect.stringContaining('there is no time 25:00') },
    { line: 4, trouble: expect.stringContaining('has not come yet') },
  ]);
  expect(read('time,text\nsoon,x\n').troubles).toEqual([{ line: 2, trouble: '"soon" is no time' }]);
  expect(read('').entries).toEqual([]);
});

test('a table of any separator, with quotes, line ends and authors; and what our own table escapes', () => {
  expect(times('Time (UTC),Author,Message\n2025-10-29 18:41,ana,"says ""hi"", and\nmore"\n18:42,bob,bob: yes')).toEqual(
    ['2025-10-29T18:41:00 ana: says "hi", and\nmore', '2025-10-29T18:42:00 bob: yes'],
  );
  expect(times("at;text\n2025-10-29T18:41:00.000Z;'=1+1\n2025-10-29T18:42:00Z;'quoted'\n")).toEqual([
    '2025-10-29T18:41:00 =1+1',
    "2025-10-29T18:42:00 'quoted'",
  ]);
});

test("a chat's export", () => {
  const chat = [
    { type: 'message', user: 'U2', text: 'second', ts: '1761763320.5' },
    {
      type: 'message',
      user: 'U1',
      user_profile: { display_name: '', real_name: 'Ana' },
      text: 'first\nmore',
      ts: '1761763260.000200',
    },
    { type: 'message', user: 'U1', text: ' ', ts: '1761763261' },
    { type: 'message', text: 'no time' },
  ];
  const entries = ['2025-10-29T18:41:00 Ana: first\nmore', '2025-10-29T18:42:00 U2: second'];
  expect(times(JSON.stringify(chat))).toEqual(entries);
  expect(times(JSON.stringify({ messages: chat }))).toEqual(entries);
});

test('an import is one entry that names its source, with its entries after it, and is taken back as one', () => {
  const entries = ['a', 'b', 'c'].map((text, i) => ({ at: at(i - 60), text }));
  const story = given(
    ['ana', { kind: 'declare', title: 'DB', severity: 'SEV-1' }],
    ['ben', { kind: 'import_entries', source: 'chat.json', entries }, 5],
    ['ana', { kind: 'note', text: 'mine' }, 6],
    ['ben', { kind: 'retract', ref: 4, why: 'this one was wrong' }, 7],
  );
  expect(story.events.slice(1, 5)).toMatchObject([
    { kind: 'imported', data: { source: 'chat.json', count: 3, from: at(-60), to: at(-58) } },
    { kind: 'noted', via: 'import', at: at(-60), by: { name: 'ben' }, data: { text: 'a' } },
    { kind: 'noted', via: 'import', at: at(-59) },
    { kind: 'noted', via: 'import', at: at(-58), recorded: at(5) },
  ]);
  expect(story.ask('cyd', { kind: 'retract', ref: 2, why: 'x' }, 8)).toMatchObject({ refused: 'forbidden' });
  const taken = story.tell('ben', { kind: 'retract', ref: 2, why: 'the wrong channel' }, 8);
  expect(taken).toMatchObject([2, 3, 5].map((ref) => ({ kind: 'retracted', ref })));
  expect([2, 3, 4, 5, 6].map((seq) => story.state.annotations[seq]?.retracted?.why)).toEqual([
    'the wrong channel',
    'the wrong channel',
    'this one was wrong',
    'the wrong channel',
    undefined,
  ]);
  const ahead = { kind: 'import_entries', source: 'x', entries: [{ at: at(60), text: 'a' }] } as const;
  expect(story.ask('ben', ahead, 8)).toMatchObject({ refused: 'invalid', reason: expect.stringContaining('future') });
});

test('a record that says of an import that it has endless entries is not read: to retract it would take all memory', () => {
  const imported = { source: 'x', count: 1_000_000_000, from: at(0), to: at(1) };
  expect(INCIDENT.dataFault({ kind: 'imported', data: imported })).toContain('count');
  expect(INCIDENT.dataFault({ kind: 'imported', data: { ...imported, count: 2 } })).toBeNull();
});

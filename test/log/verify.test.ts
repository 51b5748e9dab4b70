import fs from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../../src/incident/event.ts';
import { openJournal } from '../../src/log/journal.ts';
import { recordsUnder, verifyRecord } from '../../src/log/verify.ts';
import { seen } from './event-store.contract.ts';
import { forge } from './forge.ts';
import { freshDir } from './fresh-dir.ts';
import { openLog } from './open-store.ts';
import { note, origin } from './sample.ts';

async function record(events: readonly Event[], segmentBytes = 1e6): Promise<string> {
  const dir = freshDir();
  const log = await openLog({ dir, segmentBytes });
  for (const [i, event] of events.entries()) await log.append('a', [event], origin(i + 1));
  await log.close();
  return dir;
}
const notes = [1, 2, 3, 4, 5, 6].map((seq) => note('a', seq));

test('a whole record is proven, folder or file, with its head and its last hash', async () => {
  const dir = await record(notes, 1500);
  const folder = `${dir}/incidents/a`;
  expect(recordsUnder(dir)).toEqual([folder]);
  expect(recordsUnder(`${dir}/incidents`)).toEqual([folder]);
  expect(recordsUnder(folder)).toEqual([folder]);
  expect(recordsUnder(freshDir())).toEqual([]);
  const folded: number[] = [];
  const verified = await verifyRecord(folder, { fold: (event) => folded.push(event.seq) });
  expect(verified).toMatchObject({ incident: 'a', head: 6, bad: null, tornBytes: 0 });
  expect(folded).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await verifyRecord(`${folder}/000002.log`)).toMatchObject({ head: expect.any(Number), bad: null });
  await expect(verifyRecord(freshDir())).rejects.toThrow('holds no record');
});

test('the first bad line is named: altered, taken out, out of order, of another incident, recorded earlier', async () => {
  const cases: readonly (readonly [string, (file: string) => void, number, string])[] = [
    [
      'altered',
      (file) => fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('entry 3', 'entry 9')),
      4,
      'checksum',
    ],
    [
      'seq',
      (file) => forge(file, (json, line) => (line === 5 ? json.replace('{"at"', '{"seq":5,"at"') : json)),
      5,
      'seq 4 expected, got 5',
    ],
    [
      'foreign',
      (file) => forge(file, (json, line) => (line === 3 ? json.replace('{"at"', '{"incident":"b","at"') : json)),
      3,
      'belongs to b',
    ],
    [
      'clock',
      (file) => forge(file, (json, line) => (line === 4 ? json.replaceAll('T03:', 'T02:') : json)),
      4,
      'recorded',
    ],
    [
      'no event',
      (file) => forge(file, (json, line) => (line === 6 ? json.replace('"kind"', '"kinb"') : json)),
      6,
      'not an event',
    ],
    [
      'header',
      (file) => forge(file, (json, line) => (line === 1 ? json.replace('"a"', '"z"') : json)),
      1,
      'belongs to z',
    ],
  ];
  for (const [name, damage, line, words] of cases) {
    const file = `${await record(notes)}/incidents/a/000001.log`;
    damage(file);
    const { bad } = await verifyRecord(file.replace('/000001.log', ''));
    expect(bad, name).toMatchObject({ file, line, reason: expect.stringContaining(words) });
  }
});

test('a record copied from another incident is found out, and an event that cannot follow', async () => {
  const dir = await record(notes);
  fs.cpSync(`${dir}/incidents/a`, `${dir}/incidents/b`, { recursive: true });
  expect((await verifyRecord(`${dir}/incidents/b`)).bad?.reason).toContain('belongs to a, not to b');
  const log = await openLog({ dir });
  await expect(log.head('b')).rejects.toThrow('belongs to a');
  await log.close();
  const { bad } = await verifyRecord(`${dir}/incidents/a`, {
    fold: ({ seq }) => {
      if (seq === 4) throw new Error('two in command');
    },
  });
  expect(bad).toMatchObject({ line: 5, reason: '#4 (noted) cannot follow: two in command' });
});

test('a sealed segment that was exchanged is found out, and a torn tail is told but is no fault', async () => {
  const dir = await record(notes, 900);
  const folder = `${dir}/incidents/a`;
  const last = fs.readdirSync(folder).findLast((name) => name.endsWith('.log')) ?? '';
  fs.appendFileSync(`${folder}/${last}`, '12345678 {"v"');
  expect(await verifyRecord(folder)).toMatchObject({ head: 6, bad: null, tornBytes: 13 });
  fs.writeFileSync(`${folder}/000001.log.sha256`, `${'0'.repeat(64)}  000001.log\n`);
  expect((await verifyRecord(folder)).bad?.reason).toContain('its seal says 000');
});

test('a snapshot is no part of the record', async () => {
  const folder = `${await record(notes)}/incidents/a`;
  fs.writeFileSync(`${folder}/snapshot.json`, 'nonsense');
  expect((await verifyRecord(folder)).bad).toBeNull();
  expect(recordsUnder(`${folder}/..`)).toHaveLength(1);
});

test.each([
  ['the id of an event', { id: note('a', 1).id }, '"n":2', /#2 has the id .*, which #1 has already/],
  ['a command of a console', {}, '"n":1', /command 1 of c1, which is stored already as #1/],
])('%s that stands there twice is found', async (_what, change, n, words) => {
  const dir = await record([note('a', 1), { ...note('a', 2), ...change }]);
  forge(`${dir}/incidents/a/000001.log`, (json) => json.replace('"n":2', n));
  expect((await verifyRecord(`${dir}/incidents/a`)).bad).toMatchObject({
    line: 3,
    reason: expect.stringMatching(words) as string,
  });
});

test("the records of a data folder are those of its incidents and the hub's own", async () => {
  const dir = await record(notes);
  expect(recordsUnder(dir)).toEqual([`${dir}/incidents/a`]);
  const journal = await openJournal({ dir });
  const store = journal.hubStore(seen);
  await store.append('hub', 0, [{ events: [note('hub', 1)], origin: origin(1) }]);
  await store.close();
  await journal.close();
  expect(recordsUnder(dir)).toEqual([`${dir}/incidents/a`, `${dir}/hub`]);
  expect(await verifyRecord(`${dir}/hub`)).toMatchObject({ incident: 'hub', head: 1, bad: null });
});

/** `warroom archive`: through a hub, and with the data folder alone. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { incidentFold } from '../../src/hub/incident-store.ts';
import type { WeekFacts } from '../../src/incident/digest.ts';
import { openJournal } from '../../src/log/journal.ts';
import { REHEARSED } from '../incident/rehearsed.ts';
import { origin } from '../log/sample.ts';
import { ended, InProcess } from '../support/program.ts';

const place = new InProcess();
const at = (name: string): string => path.join(place.data, name);
const run = (...args: string[]) => place.run(args);
const alone = (...args: string[]) => place.whole(args);
const json = (...args: string[]): Promise<unknown> => place.json(args);
let stop: () => Promise<unknown>;
const [SMALL, BIG, OPEN] = ['small-thing', 'big-thing', 'open-thing'].map(
  (title) => `${new Date().toISOString().slice(0, 10)}-${title}`,
) as [string, string, string];

async function start(): Promise<string> {
  const { child, ready } = await place.hub(['--config', at('config')]);
  stop = async () => {
    child.kill('SIGTERM');
    await ended(child);
  };
  return ready.token;
}

beforeAll(async () => {
  fs.mkdirSync(at('config'));
  fs.writeFileSync(at('config/warroom.yaml'), 'targets: []\n');
  await start();
  for (const [id, sev] of [
    [SMALL, '3'],
    [BIG, '1'],
  ] as const) {
    await json('declare', id.slice(11).replace('-', ' '), '--sev', sev);
    await json('ack');
    await json('note', 'find the cause', '--kind', 'action', '--to', 'bob');
    await json('status', 'resolved');
    await json('status', 'closed');
  }
  await json('declare', 'open thing', '--sev', '2');
  fs.mkdirSync(at(`incidents/${SMALL}/readings`), { recursive: true });
  fs.writeFileSync(at(`incidents/${SMALL}/readings/1.ndjson`), 'what was seen\n');
}, 60_000);
afterAll(() => place.close());

/** The hash of every file of a record but those that are made anew. */
const sums = (id: string): string =>
  execFileSync('bash', ['-c', 'find . -type f ! -name snapshot.json | sort | xargs sha256sum'], {
    cwd: at(`incidents/${id}`),
    encoding: 'utf8',
  });
const timeless = (figures: unknown): unknown => ({ ...(figures as object), until: null, incidentsPerWeek: null });

test('what has ended, and nothing else, goes and comes back unchanged; the figures stay; both verifiers agree', async () => {
  const before = { sums: sums(SMALL), kpi: timeless(await json('kpi')), list: await json('list', '--all') };
  const week = (await json('digest', '--week')) as WeekFacts;
  const far = await alone('archive', '--before', '1d');
  expect(far).toMatchObject({ code: 0, stdout: expect.stringContaining('0 records moved'), stderr: '' });
  const kept = await run('archive', '--before', '0s');
  expect(kept.stdout).toContain('0 records moved');
  expect(kept.stderr).toContain(`${SMALL} stays: 1 of its action items is open; --why TEXT`);
  expect(kept.stderr).toContain(`${BIG} stays: its postmortem was not published; --why TEXT`);
  const gone = (await json('archive', '--before', '0s', '--why', 'the year is over')) as { incident: string }[];
  expect(gone.map(({ incident }) => incident).sort()).toEqual([BIG, SMALL]);
  expect(fs.readdirSync(at('incidents'))).toEqual([OPEN]);

  expect(timeless(await json('kpi'))).toEqual(before.kpi);
  const { incidents, figures } = (await json('digest', '--week')) as WeekFacts;
  expect({ incidents, figures: timeless(figures) }).toEqual({
    incidents: week.incidents,
    figures: timeless(week.figures),
  });
  const list = await run('list', '--all');
  expect(list.stdout).not.toContain(SMALL);
  expect(list.stderr).toContain('2 more are in the archive');
  const show = await run('show', '--incident', 'small');
  expect(show).toMatchObject({ code: 3, stderr: expect.stringContaining(`warroom archive --restore ${SMALL}`) });
  const archived = at(`archive/${SMALL}`);
  expect((await run('verify', archived)).stdout).toMatch(/^ok {3}.*small-thing, archived: 5 events, ends /);
  expect((await alone('verify')).stdout.match(/^ok {3}.*archived/gm)?.length).toBe(2);
  execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: archived });
  const second = execFileSync(process.execPath, [
    path.join(import.meta.dirname, '../log/verify-export.js'),
    `${archived}/record.jsonl`,
  ]);
  expect(second.toString()).toMatch(/^5 events, ends /);
  expect(JSON.parse(fs.readFileSync(`${archived}/summary.json`, 'utf8'))).toMatchObject({ why: 'the year is over' });

  // The name is not given away meanwhile.
  const again = (await json('declare', 'small thing', '--sev', '3')) as { incident: string };
  expect(again.incident).toBe(`${SMALL}-2`);
  await json('status', 'cancelled', '--incident', again.incident);

  await json('archive', '--restore', SMALL);
  await json('archive', '--restore', at(`archive/${BIG}`));
  expect(sums(SMALL)).toBe(before.sums);
  expect(
    ((await json('list', '--all')) as { incident: string }[]).filter(({ incident }) => incident !== again.incident),
  ).toEqual(before.list);
  expect((await run('list', '--all')).stderr).toBe('');
  // It goes on where it was.
  await json('status', 'investigating', '--incident', SMALL);
  await json('status', 'cancelled', '--incident', SMALL);
}, 60_000);

test('a wrong, damaged or half archive is refused in words, and so is one that is here; only the own token may move', async () => {
  const here = await run('archive', '--restore', BIG);
  expect(here).toMatchObject({ code: 3, stderr: expect.stringContaining('already; nothing was changed') });
  const copy = at('copy');
  const whole = fs.readFileSync(at(`archive/${BIG}/record.jsonl`));
  const bad = async (change: () => void, words: RegExp): Promise<void> => {
    fs.rmSync(copy, { recursive: true, force: true });
    fs.cpSync(at(`archive/${BIG}`), copy, { recursive: true });
    change();
    const refused = await run('archive', '--restore', copy);
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringMatching(words) });
    if (fs.existsSync(`${copy}/SHA256SUMS`)) expect(await run('verify', copy)).toMatchObject({ code: 1 });
  };
  await bad(() => fs.truncateSync(`${copy}/record.jsonl`, whole.length / 2), /record.jsonl was altered/);
  await bad(() => fs.rmSync(`${copy}/record.jsonl`), /record.jsonl is missing/);
  await bad(() => fs.rmSync(`${copy}/SHA256SUMS`), /no folder of an archive/);
  await bad(() => fs.appendFileSync(`${copy}/SHA256SUMS`, `${'0'.repeat(64)}  ../../etc/passwd\n`), /no hash and name/);
  // Altered together with its hash: the chain shows it.
  await bad(() => {
    fs.writeFileSync(`${copy}/record.jsonl`, whole.toString().replace('find the cause', 'find the curse'));
    execFileSync('bash', ['-c', 'sha256sum record.jsonl > SHA256SUMS'], { cwd: copy });
  }, /record.jsonl:\d+: .*chain/);
  expect(await run('archive', '--restore', at('nowhere'))).toMatchObject({ code: 3 });
  for (const args of [[], ['--before', 'soon'], ['--before', '1d', '--restore', copy]])
    expect(await run('archive', ...args)).toMatchObject({ code: 2 });
  const { token } = (await json('invite', 'bob')) as { token: string };
  const guest = await run('archive', '--before', '0s', '--why', 'x', '--token', token, '--as', 'bob');
  expect(guest).toMatchObject({ code: 3, stderr: expect.stringContaining("hub's own machine") });
  // What holds another record of that name is left alone.
  fs.writeFileSync(at(`archive/${BIG}/record.jsonl`), whole.toString().replace(/"epoch":"[^"]*"/, '"epoch":"other"'));
  const other = await run('archive', '--before', '0s', '--why', 'x');
  expect(other).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`${BIG} stays: ${at('archive')}/${BIG} holds`),
  });
  fs.writeFileSync(at(`archive/${BIG}/record.jsonl`), whole);
}, 60_000);

test('an archive takes the place of a damaged record, which is kept; with a hub and without', async () => {
  const log = at(`incidents/${BIG}/000001.log`);
  const damage = (): Buffer => {
    fs.writeFileSync(log, fs.readFileSync(log, 'utf8').replace('find the cause', 'find the curse'));
    return fs.readFileSync(log);
  };
  const before = sums(BIG);
  const broken = damage();
  expect(await json('archive', '--restore', BIG)).toMatchObject({ incident: BIG, aside: at(`damaged/${BIG}`) });
  expect(sums(BIG)).toBe(before);
  expect(fs.readFileSync(at(`damaged/${BIG}/000001.log`)).equals(broken)).toBe(true);
  expect((await run('tail', '--incident', BIG)).stdout).toContain('find the cause');
  // Still there after a restart, and what nothing is wrong with is not replaced.
  await stop();
  damage();
  const alone = await run('archive', '--restore', BIG);
  expect(alone).toMatchObject({ code: 0, stdout: expect.stringContaining(`now in ${at(`damaged/${BIG}.2`)}`) });
  expect(sums(BIG)).toBe(before);
  expect(await run('archive', '--restore', BIG)).toMatchObject({ code: 3 });
  await start();
  expect((await run('list', '--all')).stderr).not.toContain('damaged');
}, 60_000);

test('with no hub the data folder is locked and the same is done; a hub that starts then has it so', async () => {
  await stop();
  const before = sums(BIG);
  const kpi = timeless(await json('kpi'));
  // A broken chain: said by each, and nothing is changed.
  const log = at(`incidents/${BIG}/000001.log`);
  const whole = fs.readFileSync(log);
  fs.writeFileSync(log, whole.toString().replace('find the cause', 'find the curse'));
  const broken = fs.readFileSync(log);
  for (const [args, code, words] of [
    [['export', '--format', 'md', '--incident', BIG], 1, /000001.log:\d+: the checksum/],
    [['archive', '--before', '52w'], 0, /big-thing stays: its record is damaged: .*000001.log:\d+/],
  ] as const)
    expect(await run(...args)).toMatchObject({ code, stderr: expect.stringMatching(words) });
  expect(fs.readFileSync(log).equals(broken)).toBe(true);
  fs.writeFileSync(log, whole);
  const first = await run('export', '--format', 'jsonl', '--incident', BIG);
  expect(first.stderr).toContain(`no hub answers; this is what ${place.data} has`);
  const moved = await alone('archive', '--before', '0s', '--why', 'x');
  expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining(`${BIG} is in ${at(`archive/${BIG}`)}`) });
  expect(timeless(await json('kpi'))).toEqual(kpi);
  // Exported from the archive, too, and the same.
  expect((await run('export', '--format', 'jsonl', '--incident', 'big')).stdout).toBe(first.stdout);
  expect(await run('export', '--format', 'md', '--incident', 'no')).toMatchObject({ code: 3 });
  expect((await run('export', '--format', 'md')).stdout).toContain('open thing');
  const token = await start();
  expect(token).not.toBe('');
  expect(((await json('list', '--all')) as { incident: string }[]).map(({ incident }) => incident)).toEqual([OPEN]);
  expect(timeless(await json('kpi'))).toEqual(kpi);
  await stop();
  await json('archive', '--restore', BIG);
  expect(sums(BIG)).toBe(before);
  expect(fs.readdirSync(place.data).filter((name) => /importing|archiving|leaving|hub.lock/.test(name))).toEqual([]);
}, 60_000);

test('the oldest of more ended incidents than a console is told of is found by every command', async () => {
  const { state, events } = REHEARSED.find((one) => one.state.id.endsWith('cancelled'))!;
  const journal = await openJournal({ dir: place.data, checkEveryMs: 0 });
  const store = journal.incidentStore(incidentFold);
  const ids = Array.from({ length: 520 }, (_, i) => state.id.replace('cancelled', `old-${String(i).padStart(3, '0')}`));
  for (const [i, incident] of ids.entries()) {
    const own = events.map((event) => ({ ...event, incident }));
    await store.append(incident, 0, [{ events: own, origin: origin(i + 1, 'bulk') }]);
    await store.release(incident);
  }
  await journal.close();
  await start();
  const oldest = ids[0]!;
  expect(await json('show', '--incident', 'old-000')).toMatchObject({ incident: oldest, status: 'cancelled' });
  expect((await run('tail', '--incident', oldest)).stdout.split('\n').length).toBe(events.length + 1);
  const { stdout } = await run('export', '--format', 'jsonl', '--incident', oldest);
  expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ incident: oldest });
  const all = (await json('list', '--all')) as { incident: string }[];
  expect(all.filter(({ incident }) => ids.includes(incident)).length).toBe(520);
  expect((await run('show', '--incident', 'old')).stderr).toContain('begins several incidents');
  expect(await json('show', '--incident', BIG)).toMatchObject({ incident: BIG });
}, 120_000);

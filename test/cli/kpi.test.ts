/** `warroom kpi` as whole processes: from a hub, from the data folder alone, from a damaged one; and the figures at /metrics. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kpiLines } from '../../src/cli/commands/kpi.ts';
import { incidentFold } from '../../src/hub/incident-store.ts';
import { figuresOf, type Figures } from '../../src/incident/figures.ts';
import { openJournal } from '../../src/log/journal.ts';
import { measured, REHEARSED, REHEARSED_OPTIONS } from '../incident/rehearsed.ts';
import { origin } from '../log/sample.ts';
import { ended, InProcess } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

beforeAll(async () => {
  const journal = await openJournal({ dir: place.data, checkEveryMs: 0 });
  const store = journal.incidentStore(incidentFold);
  for (const [i, { state, events }] of REHEARSED.entries()) {
    await store.append(state.id, 0, [{ events, origin: origin(i + 1) }]);
    await store.release(state.id);
  }
  await store.close();
  await journal.close();
});

const since = ['--since', '2026-10-01'];
/** What does not change with the time at which it is asked. */
const lasting = ({ incidents, excluded, damaged, mtta, mttd, mttr, overall }: Figures): object => ({
  incidents,
  excluded,
  damaged,
  mtta,
  mttd,
  mttr,
  overall,
});
const right = figuresOf(REHEARSED.map(measured), REHEARSED_OPTIONS);

test('the same figures from a hub and from the data folder, whatever the zone; only the hub sees what is new', async () => {
  // As a crash during a declaration leaves it.
  mkdirSync(`${place.data}/incidents/2026-10-30-nothing-yet`);
  const alone = await place.run(['kpi', ...since, '--json']);
  expect(alone.stderr).toContain(`no hub answers; this is what ${place.data} has`);
  expect(lasting(JSON.parse(alone.stdout) as Figures)).toEqual(lasting(right));
  const { ready, child } = await place.hub();
  const env = { TZ: 'Europe/Berlin' };
  const [live, csv, local, text] = await Promise.all([
    place.json(['kpi', ...since]) as Promise<Figures>,
    place.run(['kpi', '--csv', ...since]),
    place.whole(['kpi', '--json', '--since', '2026-10-25 02:31', '--local'], { env }),
    place.whole(['kpi', ...since], { env }),
  ]);
  expect(lasting(live)).toEqual(lasting(right));
  expect(live.postmortemRate).toMatchObject({ published: 3, late: 1, target: 1 });
  expect(csv.stdout.split('\n').slice(0, 3)).toEqual([
    'figure,severity,value,median,p90,count,missing,pending,target,met',
    'mtta,SEV-0,300,300,300,1,0,0,300,true',
    'mtta,SEV-1,356,160,1200,5,0,1,300,false',
  ]);
  expect(csv.stdout).toMatch(/\nmtta,SEV-3,,,,0,0,0,,\n/);
  expect(csv.stdout).toMatch(/\nincidents_per_week,,[\d.]+,,,9,,,2,\w+\npostmortem_rate,,0\.\d+,/);
  // No cell that a spreadsheet would take for a formula, or for text.
  expect(csv.stdout.split(/[,\n]/).filter((cell) => !/^[\w-]*$|^[\d.]+$/.test(cell))).toEqual([]);
  expect(csv.stdout).not.toMatch(/(^|,)[-+=@]/m);
  // 02:31 came twice that night; the first was a minute after one incident.
  expect((JSON.parse(local.stdout) as Figures).incidents).toBe(2);
  expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);

  await place.json(['declare', 'new one', '--sev', '1']);
  await place.json(['ack', '--incident', 'new-one']);
  const metrics = await (await fetch(`${ready.http}/metrics`)).text();
  const recent = (await place.json(['kpi', '--since', '30d'])) as Figures;
  const { value, count } = recent.mtta['SEV-1'];
  expect(metrics).toContain(`\nwarroom_mtta_seconds{severity="SEV-1"} ${value}\n`);
  expect(metrics).toContain(`\nwarroom_mtta_incidents{severity="SEV-1",state="counted"} ${count}\n`);
  expect(metrics).not.toContain('warroom_mttd_seconds{severity="SEV-3"}');
  expect(((await place.json(['kpi', ...since])) as Figures).incidents).toBe(10);
  child.kill('SIGTERM');
  await ended(child);
  expect(((await place.json(['kpi', ...since])) as Figures).incidents).toBe(10);
});

test('a record that cannot be read is said and not guessed', async () => {
  const segment = path.join(place.data, 'incidents', '2026-10-14-raised', '000001.log');
  const bytes = readFileSync(segment);
  writeFileSync(segment, bytes.fill(120, 0, 300));
  const before = readdirSync(place.data);
  const { stdout, stderr } = await place.run(['kpi', ...since, '--json']);
  expect(stderr).toContain('1 record cannot be read');
  expect(JSON.parse(stdout)).toMatchObject({ damaged: 1, incidents: 9, mtta: { 'SEV-1': { count: 5 } } });
  // Nothing was written, and nothing taken.
  expect(readdirSync(place.data)).toEqual(before);
  rmSync(path.dirname(segment), { recursive: true });
});

test('words that mean nothing', async () => {
  for (const [args, words] of [
    [['--since', 'soon'], /--since soon: write 8w/],
    [['--since', '2026-02-30'], /no time 2026-02-30/],
    [['--since', '2999-01-01'], /has not come yet/],
    [['--json', '--csv'], /not both/],
  ] as const) {
    const { code, stderr } = await place.run(['kpi', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  }
});

test('the page shows what is printed', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/figures.md'), 'utf8');
  const shown = /^```text\n([\s\S]*?)^```/m.exec(page)?.[1];
  expect(kpiLines(figuresOf(REHEARSED.map(measured), REHEARSED_OPTIONS), 'utc', false).join('\n')).toBe(
    shown?.trimEnd(),
  );
});

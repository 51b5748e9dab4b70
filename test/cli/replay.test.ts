/** What was kept beside the record, as whole processes: exported with it, imported, and there after a hub was killed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanBlocks } from '../../src/log/recording.ts';
import { until } from '../support/patience.ts';
import { ended, Place } from '../support/program.ts';

const [place, other] = [new Place(), new Place()];
const inPlace = (name: string): string => path.join(place.data, name);
const started = (each: Place) => each.hub(['--config', path.join(each.data, 'config')]);

beforeAll(async () => {
  for (const [each, targets] of [
    [place, '  - { name: here, kind: host, every: 1s }\n'],
    [other, ''],
  ] as const) {
    mkdirSync(path.join(each.data, 'config'));
    writeFileSync(path.join(each.data, 'config/warroom.yaml'), `targets:${targets === '' ? ' []\n' : `\n${targets}`}`);
  }
  await started(other);
}, 60_000);
afterAll(async () => {
  await place.close();
  await other.close();
});

/** The times that the exported readings cover, and how many there are of the target. */
async function exportedBlocks(): Promise<{ readonly from: number; readonly to: number } | null> {
  const said = (await place.json(['export', '--out', inPlace('a.jsonl')])) as { readings?: string };
  if (said.readings === undefined) return null;
  const { blocks, damagedBytes } = scanBlocks(readFileSync(said.readings));
  expect(damagedBytes).toBe(0);
  return { from: Math.min(...blocks.map(({ from }) => from)), to: Math.max(...blocks.map(({ to }) => to)) };
}

test('readings go along with an exported record; those of a hub that was killed are kept, and go on', async () => {
  const { child } = await started(place);
  const { incident } = (await place.json(['declare', 'slow', '--sev', '3'])) as { incident: string };
  const declared = Date.now();
  await until('readings are kept', async () => ((await exportedBlocks())?.to ?? 0) > declared + 1_000);
  const before = await exportedBlocks();
  child.kill('SIGKILL');
  await ended(child);
  const killed = Date.now();
  await started(place);
  await until('they go on', async () => ((await exportedBlocks())?.to ?? 0) > killed);
  // From before the declaration on.
  expect(before?.from).toBeLessThan(declared);
  expect((await exportedBlocks())?.from).toBe(before?.from);

  const imported = ['import', inPlace('a.jsonl')];
  const preview = await other.json([...imported, '--preview']);
  expect(preview).toMatchObject({ incident, imported: false });
  await other.json(imported);
  const out = path.join(other.data, 'b.jsonl');
  await other.json(['export', '--incident', incident, '--out', out]);
  expect(readFileSync(`${out}.readings`)).toEqual(readFileSync(`${inPlace('a.jsonl')}.readings`));
}, 90_000);

interface Moment {
  readonly incident: string;
  readonly head: number;
  readonly readings: string | null;
  readonly panels: readonly { readonly id: string; readonly health: string; readonly lines: readonly string[] }[];
}
/** What the host panel showed. */
const hostAt = async (
  each: Place,
  args: readonly string[],
): Promise<Moment['panels'][number] & Pick<Moment, 'readings' | 'head'>> => {
  const { panels, readings, head } = (await each.json(['replay', ...args])) as Moment;
  expect(panels.map(({ id }) => id)).toEqual(expect.arrayContaining(['header', 'timeline', 'redis', 'next']));
  return { ...panels.find(({ id }) => id === 'host')!, readings, head };
};

test('what every panel showed at a moment, from the hub, an exported file, and a data folder without a hub', async () => {
  const file = inPlace('a.jsonl');
  const fromHub = await hostAt(place, ['--at', '#1']);
  expect(fromHub).toMatchObject({ readings: expect.stringMatching(/all|around/), head: 1 });
  expect(fromHub.lines.join('\n')).toMatch(/mem .*%/);
  const nowhere = new Place();
  try {
    expect(await hostAt(nowhere, [file, '--at', '#1'])).toEqual(fromHub);
    const text = await nowhere.run(['replay', file, '--at', '#1']);
    expect(text.stdout).toMatch(/every reading is kept[^]*REPLAY [\d:]+ paused[^]*HOST/);
    // Without what was kept the record plays alone.
    writeFileSync(`${file}.bare`, readFileSync(file));
    const bare = await hostAt(nowhere, [`${file}.bare`, '--at', '#1']);
    expect(bare).toMatchObject({ readings: null, head: 1, lines: ['no readings were kept'] });
    writeFileSync(`${file}.bare.readings`, 'damaged');
    const damaged = await hostAt(nowhere, [`${file}.bare`, '--at', '#1']);
    expect(damaged).toMatchObject({ readings: null, lines: ['no readings were kept of this moment'] });
  } finally {
    await nowhere.close();
  }
  for (const [args, words] of [
    [['replay'], '--at'],
    [['replay', '--at', '#99'], 'no such entry'],
    [['replay', '--at', '2020-01-01 10:00'], 'the incident has what was from'],
    [['replay', '--at', '2999-01-01 10:00'], /has not come yet, it is [\d:]+ UTC\n/],
    [['replay', inPlace('none')], 'there is no file'],
  ] as const)
    expect(await place.run(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
});

test('damaged readings, or those of another record, are refused with the record', async () => {
  const file = inPlace('c.jsonl');
  const whole = readFileSync(`${inPlace('a.jsonl')}.readings`);
  const record = readFileSync(inPlace('a.jsonl'));
  writeFileSync(file, record);
  writeFileSync(`${file}.readings`, whole.subarray(0, -10));
  expect(await other.run(['import', file])).toMatchObject({ code: 3, stderr: expect.stringContaining('are damaged') });
  expect(await other.run(['verify', file])).toMatchObject({ code: 1, stdout: expect.stringContaining('are damaged') });
  expect(await other.run(['verify', inPlace('a.jsonl')])).toMatchObject({ code: 0 });
  await other.json(['declare', 'elsewhere', '--sev', '3']);
  await other.json(['export', '--incident', 'elsewhere', '--out', file]);
  writeFileSync(`${file}.readings`, whole);
  expect(await place.run(['import', file])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/the readings are of .*slow, the record of .*elsewhere/),
  });
});

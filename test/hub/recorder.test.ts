/** What consoles were told is kept for the time an incident is open, with its lead-in, within bounds, and never in the way. */
import { expect, test } from 'vitest';
import { Recorder } from '../../src/hub/recorder.ts';
import type { Event } from '../../src/incident/event.ts';
import { blankIncident, type Incident } from '../../src/incident/incident.ts';
import { MINUTE } from '../../src/incident/time.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { DENSITIES, scanBlocks, unpacked, type Density, type RecordedMessage } from '../../src/log/recording.ts';
import { filesIn, readingsDir, RecordingFolder } from '../../src/log/recording-folder.ts';
import { MemoryDisk } from '../faults/memory-disk.ts';
import { reading, REDIS } from '../support/readings.ts';
import { alertView } from '../support/models.ts';
import { folder } from '../support/room.ts';

const ID = '2026-11-23-test';
const BEGIN = Date.UTC(2026, 10, 23, 12);

/** A recorder, a clock, and an incident that is open or not. */
class Scene {
  now = BEGIN;
  readonly said: string[] = [];
  readonly disk: MemoryDisk;
  recorder: Recorder;
  #status: Incident['status'] = 'declared';

  constructor(disk = new MemoryDisk('/data')) {
    this.disk = disk;
    // The record.
    disk.makeDir(`/data/incidents/${ID}`);
    disk.open(`/data/incidents/${ID}/000001.log`, 'create');
    this.recorder = this.begin();
  }

  begin(): Recorder {
    return new Recorder({
      dataDir: '/data',
      clock: { wall: () => this.now, mono: () => this.now },
      say: (line) => void this.said.push(line),
      rooms: { get: () => ({ state: { ...blankIncident(ID), head: 1, status: this.#status } }) },
      connections: { tell: (message) => void this.said.push(`told ${'fault' in message ? message.fault : ''}`) },
      disk: this.disk,
    });
  }

  /** One reading a second of one target. */
  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; this.now += 1000) {
      this.recorder.tick();
      this.recorder.reading(reading('cache', 'redis', { ...REDIS, redis_ops: this.now / 1000 }, { at: this.now }));
      if (this.now % 30_000 === 0) await this.recorder.idle();
    }
  }

  happens(kind: Event['kind'], status: Incident['status'] = 'declared'): void {
    this.#status = status;
    this.recorder.handle(ID, { events: [{ kind, level: 'key' } as Event], texts: [] });
  }

  async lines(density?: Density): Promise<readonly RecordedMessage[]> {
    const dir = readingsDir('/data', ID);
    const files = filesIn(this.disk, dir).map(({ name }) => scanBlocks(this.disk.readFile(`${dir}/${name}`)).blocks);
    const blocks = files.flat().filter((block) => (density ?? block.density) === block.density && !block.isBase);
    const lines = await Promise.all(blocks.map(unpacked));
    return lines.flat().sort((a, b) => a.at - b.at);
  }
}
const secondsOf = (lines: readonly RecordedMessage[]): readonly number[] => lines.map(({ at }) => (at - BEGIN) / 1000);
const upTo = (from: number, to: number, step = 1): readonly number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

test('an incident has what was told in the 20 minutes before it, and until it ended; other times leave no file', async () => {
  const scene = new Scene();
  await scene.pass(25 * MINUTE);
  expect(scene.disk.files()).toHaveLength(1);
  scene.happens('declared');
  await scene.pass(2 * MINUTE);
  await scene.recorder.files(ID);
  // As many whole blocks as fit.
  expect(secondsOf(await scene.lines('all'))).toEqual(upTo(5 * 60, 27 * 60));
  expect(secondsOf(await scene.lines('tens'))).toEqual(upTo(5 * 60 + 9, 27 * 60, 10));
  scene.happens('status_set', 'closed');
  await scene.pass(2 * MINUTE);
  await scene.recorder.files(ID);
  expect(secondsOf(await scene.lines('all')).at(-1)).toBe(27 * 60 - 1);
  expect(secondsOf(await scene.lines('tens')).at(-1)).toBe(27 * 60 - 1);
  // Reopened: nothing of what was written is written again.
  scene.happens('status_set', 'investigating');
  await scene.pass(MINUTE);
  await scene.recorder.close();
  expect(secondsOf(await scene.lines('all'))).toEqual(upTo(5 * 60, 30 * 60));
});

test('around key entries and alerts everything is kept, of other times the last of each step', async () => {
  const scene = new Scene();
  scene.happens('declared');
  await scene.pass(10 * MINUTE);
  scene.happens('severity_set');
  await scene.pass(10 * MINUTE);
  const told = { type: 'alerts', total: 1, silences: [], faults: [] } as const;
  scene.recorder.told({ ...told, alerts: [alertView('redis_down', {})] });
  await scene.pass(5 * MINUTE);
  // Another number in its words is no change.
  scene.recorder.told({ ...told, alerts: [alertView('redis_down', { summary: 'redis_down is 13' })] });
  await scene.pass(5 * MINUTE);
  await scene.recorder.close();
  const around = (await scene.lines('around')).filter(({ key }) => key !== 'alerts');
  const near = (minute: number): readonly number[] => upTo(minute * 60 - 64, minute * 60 + 6);
  expect(secondsOf(around)).toEqual([...upTo(0, 6), ...near(10), ...near(20)]);
  const minutes = (await scene.lines('minutes')).filter(({ key }) => key !== 'alerts');
  expect(secondsOf(minutes)).toEqual(upTo(59, 30 * 60, 60));
  // Verbatim: each line of a coarse block is one of the fine ones.
  const all = new Set((await scene.lines('all')).map(({ at, text }) => `${at} ${text}`));
  for (const { at, text } of [...around, ...minutes]) expect(all).toContain(`${at} ${text}`);
});

test('each file begins with what was told last before', async () => {
  const scene = new Scene();
  scene.recorder.told({ type: 'recording', fault: 'first' });
  await scene.pass(MINUTE);
  scene.recorder.told({ type: 'recording', fault: 'second' });
  scene.happens('declared');
  await scene.pass(40 * MINUTE);
  await scene.recorder.close();
  const dir = readingsDir('/data', ID);
  for (const { name } of filesIn(scene.disk, dir)) {
    const [base, first] = scanBlocks(scene.disk.readFile(`${dir}/${name}`)).blocks;
    expect(base).toMatchObject({ isBase: true, to: first?.from });
    const lines = await unpacked(base!);
    expect(lines.map(({ text }) => text)).toEqual(
      base!.from < BEGIN + 1000 ? [] : [expect.stringContaining(base!.from > BEGIN + MINUTE ? 'second' : 'first')],
    );
  }
});

test('a disk that fails stops the readings, says so once, and they go on when it can be written again', async () => {
  const scene = new Scene();
  scene.happens('declared');
  await scene.pass(MINUTE);
  scene.disk.hook = (operation) => {
    if (operation === 'write') throw new Error('ENOSPC: no space left on device');
    return undefined;
  };
  await scene.pass(2 * MINUTE);
  await scene.recorder.files(ID);
  const why = 'readings are not kept for replay: ENOSPC: no space left on device; the record is not affected';
  expect(scene.said).toEqual([why, `told ${why}`]);
  // Half a block.
  scene.disk.hook = (operation) => (operation === 'write' ? 50 : undefined);
  await scene.pass(MINUTE);
  scene.disk.hook = () => undefined;
  await scene.pass(MINUTE);
  await scene.recorder.close();
  expect(scene.said.at(-1)).toBe('told null');
  const seconds = secondsOf(await scene.lines('all'));
  expect(seconds.slice(0, 30)).toEqual(upTo(0, 30));
  expect(seconds.at(-1)).toBe(5 * 60 - 1);
  const full = new Scene(Object.assign(new MemoryDisk('/data'), { free: () => 1024 * 1024 }));
  full.happens('declared');
  await full.pass(MINUTE);
  await full.recorder.close();
  expect(full.said[0]).toContain('only 1 MB are free');
  expect(full.disk.files()).toHaveLength(1);
  const gone = new Scene();
  gone.happens('declared');
  gone.disk.remove(`/data/incidents/${ID}/000001.log`);
  await gone.pass(MINUTE);
  await gone.recorder.close();
  expect(gone.said[0]).toContain(`${ID} is gone`);
  expect(gone.disk.files()).toEqual([]);
});

test('a hub that was killed goes on in files of its own', async () => {
  const scene = new Scene();
  scene.happens('declared');
  await scene.pass(95_000);
  const dead = await scene.lines('all');
  expect(secondsOf(dead)).toEqual(upTo(0, 90));
  scene.now += 10_000;
  scene.recorder = scene.begin();
  scene.recorder.start([ID]);
  await scene.pass(MINUTE);
  await scene.recorder.close();
  expect(secondsOf(await scene.lines('all'))).toEqual([...upTo(0, 90), ...upTo(105, 165)]);
});

test('what is too much is given up oldest first: all, then tens, then around, then minutes; some of the late ones stays', async () => {
  const dir = await folder();
  const kept = new RecordingFolder(nodeFs, dir);
  const body = Buffer.alloc(600_000, 7);
  const header = { incident: ID, isBase: false, body } as const;
  const densities = Object.keys(DENSITIES) as Density[];
  for (const density of densities)
    for (let i = 0; i < 4; i++) {
      const block = { ...header, density, from: BEGIN + i * MINUTE, to: BEGIN + (i + 1) * MINUTE };
      await kept.append(block, async () => ({ ...block, isBase: true, body: Buffer.alloc(0) }));
    }
  const left = (files: number, now = BEGIN): readonly number[] => {
    kept.thin(files * 601_000, now);
    const names = filesIn(nodeFs, dir).map(({ name }) => name);
    return densities.map((density) => names.filter((name) => name.startsWith(`${density}-`)).length);
  };
  expect(left(16)).toEqual([4, 4, 4, 4]);
  expect(left(14)).toEqual([2, 4, 4, 4]);
  // Each day has its own.
  expect(left(7, BEGIN + 25 * 60 * MINUTE)).toEqual([2, 4, 4, 4]);
  expect(left(12)).toEqual([2, 3, 3, 4]);
  const [first] = filesIn(nodeFs, dir);
  expect(first?.name).toBe(`all-${BEGIN + 2 * MINUTE}.readings`);
  expect(left(1)).toEqual([2, 3, 1, 1]);
});

/** Replay shows what the live console showed, cell by cell, also after thinning where everything was kept; and nothing is written there. */
import { beforeAll, expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { Past } from '../../src/client/past.ts';
import { Recording } from '../../src/client/recording.ts';
import { newCall } from '../../src/console/alarm.ts';
import { perform } from '../../src/console/dispatch.ts';
import { frame } from '../../src/console/frame.ts';
import { wishesOf } from '../../src/console/panel-view.ts';
import { backAction } from '../../src/console/past.ts';
import { PastPlayer } from '../../src/console/past-player.ts';
import { blankUi } from '../../src/console/state.ts';
import { update } from '../../src/console/update.ts';
import type { View } from '../../src/console/view.ts';
import type { Line } from '../../src/terminal/text.ts';
import type { MemoryDisk } from '../faults/memory-disk.ts';
import { NOW } from '../support/recorded.ts';
import { BEGIN, EVENTS, live, sourceOf } from './past-scene.ts';

const panels = PANELS;
const SIZES = [
  { cols: 80, rows: 24 },
  { cols: 120, rows: 40 },
  { cols: 200, rows: 55 },
];
const seconds = (minutes: number): number => BEGIN + Math.round(minutes * 60) * 1000;
/** Of entries of level key, and others. */
const KEYS = EVENTS.filter(({ level }) => level === 'key').map(
  ({ recorded }) => Math.ceil(Date.parse(recorded) / 1000) * 1000,
);
const MOMENTS = [
  ...new Set([...KEYS, seconds(26.5), seconds(31), seconds(50.2), seconds(59.4), seconds(61.7), NOW - 17_000]),
];

/** What stands in the panels and the timeline, with its looks; without borders. */
function drawn(view: View): Readonly<Record<string, readonly Line[]>> {
  return Object.fromEntries(
    SIZES.flatMap((size) => {
      const { ui } = update(
        { ...blankUi(size, 'bob', 'utc', false), incident: view.incident?.id ?? null },
        { type: 'size', ...size, at: view.mono },
        view,
        wishesOf(panels),
      );
      return frame({ ...ui, modal: null, page: null, readMark: null }, view, panels).regions.flatMap(
        ({ id, lines }) => {
          const inner = lines.slice(1, -1).map((line) => line.slice(1, -1));
          return id.startsWith('panel ')
            ? [[`${size.cols} ${id}`, inner]]
            : id === 'timeline'
              ? [[`${size.cols} ${id}`, lines.slice(1)]]
              : [];
        },
      );
    }),
  );
}

let disk: MemoryDisk;
const seen = new Map<number, ReturnType<typeof drawn>>();
beforeAll(async () => {
  disk = await live((at, view) => {
    if (MOMENTS.includes(at)) seen.set(at, drawn(view));
  });
}, 120_000);

function player(isThere?: (name: string) => boolean): { readonly past: Past; readonly player: PastPlayer } {
  const source = sourceOf(disk, isThere);
  const past = new Past(EVENTS, source.files.length === 0 ? null : new Recording(source), NOW);
  const hasReadings = source.files.length > 0;
  return {
    past,
    player: new PastPlayer({
      past,
      hasReadings,
      isRunning: true,
      onMoved: () => {},
      onTrouble: (words) => expect(words).toBe(''),
    }),
  };
}
/** Of the clock that runs on. */
const mono = 77_777;
const shown = (from: PastPlayer): View => from.view({ me: 'bob', zone: 'utc', mono }, null);

test('at every moment the panels and the timeline are those of the live console', async () => {
  const { past, player: one } = player();
  // Back and forth: what was played before leaves no trace.
  for (const at of [...MOMENTS].sort((a, b) => (a % 7919) - (b % 7919))) {
    await one.move({ to: at });
    expect(past.at).toBe(at);
    expect(drawn(shown(one)), new Date(at).toISOString()).toEqual(seen.get(at));
  }
});

test('after thinning the moments around key entries are the same, others have one reading in a while', async () => {
  const { past, player: one } = player((name) => !/^(?:all|tens)-/.test(name));
  for (const at of KEYS) {
    await one.move({ to: at });
    expect(past.density).toBe('around');
    expect(drawn(shown(one)), new Date(at).toISOString()).toEqual(seen.get(at));
  }
  await one.move({ to: seconds(31.7) });
  expect(past.density).toBe('minutes');
  const view = shown(one);
  expect(view.past?.kept).toBe('one reading a minute is kept');
  // What was thinned is not stale.
  const [http] = view.targets;
  expect(mono - (http?.takenAt ?? 0)).toBeLessThan(60_000);
  expect(http?.intervalMs).toBe(60_000);
  expect(JSON.stringify(drawn(view)['120 panel health'])).not.toContain('STALE');
});

test('playing on is as jumping there', async () => {
  const { player: one } = player();
  for (let at = seconds(60); at <= seconds(61.7); at += 4_000) await one.move({ to: at });
  await one.move({ to: seconds(61.7) });
  expect(drawn(shown(one))).toEqual(seen.get(seconds(61.7)));
});

test('without readings the record plays, and the panels say that none were kept', async () => {
  const { player: one } = player(() => false);
  await one.move({ to: NOW - 17_000 });
  const view = shown(one);
  expect(view.past).toMatchObject({ kept: 'no readings were kept', isKept: false });
  const { '120 timeline': timeline, '120 panel redis': redis } = drawn(view);
  // Panels without values leave it more room.
  const end = (lines: readonly Line[] = []): readonly Line[] => lines.slice(-12);
  expect(end(timeline)).toEqual(end(seen.get(NOW - 17_000)?.['120 timeline']));
  expect(JSON.stringify(redis)).toBe('[]');
  const { regions } = frame(blankUi(SIZES[1]!, 'bob', 'utc', false), view, panels);
  const alarm = regions
    .find(({ id }) => id === 'alarm')
    ?.lines.flat()
    .map(({ text }) => text)
    .join('');
  expect(alarm).toContain('no readings were kept');
});

test('from before the declaration /back leads on', async () => {
  const { past, player: one } = player();
  await one.move({ to: past.from });
  const view = shown(one);
  expect(view.incident).toBeNull();
  expect(perform(blankUi(SIZES[0]!, 'bob', 'utc', false), backAction, '#1', view).effects).toEqual([
    { do: 'past', move: { seq: 1 } },
  ]);
  // What needs the present is not said: how to declare, what is open, how the link is.
  const { regions } = frame(blankUi(SIZES[0]!, 'bob', 'utc', false), view, panels);
  const screen = JSON.stringify(regions.flatMap(({ lines }) => lines));
  expect(screen).toMatch(/before the incident was declared.*ON CALL/);
  expect(screen).not.toMatch(/declare what|no incident is open|has ended|link ok/);
  await one.move({ seq: 1 });
  expect(JSON.stringify(panels.header.render(shown(one) as never, { cols: 120, rows: 2 }))).not.toContain('link ok');
});

test('a link that is lost calls into the past', async () => {
  const { player: one } = player();
  await one.move({ to: NOW - 17_000 });
  const { past: _, ...live } = shown(one);
  const lost: View = { ...live, link: { ...live.link, state: 'lost', reason: 'nobody listens there' } };
  expect(newCall(blankUi(SIZES[0]!, 'bob', 'utc', false), lost, [])).toContain('HUB LOST');
});

test('what a hub out of reach could not tell is asked again', async () => {
  const source = sourceOf(disk);
  let isAway = true;
  const recording = new Recording({
    ...source,
    read: (file) => (isAway ? Promise.reject(new Error('no hub')) : source.read(file)),
  });
  await expect(recording.densityAt(NOW - 17_000)).rejects.toThrow('no hub');
  isAway = false;
  expect(await recording.densityAt(NOW - 17_000)).not.toBeNull();
});

test('where files are damaged the rest plays, and the gap is said', async () => {
  const source = sourceOf(disk, (name) => name.startsWith('all-'));
  const damaged = {
    ...source,
    read: async (file: (typeof source.files)[number]) => {
      const bytes = Buffer.from((await source.read(file)) ?? []);
      return bytes.fill(0x5a, 40_000, 40_000 + 3_000);
    },
  };
  const recording = new Recording(damaged);
  const past = new Past(EVENTS, recording, NOW);
  let gaps = 0;
  for (let at = past.from; at < NOW; at += 15_000) {
    await past.show(at);
    if (past.density === null) gaps++;
  }
  expect(gaps).toBeGreaterThan(0);
  expect(gaps).toBeLessThan(20);
  expect(recording.damagedBytes).toBeGreaterThan(3_000);
  await past.show(NOW - 17_000);
  const one = new PastPlayer({ past, hasReadings: true, isRunning: false, onMoved: () => {}, onTrouble: () => {} });
  expect(drawn(shown(one))).toEqual(seen.get(NOW - 17_000));
});

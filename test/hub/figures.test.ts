/** The hub's figures: told to consoles when an incident changes, kept meanwhile, looked at again as time goes on. */
import { afterEach, expect, test } from 'vitest';
import { HubFigures } from '../../src/hub/figures.ts';
import { storedSummaryOf } from '../../src/hub/incident-store.ts';
import type { Stored } from '../../src/hub/rooms.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { REHEARSED } from '../incident/rehearsed.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('consoles have the figures with the welcome and after each change', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  await until('the figures are there', () => ana.view.figures?.incidents === 0);
  const incident = await declare(ana);
  await until('it is counted', () => ana.view.figures?.mtta['SEV-1'].pending === 1);
  await ask(ana, { kind: 'acknowledge' }, incident);
  await until('it is acknowledged', () => ana.view.figures?.mtta['SEV-1'].count === 1);
  await ask(ana, { kind: 'set_status', to: 'cancelled' }, incident);
  await until('it does not count', () => ana.view.figures?.incidents === 0);
  expect(ana.view.figures?.excluded).toEqual({ drill: 0, cancelled: 1, merged: 0 });
  const ben = await opened.client(hub, 'ben');
  await until('a late one has them', () => ben.view.figures?.excluded.cancelled === 1);
});

/** The rehearsed set as a hub has it that counts how often a summary is read. */
function counting(now: string) {
  let reads = 0;
  const all = new Map(
    REHEARSED.map(({ state }): [string, Stored] => [
      state.id,
      {
        get summary() {
          reads++;
          return storedSummaryOf(state);
        },
      },
    ]),
  );
  const clock = { wall: Date.parse(now) };
  const figures = new HubFigures({
    clock: { wall: () => clock.wall, mono: () => clock.wall },
    policy: () => HANDBOOK_POLICY,
    archived: new Map(),
    rooms: { stored: () => all, damaged: () => [{ incident: 'x', reason: 'torn' }] },
  });
  return { figures, clock, all, reads: () => reads };
}

test('of the last 30 days only, read once, and again after a change', async () => {
  const { figures, all, reads } = counting('2026-11-12T00:00:00Z');
  const first = figures.recent();
  // The reopened one and the one across midnight are too old.
  expect([first.incidents, reads()]).toEqual([7, REHEARSED.length - 2]);
  expect(first.damaged).toBe(1);
  expect(figures.recent()).toBe(first);
  figures.changed();
  expect([figures.recent(), reads()]).toEqual([first, REHEARSED.length - 2]);
  all.set('2026-11-09-open', { summary: null });
  figures.changed();
  expect(figures.recent()).toMatchObject({ incidents: 6, damaged: 2 });
  expect(await figures.since(null)).toMatchObject({ incidents: 8, since: null });
  // The record began on the day of the first incident.
  expect((await figures.since(0)).incidentsPerWeek.weeks).toBe(5.429);
});

test('a postmortem falls due, and an incident grows too old, without a change', () => {
  const { figures, clock } = counting('2026-11-11T10:09:00Z');
  const [before, incidents] = [figures.recent().postmortemRate, figures.recent().incidents];
  clock.wall += 30_000;
  expect(figures.recent().postmortemRate).toEqual(before);
  clock.wall += 30_000;
  expect(figures.recent().postmortemRate).toMatchObject({ missing: before.missing + 1, pending: before.pending - 1 });
  clock.wall = Date.parse('2026-11-13T08:01:00Z');
  expect(figures.recent().incidents).toBe(incidents - 1);
  // A clock that was set back.
  clock.wall -= 3 * 3_600_000;
  expect(figures.recent().incidents).toBe(incidents);
});

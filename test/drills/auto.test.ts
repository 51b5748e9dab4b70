/** Every drill plays itself to its end: alert, acknowledgement, roles, runbook, recovery and score, on real servers. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Event } from '../../src/incident/event.ts';
import { recordsUnder, verifyRecord } from '../../src/log/verify.ts';
import { Place } from '../support/program.ts';

interface Played {
  readonly drill: string;
  readonly incident: string;
  readonly score: { readonly steps: readonly { step: string; met: boolean }[]; readonly wrong: readonly string[] };
  readonly recovered: boolean;
}

const names = readdirSync(path.join(import.meta.dirname, '../../config/drills')).map((file) => path.parse(file).name);
const places = new Map(names.map((name) => [name, new Place()]));
const played = new Map<string, { readonly result: Played; readonly events: readonly Event[] }>();

/** The alert and the step that mends it. */
const MENDED: Readonly<Record<string, readonly [alert: string, step: string]>> = {
  'redis-memory': ['DRILL Redis Memory >90%', 'expire-missing'],
  'ws-overload': ['DRILL WebSocket Connection Errors', 'slow-down'],
  'pool-exhausted': ['DRILL Database Pool Exhausted', 'end-roots'],
  'oauth-down': ['DRILL GitHub OAuth Errors', 'extend-sessions'],
};

beforeAll(async () => {
  await Promise.all(
    [...places].map(async ([name, place]) => {
      const result = (await place.json(['drill', name, '--auto'])) as Played;
      const events: Event[] = [];
      const own = recordsUnder(`${place.data}/drills`).find((dir) => dir.endsWith(result.incident)) ?? '';
      expect((await verifyRecord(own, { fold: (event) => events.push(event) })).bad).toBeNull();
      played.set(name, { result, events });
    }),
  );
});
afterAll(() => Promise.all([...places.values()].map((place) => place.close())));

test.each(names)('%s', (name) => {
  const { result, events } = played.get(name) ?? {};
  const [alert, step] = MENDED[name] ?? [];
  expect(result).toMatchObject({ drill: name, recovered: true, score: { wrong: [], updatesMissed: 0, auto: true } });
  expect(result?.score.steps.every(({ met }) => met)).toBe(true);
  // A SEV-2 needs no three roles.
  expect(result?.score.steps.map((one) => one.step)).toEqual(
    ['acknowledged', 'roles', 'update', 'diagnosed', 'recovered'].filter(
      (one) => one !== 'roles' || name !== 'redis-memory',
    ),
  );
  const told = events?.map(({ kind, data }) => {
    const { drill, rule, to, step } = data as Record<string, unknown>;
    return [kind, drill, rule, to ?? step].filter((word) => word !== undefined).join(' ');
  });
  // In this order, whatever stands between.
  const milestones = [
    'declared true',
    `alert_changed ${alert} firing`,
    'role_assigned',
    `step_requested ${step}`,
    'step_previewed',
    'step_approved',
    'step_finished',
    'step_verified',
    `alert_changed ${alert} resolved`,
    'status_set resolved',
    'drill_scored',
    'status_set closed',
  ];
  let at = -1;
  for (const milestone of milestones) {
    at = told?.findIndex((line, i) => i > at && line.startsWith(milestone)) ?? -1;
    expect(at, `${milestone} in\n${told?.join('\n')}`).not.toBe(-1);
  }
  // What was broken is told at the end, dated when it broke.
  const fault = events?.find(({ kind, data }) => kind === 'noted' && 'text' in data && data.text.startsWith('FAULT: '));
  expect(fault && fault.at < (events?.[0]?.at ?? '')).toBe(true);
});

test('a drill that played itself is nobody’s score, and no figure', async () => {
  const [place] = places.values();
  const dir = `${place?.data}/drills`;
  expect(await place?.json(['drill', '--scores'])).toEqual({ team: [], people: {} });
  expect(await place?.json(['kpi', '--data', dir])).toMatchObject({ incidents: 0, excluded: { drill: 1 } });
});

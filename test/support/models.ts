/** Models of the recorded incident: what the tests of panels and console look at. */
import type { Model } from '../../panels/model.ts';
import { clocks } from '../../src/incident/clocks.ts';
import type { AlertView, Person } from '../../src/protocol/messages.ts';
import { at, START, type Step } from '../incident/story.ts';
import { MONO, NOW, STORY, told } from './recorded.ts';
import { wellTargets } from './targets.ts';

export const person = (name: string, more: Partial<Person> = {}): Person => ({
  name,
  consoles: 1,
  observer: false,
  incident: null,
  since: at(0),
  ...more,
});

/** A model of the story with these targets, as bob sees it. */
export function model(more: Partial<Model> = {}, steps: readonly Step[] = STORY): Model {
  const { incident, events } = told(steps);
  return {
    now: NOW,
    mono: MONO,
    zone: 'utc',
    ascii: false,
    me: 'bob',
    link: { state: 'live', since: START, rttMs: 12, reason: null, readOnly: null, hub: 'ws://127.0.0.1:7420' },
    incident,
    clocks: clocks(incident, more.now ?? NOW),
    events,
    pending: [],
    people: ['alice', 'bob', 'carol', 'dan'].map((name) => person(name)),
    incidents: [],
    targets: wellTargets(),
    timeline: { scroll: 0, level: 'normal', readMark: null, selected: null, filter: '' },
    ...more,
  };
}

/** The room while nothing burns. */
export const idleModel = (more: Partial<Model> = {}): Model =>
  model({ incident: null, clocks: null, events: [], ...more });

/** An alert that fires in the story's incident. */
export const alertView = (rule: string, more: Partial<AlertView>): AlertView => ({
  alert: `${rule}/x`,
  rule,
  state: 'firing',
  severity: 'SEV-1',
  summary: `${rule} is 12`,
  since: new Date(NOW - 480_000).toISOString(),
  runbook: null,
  labels: {},
  incident: told(STORY).incident.id,
  ...more,
});
/** One of every kind. */
export const ALERTS: readonly AlertView[] = [
  alertView('redis_down', { severity: 'SEV-0' }),
  alertView('slow_cart', { severity: 'SEV-2', incident: null }),
  alertView('ws_few', { state: 'no_data', unknown: true }),
  alertView('pg_locks', { state: 'pending', since: new Date(NOW - 20_000).toISOString() }),
  alertView('pg_lag', { silencedUntil: new Date(NOW + 1_200_000).toISOString() }),
  alertView('redis_hits', { inhibited: 'redis_down', flapping: true }),
];

/** Nothing the core knows is lost on the wire: every kind of event and all an incident holds come out as they went in. */
import { expect, test } from 'vitest';
import { eventsFrame } from '../../src/hub/frame.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { written } from '../../src/incident/event-codec.ts';
import type { FromHub } from '../../src/protocol/messages.ts';
import { readFromHub } from '../../src/protocol/validate.ts';
import { EVERYTHING } from '../incident/every-kind.ts';

const wire = (message: FromHub): unknown => readFromHub(JSON.stringify(message));
const incident = EVERYTHING.state.id;

test('every event', () => {
  const kinds = new Set(EVERYTHING.events.map(({ kind }) => kind));
  expect(kinds.size).toBeGreaterThanOrEqual(14);
  const message = { type: 'events', incident, events: EVERYTHING.events } as const;
  expect(wire(message)).toEqual(message);
  const frame = eventsFrame(incident, 1, EVERYTHING.events.map(written));
  expect(readFromHub(frame.subarray(4).toString())).toEqual(message);
});

test('the whole incident', () => {
  const state: Incident = EVERYTHING.state;
  expect(state.offer).not.toBeNull();
  expect(state.open.length).toBeGreaterThan(0);
  expect(state.alerts.length).toBeGreaterThan(0);
  const snapshot = { seq: state.head, state, tailFrom: 1 };
  const message = { type: 'following', incident, epoch: 'e', head: state.head, mode: 'reset', snapshot } as const;
  expect(wire(message)).toEqual(JSON.parse(JSON.stringify(message)));
});

import { expect, test } from 'vitest';
import { dayedTime } from '../../src/incident/time.ts';
import { header } from '../../panels/header.ts';
import type { Model } from '../../panels/model.ts';
import { clocks } from '../../src/incident/clocks.ts';
import { idleModel, model, person } from '../support/models.ts';
import { NOW, STORY, told } from '../support/recorded.ts';
import { at, START, type Step } from '../incident/story.ts';
import { drawn, faults } from './drawn.ts';
import { HOSTILE } from './states.ts';

const story = (steps: readonly Step[], now: number, more: Partial<Model> = {}): Model =>
  model({ now, clocks: clocks(told(steps).incident, now), ...more }, steps);
const link = (more: Partial<Model['link']>): Partial<Model> => ({
  link: { state: 'live', since: START, rttMs: 12, reason: null, readOnly: null, hub: 'ws://127.0.0.1:7420', ...more },
});
const minutes = (after: number): number => START + after * 60_000;
const declare = (severity: 'SEV-0' | 'SEV-3', title = 'websocket servers unreachable', drill = false): Step => [
  'alice',
  { kind: 'declare', title, severity, drill },
];

const hostile = story([declare('SEV-0')], minutes(1), { people: [person(HOSTILE)], ...link({ readOnly: HOSTILE }) });

const VIEWS: readonly (readonly [string, Model])[] = [
  ['the story', model()],
  ['just declared', story([declare('SEV-0')], minutes(1.5))],
  ['acknowledgement late, drill', story([declare('SEV-0', 'rehearsal', true)], minutes(7))],
  ['update due soon', model({ now: NOW + 16 * 60_000, clocks: clocks(told(STORY).incident, NOW + 16 * 60_000) })],
  ['update late', model({ now: NOW + 19 * 60_000, clocks: clocks(told(STORY).incident, NOW + 19 * 60_000) })],
  ['low, nobody leads', story([declare('SEV-3', 'typo on the status page')], minutes(3))],
  ['low, with a lead', story([declare('SEV-3'), ['carol', { kind: 'acknowledge' }, 2]], minutes(3))],
  ['command offered', story([...STORY, ['alice', { kind: 'offer_command', name: 'dan' }, 42]], NOW)],
  ['the commander is away', model({ people: ['bob', 'carol'].map((name) => person(name)) })],
  ['resolved', story([...STORY, ['alice', { kind: 'set_status', to: 'resolved' }, 42]], minutes(50))],
  ['connecting', model(link({ state: 'connecting' }))],
  [
    'link lost, entries waiting',
    model({
      ...link({ state: 'lost', since: NOW - 72_000 }),
      pending: [1, 2, 3].map((n) => ({ n, id: String(n), at: NOW, text: 'x', state: n === 3 ? 'refused' : 'waiting' })),
    }),
  ],
  ['refused', model(link({ state: 'refused', reason: 'the token is unknown, expired or revoked' }))],
  [
    'not delivered',
    model({
      deliveries: ['failed', 'in_doubt', 'delivered'].map((state) => ({
        receiver: 'pd',
        kind: 'page',
        about: 1,
        severity: 'SEV-1',
        status: 'declared',
        id: state,
        at: new Date(NOW).toISOString(),
        state: state as 'failed',
        attempts: 1,
        sentAt: null,
        settledAt: null,
        incident: null,
      })),
    }),
  ],
  ['hub read-only', model(link({ readOnly: 'the disk is full' }))],
  [
    'a title that is too long',
    story(
      [declare('SEV-0', 'checkout, login and search fail for all customers of three regions since the deploy')],
      minutes(1),
    ),
  ],
  [
    'hostile',
    {
      ...hostile,
      incident: { ...hostile.incident!, title: HOSTILE, roles: { ...hostile.incident!.roles, ic: HOSTILE } },
    },
  ],
  ['nothing open', idleModel()],
  [
    'open elsewhere',
    idleModel({
      incidents: [
        {
          id: '2026-11-23-checkout-errors',
          title: 'checkout errors',
          severity: 'SEV-1',
          status: 'investigating',
          drill: false,
          declaredAt: at(0),
          lead: 'alice',
          head: 16,
        },
      ],
    }),
  ],
];
const SIZES = [
  { cols: 40, rows: 1 },
  { cols: 80, rows: 2 },
  { cols: 120, rows: 2 },
  { cols: 200, rows: 2 },
] as const;

for (const size of SIZES)
  test(`the header at ${size.cols}x${size.rows} looks as reviewed`, async () => {
    const text = VIEWS.map(([name, looked]) => drawn(name, header.render(looked, size), size, size.cols === 80)).join(
      '\n',
    );
    await expect(text).toMatchFileSnapshot(`golden/header-${size.cols}x${size.rows}.txt`);
  });

test('it fits every width', () => {
  for (const [name, looked] of VIEWS)
    for (let cols = 1; cols <= 210; cols += 7)
      for (const rows of [1, 2, 5])
        expect(faults(header.render(looked, { cols, rows }), { cols, rows }), `${name} ${cols}x${rows}`).toEqual([]);
});

const said = (looked: Model, cols = 120, rows = 2): string =>
  header
    .render(looked, { cols, rows })
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

test('a countdown turns into words when it is late', () => {
  const { incident } = told(STORY);
  const due = Date.parse(incident.deadlines.updateDueAt!);
  const seen = (now: number): string => said(model({ now, clocks: clocks(incident, now) }));
  expect(seen(due - 10 * 60_000)).toContain('next update 10:00');
  expect(seen(due - 90_000)).toContain('UPDATE DUE IN 01:30');
  expect(seen(due - 1)).toContain('UPDATE DUE IN 00:01');
  expect(seen(due + 70_000)).toContain('UPDATE LATE 01:10');
});

test('a vacant role is said aloud at SEV-0, not at SEV-3', () => {
  expect(said(story([declare('SEV-0')], minutes(1)))).toMatch(/IC !NONE.*SC(RIBE)? !NONE.*COMMS !NONE/);
  const low = said(story([declare('SEV-3'), ['carol', { kind: 'acknowledge' }, 2]], minutes(3)));
  expect(low).toContain('LEAD carol');
  expect(low).not.toContain('!NONE');
});

test('trouble with the link is never left out, however narrow', () => {
  for (const cols of [40, 60, 80, 120]) {
    const rows = cols < 80 ? 1 : 2;
    expect(said(model(link({ state: 'lost', since: NOW - 72_000 })), cols, rows)).toContain('LOST 01:12');
    expect(said(model(link({ readOnly: 'the disk is full' })), cols, rows)).toContain('READ-ONLY');
  }
});

test('an incident of another day says its day', () => {
  expect(dayedTime(Date.parse('2026-11-23T23:50Z'), Date.parse('2026-11-24T00:10Z'), 'utc')).toBe('Mon 23:50');
  expect(dayedTime(Date.parse('2026-11-23T00:10Z'), Date.parse('2026-11-23T23:50Z'), 'utc', true)).toBe('00:10:00');
  expect(dayedTime(Date.parse('2026-11-24T10:00Z'), Date.parse('2026-11-23T10:00Z'), 'utc')).toBe('Tue 10:00');
  expect(dayedTime(Date.parse('2026-11-17T09:00Z'), Date.parse('2026-11-24T10:00Z'), 'utc')).toBe('2026-11-17 09:00');
});

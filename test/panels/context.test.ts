import { expect, test } from 'vitest';
import { alertsPanel } from '../../panels/alerts.ts';
import { PANELS } from '../../panels/index.ts';
import type { Model } from '../../panels/model.ts';
import { openItemsPanel } from '../../panels/open-items.ts';
import type { Panel } from '../../panels/panel.ts';
import { people } from '../../panels/people.ts';
import { triagePanel } from '../../panels/triage.ts';
import type { Size } from '../../src/terminal/text.ts';
import { ALERTS, alertView, idleModel, model, person } from '../support/models.ts';
import { CORRECTIONS, NOW, STORY } from '../support/recorded.ts';
import { drawn, faults } from './drawn.ts';
import { HOSTILE, SIZES } from './states.ts';

const story = model({}, [...STORY, ...CORRECTIONS]);
const triaged = model({ alerts: ALERTS.slice(0, 1) }, [
  ...STORY,
  ['bob', { kind: 'answer_question', n: 2, text: '30 % of checkouts, eu-west, and everybody who pays by card' }, 42],
  ['carol', { kind: 'answer_question', n: 2, text: 'half of all checkouts' }, 42.1],
  ['carol', { kind: 'answer_question', n: 5, text: 'web 4.118 by bob' }, 42.2],
]);
const VIEWS: readonly (readonly [string, Model])[] = [
  ['the story', story],
  ['an action is late', { ...story, now: NOW + 20 * 60_000 }],
  ['two questions answered', triaged],
  ['nothing yet', model({}, STORY.slice(0, 1))],
  ['the commander is away', { ...story, people: [person('bob', { consoles: 2 }), person('eve', { observer: true })] }],
  ['link lost', { ...story, link: { ...story.link, state: 'lost' } }],
  ['no incident', idleModel()],
  ['alerts of every kind', { ...story, alerts: ALERTS }],
  [
    'somebody is on an alert',
    idleModel({
      alerts: [
        alertView('Memory', {
          acked: { by: 'ann', at: new Date(NOW - 60_000).toISOString(), until: new Date(NOW + 60_000).toISOString() },
        }),
        alertView('Pool', { severity: 'SEV-1', runbook: 'pool' }),
      ],
    }),
  ],
  ['alerts in a quiet room', idleModel({ alerts: ALERTS.slice(0, 2) })],
  ['no alert', { ...idleModel(), alerts: [] }],
  ['alerts, and the link lost', { ...story, alerts: ALERTS, link: { ...story.link, state: 'lost' } }],
  [
    'a rule in doubt',
    {
      ...idleModel(),
      alerts: [],
      ruleFaults: [{ rule: 'Queue', message: 'qeue is not known here; did you mean queue?' }],
    },
  ],
];
const size = { cols: 46, rows: 10 };

for (const panel of PANELS.context)
  test(`${panel.id} at ${size.cols}x${size.rows} looks as reviewed`, async () => {
    const text = VIEWS.map(([name, looked]) =>
      drawn(`${name}: ${panel.health(looked)}`, panel.render(looked, size), size, true),
    ).join('\n');
    await expect(text).toMatchFileSnapshot(`golden/${panel.id}-${size.cols}x${size.rows}.txt`);
  });

test('open items say how many more there are than the state holds', () => {
  const { incident } = story;
  const more = { open: 3_900, openSeqs: [5, 7], pins: 2, alerts: 0, annotatedFrom: 0 };
  const crowded: Model = { ...story, incident: { ...incident!, more } };
  const said = (model: Model, rows: number): string =>
    openItemsPanel
      .render(model, { cols: 70, rows })
      .map((line) => line.map(({ text }) => text).join(''))
      .join('\n');
  expect(said(crowded, 40)).toContain('and 3,900 more open items: #5 and later, in the timeline');
  expect(said(crowded, 40)).toContain('and 2 more pinned');
  const pinned = said(story, 40)
    .split('\n')
    .filter((row) => row.startsWith('pinned')).length;
  // Of all rows one is shown; one more says that entries are pinned.
  const hidden = incident!.open.length + incident!.decisions.length + pinned;
  expect(said(crowded, 2)).toMatch(new RegExp(`\\+3,90${hidden} more$`));
  expect(
    said({ ...story, incident: { ...incident!, open: [], decisions: [], annotations: {}, more } }, 9),
  ).not.toContain('nothing open');
  expect(
    openItemsPanel
      .summary(crowded, 70)
      .map(({ text }) => text)
      .join(''),
  ).toContain('3,900 more');
});

test('they fit every size, whatever people write', () => {
  const { incident } = story;
  const hostile: Model = {
    ...story,
    people: [person(HOSTILE), person('東京データベース主系')],
    incident: {
      ...incident!,
      open: incident!.open.map((item) => ({ ...item, text: HOSTILE, by: HOSTILE, to: HOSTILE })),
      alerts: Array.from({ length: 30 }, () => ({
        ...incident!.alerts[0]!,
        rule: HOSTILE,
        summary: HOSTILE,
        state: HOSTILE,
      })),
      decisions: [
        { seq: 1, text: HOSTILE.repeat(20), by: HOSTILE, at: '', state: 'open', agreed: [HOSTILE], objected: [] },
      ],
    },
  };
  for (const [name, looked] of [...VIEWS, ['hostile', hostile] as const])
    for (const panel of PANELS.context)
      for (const each of SIZES) {
        expect(faults(panel.render(looked, each), each), `${panel.id} ${name}`).toEqual([]);
        expect(faults([panel.summary(looked, each.cols)], { ...each, rows: 1 }), `${panel.id} ${name}`).toEqual([]);
        // A panel asks for rows where it has something to fill them with.
        const filled = panel.render(looked, { cols: each.cols, rows: 500 }).length;
        if (each.cols > 0) expect(panel.wants(looked, each.cols) > 0, `${panel.id} ${name}`).toBe(filled > 0);
      }
});

const said = (panel: Panel, looked: Model, at: Size = size): string =>
  panel
    .render(looked, at)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

test('an action past its time is late in words', () => {
  expect(openItemsPanel.health(story)).toBe('none');
  const later = { ...story, now: NOW + 20 * 60_000 };
  expect(openItemsPanel.health(later)).toBe('warn');
  expect(said(openItemsPanel, later)).toMatch(/@dan .*LATE 7m17s/);
});

test('a decision for which there is no room is cut with a mark, and what is hidden is counted by items', () => {
  const long = 'roll back the cart to the version of last week, and leave the pool as it is';
  const decided = model({}, [...STORY, ['alice', { kind: 'note', text: long, form: 'decision' }, 42]]);
  const whole = said(openItemsPanel, decided, { cols: 40, rows: 40 })
    .split('\n')
    .filter((row) => row.trim() !== '');
  expect(whole.join(' ')).toMatch(/as it +is/);
  const open = whole.findIndex((row) => row.startsWith('* '));
  const rows = said(openItemsPanel, decided, { cols: 40, rows: open + 2 }).split('\n');
  expect(rows[open]).toMatch(/^\* #\d+ roll back the cart .*…$/);
  const decisions = decided.incident!.decisions.length;
  expect(rows[open + 1] ?? '').toMatch(decisions === 2 ? /^\* / : new RegExp(`^\\+${decisions - 1} more$`));
});

test('a state of an alert that is not known is no good news', () => {
  const incident = { ...story.incident!, alerts: [{ ...story.incident!.alerts[0]!, state: 'dreaming' }] };
  expect(alertsPanel.health({ ...story, incident })).toBe('no-data');
});

test('without the hub nobody is claimed to be here', () => {
  expect(said(people, { ...story, link: { ...story.link, state: 'lost' } })).toBe('not known while the hub is away');
});

test('an alert somebody silenced calls for nobody', () => {
  const calm = model({}, STORY.slice(0, 3));
  const silenced = [alertView('x', { silencedUntil: new Date(NOW + 60_000).toISOString() })];
  // What fires is not ok: there is no word for it.
  expect(alertsPanel.health({ ...calm, alerts: silenced })).toBe('none');
  expect(said(alertsPanel, { ...calm, alerts: silenced })).toContain('silenced until 03:43');
  expect(alertsPanel.health({ ...calm, alerts: [...silenced, alertView('y', {})] })).toBe('crit');
});

test('without the hub nothing is called calm, and nothing is called firing now', () => {
  const lost: Model = { ...story, alerts: ALERTS, link: { ...story.link, state: 'lost' } };
  expect(alertsPanel.health(lost)).toBe('stale');
  const incident = { ...story.incident!, alerts: [{ ...story.incident!.alerts[0]!, state: 'resolved' }] };
  expect(alertsPanel.health({ ...story, incident })).toBe('ok');
  expect(alertsPanel.health({ ...story, incident, link: lost.link })).toBe('stale');
  expect(said(alertsPanel, lost)).toContain('was firing');
  expect(said(alertsPanel, { ...idleModel({ alerts: [] }), link: lost.link })).toBe('not known while the hub is away');
});

test('what the hub no longer sees and the record does not call resolved stays to be seen', () => {
  expect(said(alertsPanel, { ...story, alerts: [] })).toContain('http_5xx');
});

test('triage: the latest answer with its author, what is known beside it, open questions first where room is short', () => {
  expect(triagePanel.note?.(triaged)).toBe('2 of 5');
  const rows = said(triagePanel, triaged, { cols: 76, rows: 5 }).split('\n');
  expect(rows[0]).toMatch(/^\? broken {4}03:34Z redis_down is 12/);
  expect(rows[1]).toMatch(/^✓ affected {2}half of all checkouts .*#18 carol$/);
  expect(rows[4]).toMatch(/^✓ changed {3}web 4.118 by bob {2}03:32Z 4f2c1a payment-gw by ci +#19 carol$/);
  expect(said(triagePanel, triaged, { cols: 76, rows: 4 })).toMatch(
    /^\? broken.*\n\? started.*\n\? still on.*\n\+2 more: F5$/,
  );
  expect(said(triagePanel, triaged)).not.toContain('30 %');
});

test('triage without the hub: nothing is claimed of what fires now', () => {
  const row = (looked: Model): string | undefined =>
    said(triagePanel, looked)
      .split('\n')
      .find((each) => each.includes('still on'));
  const quiet = model({ alerts: [] }, STORY.slice(0, 5));
  expect(row(quiet)).toContain('no alert is on');
  expect(row({ ...quiet, link: { ...quiet.link, state: 'lost' } })?.trim()).toBe('? still on');
  // The record does not call the alarm over.
  expect(row({ ...triaged, alerts: [], link: { ...triaged.link, state: 'lost' } })?.trim()).toBe('? still on');
  const { alerts: _, ...unsaid } = triaged;
  expect(row(unsaid)?.trim()).toBe('? still on');
});

import { expect, test } from 'vitest';
import { alarmLine } from '../../src/console/input-area.ts';
import { alarm } from '../../src/console/alarm.ts';
import { actionNamed } from '../../src/console/actions/index.ts';
import { nextOfView } from '../../src/console/next.ts';
import { idleLines } from '../../src/console/idle-room.ts';
import type { View } from '../../src/console/view.ts';
import { clocks } from '../../src/incident/clocks.ts';
import { NOW, STORY, Typist, viewOf, type Told } from './support.ts';

const serious: readonly Told[] = [...STORY, ['alice', { kind: 'set_severity', to: 'SEV-1' }, 60]];
const staffed: readonly Told[] = [...serious, ['alice', { kind: 'assign_role', role: 'comms', name: 'carol' }, 50]];
const lost = { ...viewOf('bob').link, state: 'lost', since: NOW - 12_000 } as const;
const pending: View['pending'] = [1, 2, 3].map((n) => ({ n, id: `${n}`, at: NOW, text: 'x', state: 'waiting' }));
const later = (view: View, ms: number): View => ({
  ...view,
  now: NOW + ms,
  clocks: view.incident === null ? null : clocks(view.incident, NOW + ms),
});
const ALARM = {
  alert: 'ws/push',
  rule: 'ws',
  state: 'firing',
  severity: 'SEV-1',
  summary: 'push is gone',
  since: new Date(NOW).toISOString(),
  runbook: 'websocket',
  labels: {},
  incident: null,
} as const;
const said = (view: View): string => {
  const { text, due } = alarm(view);
  return due === undefined ? text : `${text} · ${due}`;
};

test('the most urgent is said, one at a time', () => {
  const gone = { people: [], away: [{ name: 'alice', since: new Date(NOW - 61_000).toISOString() }] };
  expect(said(viewOf('bob', serious, { link: lost, pending }))).toContain(
    'HUB LOST 00:12 · 3 entries kept, will be sent',
  );
  // The hub of a drill does not come back.
  expect(said(viewOf('bob', serious, { link: lost, pending, rehearsal: true }))).toMatch(/HUB LOST.* a drill is over/);
  expect(said(viewOf('bob', serious, { link: { ...lost, state: 'live', readOnly: 'disk full' }, ...gone }))).toContain(
    'HUB CANNOT WRITE: disk full',
  );
  expect(said(viewOf('bob', serious, { ...gone, unserved: 'there is no incident x' }))).toContain(
    'NOT AT THIS HUB: there is no incident x · what you see is from before',
  );
  expect(said(viewOf('bob', serious, gone))).toBe('take over from alice, whose console is gone');
  expect(said(viewOf('bob', serious))).toBe('first public update · 29:00 left');
  expect(said(viewOf('bob', [STORY[0]!]))).toBe('acknowledge · 29:00 left');
  expect(said(later(viewOf('bob', [STORY[0]!]), 40 * 60_000))).toBe('acknowledge · late 11m');
  expect(said(later(viewOf('bob', staffed), 31 * 60_000))).toBe('first public update · late 2m');
});

const lineOf = (view: View, cols: number, bob = new Typist(view)): string =>
  alarmLine(bob.ui, bob.view, cols)
    .map(({ text }) => text)
    .join('');

test('the line has the order of the list, with the key of the first and how many more there are', () => {
  const view = viewOf('bob', [STORY[0]!, ['alice', { kind: 'set_severity', to: 'SEV-1' }, 60]]);
  expect(nextOfView(view).map(({ what, key }) => [what, key])).toEqual([
    ['acknowledge', 'Alt-A'],
    ['take_ic', 'F4'],
    ['update', 'F8'],
    ['roles', 'F4'],
    ['triage', actionNamed('triage')?.key === undefined ? null : 'F5'],
  ]);
  expect(lineOf(view, 80)).toMatch(/^── ■ acknowledge · \S+ left · Alt-A ─+ \+4 more: Alt-N ──$/);
  expect(lineOf(viewOf('bob', serious), 80)).toMatch(/▲ first public update · 29:00 left · COMMS\/IC · F8/);
  expect(lineOf(view, 40)).toMatch(/■ acknowledge · \S+ left · Alt-A .*\+4/);
  expect(lineOf(later(view, 3_600_000), 80)).toMatch(/acknowledge · late 5\dm · Alt-A/);
});

test('a long item is cut before its deadline and its key', () => {
  const alarm = { ...ALARM, summary: `push is gone ${'for everybody '.repeat(9)}`.trim() };
  const view = { ...later(viewOf('bob', serious), 3_600_000), alerts: [alarm] };
  expect(lineOf(view, 80)).toMatch(/^■ SEV-1 push is gone for e.*… · late 55m · Alt-A +\+\d more: Alt-N $/);
  expect(lineOf(view, 40)).toMatch(/^■ SEV-1 .*… · late 55m · Alt-A +\+\d $/);
  expect(lineOf(view, 32)).toMatch(/^■ SEV-1 .*… · late 55m +\+\d $/);
  for (const cols of [10, 20, 30, 50]) expect(lineOf(view, cols)).toHaveLength(cols);
});

test('a new alarm stands above everything that is late', () => {
  const alarm = { ...ALARM, since: new Date(NOW + 3_599_000).toISOString() };
  const view = { ...later(viewOf('bob', serious), 3_600_000), alerts: [alarm] };
  expect(said(view)).toBe('SEV-1 push is gone · 05:00 left'.replace('05:00', '04:59'));
  expect(nextOfView(view)[1]).toMatchObject({ what: 'update', late: true });
});

test('what is late after the end is no alarm, and does not hide another incident that is open', () => {
  const view = later(
    viewOf('bob', [
      ...staffed,
      ['alice', { kind: 'note', form: 'action', text: 'limit the pool', to: 'bob', due: new Date(NOW).toISOString() }],
      ['alice', { kind: 'set_status', to: 'resolved' }],
      ['alice', { kind: 'set_status', to: 'closed' }],
    ]),
    72 * 3_600_000,
  );
  expect(nextOfView(view).map(({ what, late }) => [what, late])).toEqual([
    ['action', true],
    ['postmortem', true],
  ]);
  const incidents = view.incidents.map((one) => ({ ...one, status: 'closed' as const }));
  expect(alarm({ ...view, incidents })).toMatchObject({
    text: expect.stringContaining('limit the pool'),
    tone: 'warn',
  });
  const open = { ...incidents[0]!, id: 'other', title: 'cart is slow', status: 'declared' as const };
  expect(said({ ...view, incidents: [open] })).toContain('cart is slow');
  expect(said({ ...view, incidents: [open], alerts: [ALARM] })).toContain('push is gone');
});

test('an IC who just lost the line is not called gone', () => {
  expect(
    said(
      viewOf('bob', staffed, { people: [], away: [{ name: 'alice', since: new Date(NOW - 30_000).toISOString() }] }),
    ),
  ).not.toContain('gone');
});

test('an alert that nobody made an incident of is said, and fills the form', () => {
  const view = viewOf('bob', [], {
    alerts: [ALARM, { ...ALARM, alert: 'ws/slow', severity: 'SEV-3', summary: 'slow' }],
  });
  expect(lineOf(view, 80)).toMatch(/■ SEV-1 push is gone · 05:00 left · Alt-A ─+ \+1 more: Alt-N ──/);
  const bob = new Typist(view).press('f12').wait(200).press('enter');
  expect(bob.asked).toEqual([
    { kind: 'declare', title: 'push is gone', severity: 'SEV-1', alert: 'ws/push', runbook: 'websocket' },
  ]);
  expect(said({ ...view, alerts: [{ ...ALARM, silencedUntil: new Date(NOW + 1000).toISOString() }] })).toContain(
    'no incident is open',
  );
});

test('only a hub that answers knows that nothing is open', () => {
  const shown = (state: 'live' | 'lost'): string =>
    idleLines({ ...viewOf('bob'), incidents: [], link: { ...viewOf('bob').link, state } }, 80)
      .flat()
      .map(({ text }) => text)
      .join('');
  expect(shown('live')).toContain('no incident is open');
  expect(shown('lost')).toContain('not known: the hub does not answer');
});

test('an offer of command is said to whom it was made', () => {
  const offered: readonly Told[] = [...staffed, ['alice', { kind: 'offer_command', name: 'bob' }, 5]];
  expect(said(viewOf('bob', offered))).toBe('alice offers you command');
  expect(said(viewOf('carol', offered))).not.toContain('offers you');
});

test('a hub that does not answer is said while the line still looks alive', () => {
  const view = viewOf('bob');
  const bob = new Typist(view);
  const waits = { n: 1, id: 'A', at: 0, text: 'is it there?', state: 'sent' as const };
  const line = (): string =>
    alarmLine(bob.ui, { ...bob.view, mono: 20_000 + waited }, 120)
      .map(({ text }) => text)
      .join('');
  let waited = 0;
  bob.sees({ ...view, pending: [waits] });
  expect(line()).not.toContain('NO ANSWER');
  bob.wait((waited = 5000));
  expect(line()).toContain('NO ANSWER FROM THE HUB for 00:05 · 1 entry kept, not on the record yet');
  bob.press('f9');
  expect(line()).toContain('NO ANSWER');
  bob.sees({ ...view, pending: [{ ...waits, state: 'waiting', reason: 'too many entries at once' }] });
  expect(line()).toContain('THE HUB SAYS LATER: too many entri');
  bob.sees(view);
  expect(line()).not.toContain('NO ANSWER');
});

/** Alerts at the keyboard: looking, declaring from one, silencing, reading the configuration again. */
import { expect, test } from 'vitest';
import type { AlertView } from '../../src/protocol/messages.ts';
import { matcherOf } from '../../src/console/alert-selection.ts';
import { drawModal } from '../../src/console/modal-view.ts';
import { alarm } from '../../src/console/alarm.ts';
import { reading } from '../support/readings.ts';
import { target } from '../support/targets.ts';
import { NOW, STORY, Typist, viewOf, type Told } from './support.ts';

const alert = (rule: string, more: Partial<AlertView> = {}): AlertView => ({
  alert: `${rule}{target="cache"}`,
  rule,
  state: 'firing',
  severity: 'SEV-2',
  summary: `${rule}: 0.93 (redis_memory_usage > 90%)`,
  since: new Date(NOW - 60_000).toISOString(),
  runbook: null,
  labels: { target: 'cache' },
  incident: null,
  ...more,
});
const memory = alert('Memory', { runbook: 'redis-memory-full' });
const slots = alert('Slots', { severity: 'SEV-1' });
const idle = (alerts: readonly AlertView[], more = {}): Typist => new Typist(viewOf('bob', [], { alerts, ...more }));
const open = (person: Typist): Typist => person.type('/alerts').press('enter').wait(200);

function shown(person: Typist): string {
  const { ui, view } = person;
  if (ui.modal === null) return '';
  const { title, lines } = drawModal(ui, ui.modal, view, { cols: 72, rows: 30, ascii: false });
  return [title, ...lines.map((line) => line.map(({ text }) => text).join(''))].join('\n');
}

test('two keys and Enter: an incident with the alert’s words, severity and runbook', () => {
  const person = open(idle([alert('Waits', { state: 'pending' }), memory]));
  expect(shown(person)).toContain('ALERTS  2');
  expect(shown(person)).toMatch(/SEV-2 Memory +cache {2}firing 60 s/);
  expect(shown(person)).toMatch(/runbook +runbooks\/redis-memory-full\.md/);
  expect(person.asked).toEqual([]);
  person.press('enter');
  expect(person.asked).toEqual([
    {
      kind: 'declare',
      title: 'Memory: 0.93 (redis_memory_usage > 90%)',
      severity: 'SEV-2',
      alert: 'Memory{target="cache"}',
      runbook: 'redis-memory-full',
    },
  ]);
});

test('the worst comes first; another alert, own words and another severity may be chosen', () => {
  const person = open(idle([memory, slots]))
    .press('down', 'tab')
    .type('cache is full')
    .press('tab')
    .type('0')
    .press('enter');
  expect(person.asked).toEqual([
    {
      kind: 'declare',
      title: 'cache is full',
      severity: 'SEV-0',
      alert: 'Memory{target="cache"}',
      runbook: 'redis-memory-full',
    },
  ]);
});

test('an alert that has its incident, that is over, or none at all: said, and nothing is written', () => {
  const has = open(idle([{ ...memory, incident: '2026-11-23-x' }])).press('enter');
  expect(shown(has)).toContain('it belongs to 2026-11-23-x already');
  const over = open(idle([memory]));
  over.sees(viewOf('bob', [], { alerts: [] })).press('enter');
  expect(over.asked).toEqual([]);
  for (const none of [idle([]), new Typist(viewOf('bob', []))]) {
    none.type('/alerts').press('enter');
    expect(none.ui.modal).toBe(null);
    expect(none.ui.notice?.bad).toBe(true);
  }
});

const acked = (by: string): NonNullable<AlertView['acked']> => ({
  by,
  at: new Date(NOW - 60_000).toISOString(),
  until: new Date(NOW + 29 * 60_000).toISOString(),
});

test('/ack alone is the incident nobody owns, then the worst alert that asks; by key a form says which', () => {
  const asked = (person: Typist, line: string) => person.type(line).press('enter').asked;
  const both = [memory, slots];
  const open: readonly Told[] = [['alice', { kind: 'declare', title: 'x', severity: 'SEV-2' }]];
  const inRoom = (told: readonly Told[]): Typist => new Typist(viewOf('bob', told, { alerts: both }));
  expect(asked(inRoom(open), '/ack')).toEqual([{ kind: 'acknowledge' }]);
  expect(asked(inRoom(open), '/ack Memory')).toEqual([{ kind: 'acknowledge', alert: memory.alert }]);
  expect(asked(inRoom(STORY), '/ack')).toEqual([{ kind: 'acknowledge', alert: slots.alert }]);
  expect(asked(idle(both), '/ack')).toEqual([{ kind: 'acknowledge', alert: slots.alert }]);
  expect(asked(idle([memory, { ...slots, acked: acked('ann') }]), '/ack')).toEqual([
    { kind: 'acknowledge', alert: memory.alert },
  ]);
  expect(asked(idle([{ ...memory, acked: acked('bob') }]), '/ack')).toEqual([
    { kind: 'acknowledge', alert: memory.alert },
  ]);

  const form = idle(both).press('alt-a').wait(200);
  expect(form.asked).toEqual([]);
  expect(shown(form)).toMatch(/SEV-1 Slots +cache {2}fires 60 s/);
  expect(form.press('down', 'enter').asked).toEqual([{ kind: 'acknowledge', alert: memory.alert }]);
});

test('what cannot be acknowledged says why', () => {
  const said = (alerts: readonly AlertView[], line: string): string => {
    const person = idle(alerts).type(line).press('enter');
    expect(person.asked).toEqual([]);
    return person.ui.notice?.text ?? '';
  };
  expect(said([], '/ack')).toContain('no incident is open');
  const over: readonly Told[] = [
    ['alice', { kind: 'declare', title: 'x', severity: 'SEV-2' }],
    ['alice', { kind: 'set_status', to: 'cancelled' }],
  ];
  expect(new Typist(viewOf('bob', over)).type('/ack').press('enter').ui.notice?.text).toContain(
    'the incident is cancelled',
  );
  expect(said([{ ...memory, acked: acked('ann') }], '/ack')).toContain('ann acknowledged Memory already');
  expect(said([{ ...memory, acked: acked('ann') }, slots], '/ack Memory')).toContain('ann acknowledged Memory already');
  expect(said([slots, { ...memory, state: 'pending' }], '/ack Memory')).toContain('it waits');
  expect(said([slots], '/ack Memory')).toContain('no alert "Memory" fires');
});

test('who is on an alert is said, and the alarm calls nobody else until that runs out', () => {
  const said = (...alerts: readonly AlertView[]) => alarm(viewOf('bob', [], { alerts }));
  const mine = { ...slots, acked: acked('ann') };
  expect(said(mine)).toEqual({
    text: `ann is on SEV-1 ${slots.summary}; asks again in 29:00: /declare it`,
    tone: 'info',
  });
  expect(said(memory, mine)).toMatchObject({ tone: 'warn', text: expect.stringContaining('SEV-2 Memory') as string });
  expect(said(slots).tone).toBe('crit');
  const text = shown(open(idle([mine])));
  expect(text).toContain('firing, ann is on it,');
  expect(text).toMatch(/acked +by ann, 13:04:15; asks again 13:34:15/);
});

test('states that are not plain firing are said in words', () => {
  const text = shown(
    open(
      idle([
        alert('A', { state: 'no_data', unknown: true }),
        alert('B', { silencedUntil: '2026-11-23T16:00:00.000Z' }),
        alert('C', { inhibited: 'Down' }),
        alert('D', { flapping: true, unknown: true }),
      ]),
    ),
  );
  for (const words of ['no data', 'silenced until 16:00Z', 'follows from Down', 'firing, flapping ?'])
    expect(text).toContain(words);
});

test('a silence by line or by form, with a reason and an end', () => {
  const inTwoHours = new Date(NOW + 7_200_000).toISOString();
  const silence = { kind: 'silence', why: 'being moved', until: inTwoHours };
  const line = (text: string): Typist => idle([memory]).type(text).press('enter');
  expect(line('/silence {target="cache"} 2h being moved').asked).toEqual([{ ...silence, matcher: '{target="cache"}' }]);
  expect(line('/silence "Redis Memory" for 2h being moved').asked).toEqual([
    { ...silence, matcher: '{alertname="Redis Memory"}' },
  ]);
  expect(line('/silence Memory 2h').asked).toEqual([]);
  expect(line('/silence Memory soon because').asked).toEqual([]);
  const form = line('/silence').wait(200).press('tab', 'tab').type('because').press('enter');
  expect(form.asked).toMatchObject([
    { kind: 'silence', matcher: '{alertname="Memory", target="cache"}', why: 'because' },
  ]);
  expect(line('/silence').wait(200).press('enter').asked).toEqual([]);
  expect(line('/unsilence 01arz3ndektsv4rrffq69g5fav').asked).toEqual([
    { kind: 'unsilence', id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
  ]);
  expect(line('/reload').asked).toEqual([{ kind: 'reload' }]);
  expect(matcherOf('Memory{target="cache"}', [memory])).toBe('{alertname="Memory", target="cache"}');
  // One of many from outside: nobody asked for quiet about the disks of other hosts.
  const labels = { alertname: 'Disk', host: 'web"1', severity: 'page', 'no name': 'x', mount: '/' };
  const disk = alert('Disk', { alert: 'am/1', source: 'alertmanager', labels });
  expect(matcherOf('am/1', [disk])).toBe('{alertname="Disk", host="web\\"1", mount="/"}');
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`label_${at}`, 'x'.repeat(100)]));
  expect(matcherOf('am/2', [{ ...disk, alert: 'am/2', labels: many }]).length).toBeLessThanOrEqual(500);
});

test('a closer look is offered at targets that have one', () => {
  const facts = { inspects: 'big keys' };
  const targets = [
    target('api', 'http', reading('api', 'http', {})),
    target('cache', 'redis', reading('cache', 'redis', {}, { facts })),
  ];
  const look = (text: string): Typist => idle([], { targets }).type(text).press('enter');
  expect(look('/inspect cache').asked).toEqual([{ kind: 'inspect', target: 'cache' }]);
  const form = look('/bigkeys').wait(200);
  expect(shown(form)).toMatch(/cache +big keys/);
  expect(shown(form)).not.toContain('api');
  expect(form.press('enter').asked).toEqual([{ kind: 'inspect', target: 'cache' }]);
  expect(idle([]).type('/inspect cache').press('enter').asked).toEqual([]);
});

test('beside an incident that is over, or a rehearsal, a new alert is still the alarm; beside one at work it is not', () => {
  const said = (told: Parameters<typeof viewOf>[1]): string => alarm(viewOf('bob', told, { alerts: [memory] })).text;
  const drill = { kind: 'declare', title: 'drill', severity: 'SEV-2', drill: true } as const;
  expect(said([...STORY, ['alice', { kind: 'set_status', to: 'resolved' }, 30]])).toContain('SEV-2 Memory');
  expect(said([['alice', drill, 30]])).toContain('SEV-2 Memory');
  expect(said(STORY)).not.toContain('Memory');
});

/** What the outside is told of an incident, and the queue as a fold. */
import { expect, test } from 'vitest';
import type { Command } from '../../src/incident/command.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import {
  isMissing,
  MESSAGE_KINDS,
  MOST_OPEN,
  NO_DELIVERIES,
  type Delivery,
  type Routing,
} from '../../src/incident/deliveries.ts';
import { withAlertRequests, withRequests } from '../../src/incident/delivery-routing.ts';
import type { Draft, Event } from '../../src/incident/event.ts';
import { hubRecord, type HubDraft } from '../../src/incident/hub-record.ts';
import { blankHubState, type HubState } from '../../src/incident/hub-state.ts';
import { evolve } from '../../src/incident/topics/index.ts';
import { nextItems } from '../../src/incident/next.ts';
import type { AskingAlert } from '../../src/incident/next-item.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { undelivered, unheardPages } from '../../src/incident/undelivered.ts';
import { readIncident } from '../../src/protocol/validate.ts';
import fc from '../support/property.ts';
import { at, Story, type Step } from './story.ts';

const routing = (more: Partial<Routing> = {}): Routing => ({
  name: 'all',
  events: MESSAGE_KINDS,
  min: 'SEV-3',
  routes: [],
  drills: false,
  ...more,
});

/** A story whose commands are recorded with what they request; ids are `id-SEQ`. */
class Told extends Story {
  readonly receivers: readonly Routing[];
  constructor(receivers: readonly Routing[]) {
    super();
    this.receivers = receivers;
  }
  override ask(...asked: Parameters<Story['ask']>): ReturnType<Story['ask']> {
    const drafts = super.ask(...asked);
    return isRefusal(drafts) ? drafts : withRequests(this.state, drafts, this.receivers, at(asked[2] ?? 0));
  }
  steps(...steps: readonly Step[]): this {
    for (const [who, command, minutes = 0, more = {}] of steps) {
      const answer = this.tell(who, command, minutes, more);
      if (isRefusal(answer)) throw new Error(`${command.kind}: ${answer.reason}`);
    }
    return this;
  }
  hub(...commands: readonly Command[]): this {
    return this.steps(...commands.map((command): Step => ['hub', command, 9, { actor: HUB }]));
  }
  /** `receiver kind`, of all requests. */
  get requests(): readonly string[] {
    return this.events.flatMap((event) =>
      event.kind === 'delivery_requested' ? [`${event.data.receiver} ${event.data.kind}`] : [],
    );
  }
  idOf(kind: string): string {
    return this.events.find((one) => one.kind === 'delivery_requested' && one.data.kind === kind)?.id ?? '';
  }
}
const HUB = { name: 'hub', observer: false, via: 'hub' } as const;
const declare = (severity: 'SEV-0' | 'SEV-1' | 'SEV-2' | 'SEV-3', drill = false): Step => [
  'ana',
  { kind: 'declare', title: 'db', severity, drill, route: 'db-people' },
];

test('each event asks for its kind of message, in the same breath', () => {
  const told = new Told([routing()]).steps(
    declare('SEV-2'),
    ['ana', { kind: 'assign_role', role: 'ic', name: 'ana' }],
    ['ana', { kind: 'acknowledge' }],
    ['ana', { kind: 'note', text: 'chatter' }],
    ['ana', { kind: 'note', text: 'we roll back', form: 'decision' }],
    ['ana', { kind: 'set_severity', to: 'SEV-1' }],
    ['ana', { kind: 'escalate', level: 'L2' }],
    ['ana', { kind: 'update_public', text: 'we are on it' }],
    ['ana', { kind: 'snooze', forMs: 60_000, why: 'waiting' }],
    ['ana', { kind: 'set_status', to: 'investigating' }],
    ['ana', { kind: 'set_status', to: 'resolved' }],
  );
  expect(told.requests.map((one) => one.slice(4))).toEqual([
    'declared',
    'role',
    'acknowledged',
    'decision',
    'severity',
    'page',
    'update',
    'entry',
    'status',
    'resolved',
  ]);
  for (const event of told.events)
    if (event.kind === 'delivery_requested') {
      // The entry it is about stands before it, in the same append.
      expect(told.events[event.data.about - 1]).toMatchObject({ recorded: event.recorded });
      expect(event).toMatchObject({ level: 'system', visibility: 'internal', by: { role: 'system' } });
    }
  const page = told.events.find((one) => one.kind === 'delivery_requested' && one.data.kind === 'page');
  expect(page?.data).toMatchObject({ level: 'L2', severity: 'SEV-1', status: 'declared' });
});

test.each<[string, Partial<Routing>, readonly Step[], readonly string[]]>([
  ['nothing it does not take', { events: ['update'] }, [declare('SEV-0')], []],
  ['nothing mild', { min: 'SEV-1' }, [declare('SEV-2')], []],
  [
    'all of what once was severe',
    { min: 'SEV-1' },
    [
      declare('SEV-2'),
      ['ana', { kind: 'set_severity', to: 'SEV-1' }],
      ['ana', { kind: 'set_severity', to: 'SEV-3' }],
      ['ana', { kind: 'set_status', to: 'cancelled' }],
    ],
    ['all severity', 'all severity', 'all resolved'],
  ],
  ['no drill', {}, [declare('SEV-0', true), ['ana', { kind: 'escalate', level: 'L1' }]], []],
  ['a drill where it takes them', { drills: true }, [declare('SEV-0', true)], ['all declared']],
  ['its routes', { routes: ['db-people'] }, [declare('SEV-0')], ['all declared']],
  ['not those of others', { routes: ['cache-people'] }, [declare('SEV-0')], []],
])('a receiver is told %s', (_, more, steps, requests) => {
  expect(new Told([routing(more)]).steps(...steps).requests).toEqual(requests);
});

test('without receivers the record is what it was', () => {
  const drafts: readonly Draft[] = [];
  expect(withRequests(new Story().state, drafts, [], at(0))).toBe(drafts);
});

test('an update that a person did not word is never asked for', () => {
  const told = new Told([routing({ events: ['update'] })]).steps(
    declare('SEV-0'),
    ['ana', { kind: 'note', text: 'PUBLIC: all is well', form: 'decision' }],
    ['ana', { kind: 'set_status', to: 'identified', why: 'the public knows' }],
  );
  expect(told.requests).toEqual([]);
  told.steps(['ana', { kind: 'set_status', to: 'resolved', public: 'all is well' }]);
  expect(told.requests).toEqual(['all update']);
});

test('a page for an alert without an incident, its answer and its end; what moves into an incident is not over', () => {
  const context = { now: at(0), actor: { name: 'hub', via: 'hub' as const } };
  const alert = { alert: 'a1', since: at(0), route: 'r', ackMs: 60_000 };
  let state: HubState = blankHubState;
  const kinds: string[] = [];
  const tell = (command: Parameters<typeof hubRecord.decide>[1]): void => {
    const drafts = hubRecord.decide(state, command, context);
    if (isRefusal(drafts)) throw new Error(drafts.reason);
    for (const draft of withAlertRequests(state, drafts, [routing()], at(0), () => 'SEV-1')) {
      const seq = state.head + 1;
      state = hubRecord.evolve(state, { ...draft, id: `id-${seq}`, incident: 'hub', seq, recorded: at(0) } as never);
      const { kind, data } = draft as HubDraft;
      if (kind === 'delivery_requested') kinds.push(`${data.kind} ${data.alert?.since ?? ''}`);
    }
  };
  // Nobody was called: nobody outside knows of it.
  tell({ kind: 'acknowledge_alert', alert: 'quiet', forMs: 60_000 });
  tell({ kind: 'page_alert', ...alert, level: 'L1', why: '' });
  tell({ kind: 'acknowledge_alert', alert: 'a1', forMs: 60_000 });
  tell({ kind: 'end_episode', alert: 'a1', why: 'over' });
  tell({ kind: 'page_alert', ...alert, alert: 'a2', level: 'L1', why: '' });
  tell({ kind: 'end_episode', alert: 'a2', why: 'incident' });
  expect(kinds).toEqual([`page ${at(0)}`, `acknowledged ${at(0)}`, `resolved ${at(0)}`, `page ${at(0)}`]);
});

test('a delivery goes its way, and nothing is sent twice', () => {
  const told = new Told([routing({ events: ['declared'] })]).steps(declare('SEV-1'));
  const id = told.idOf('declared');
  const now = (): Told['state']['deliveries'] => told.state.deliveries;
  expect(now().open).toMatchObject([{ id, state: 'waiting', attempts: 0 }]);
  told.hub({ kind: 'begin_delivery', id, attempt: 1 });
  expect(now().open).toMatchObject([{ isSent: true, attempts: 1 }]);
  const begin = (attempt: number) => told.ask('hub', { kind: 'begin_delivery', id, attempt }, 9, { actor: HUB });
  expect(begin(1)).toMatchObject({ refused: 'conflict' });
  told.hub({ kind: 'record_failure', id, error: 'down', retryAt: at(10) });
  expect(now().open).toMatchObject([{ state: 'waiting', lastError: 'down', retryAt: at(10) }]);
  expect(now().open[0]).not.toHaveProperty('isSent');
  told.hub({ kind: 'begin_delivery', id, attempt: 2 }, { kind: 'record_doubt', id, error: 'cut' });
  expect(now()).toMatchObject({ open: [], settled: [{ state: 'in_doubt', isRepeated: true }] });
  expect(begin(3)).toMatchObject({ refused: 'not_found' });
  told.steps(['ana', { kind: 'retry_delivery', id }]);
  told.hub({ kind: 'begin_delivery', id, attempt: 3 }, { kind: 'record_delivered', id, refs: { channel: 'C1' } });
  expect(now()).toMatchObject({
    open: [],
    settled: [{ state: 'delivered', attempts: 3 }],
    refs: { all: { channel: 'C1' } },
  });
  const retry = told.ask('ana', { kind: 'retry_delivery', id });
  expect(retry).toMatchObject({ refused: 'conflict' });
});

test('more than may wait: the oldest that is no page is given up, and the record says so', () => {
  const told = new Told([routing({ events: ['page', 'decision'] })]).steps(declare('SEV-1'));
  told.steps(['ana', { kind: 'escalate', level: 'L1' }]);
  const decide = (n: number): Step => ['ana', { kind: 'note', text: `${n}`, form: 'decision' }];
  told.steps(...Array.from({ length: MOST_OPEN + 4 }, (_, n) => decide(n)));
  const { open, settled } = told.state.deliveries;
  expect(open).toHaveLength(MOST_OPEN);
  expect(open[0]?.kind).toBe('page');
  expect(settled).toHaveLength(5);
  expect(settled.every(({ state, lastError }) => state === 'failed' && lastError?.startsWith('given up'))).toBe(true);
});

test('people are asked to call where no receiver took the page, and to tell what was given up', () => {
  const told = new Told([routing({ events: ['page', 'severity'] })]).steps(
    declare('SEV-1'),
    ['ana', { kind: 'escalate', level: 'L1' }, 1],
    ['ana', { kind: 'set_severity', to: 'SEV-0' }, 1],
  );
  const [page, severity] = [told.idOf('page'), told.idOf('severity')];
  const now = Date.parse(at(9));
  expect(unheardPages(told.state, Date.parse(at(1)))).toEqual([]);
  told.hub(
    { kind: 'begin_delivery', id: page, attempt: 1 },
    { kind: 'record_failure', id: page, error: '500', retryAt: at(10) },
  );
  told.hub(
    { kind: 'begin_delivery', id: severity, attempt: 1 },
    { kind: 'record_failure', id: severity, error: 'answered 404' },
  );
  expect(unheardPages(told.state, now)).toMatchObject([
    { text: 'call somebody for L1: all did not take the page', dueAt: at(1), command: `warroom deliver again ${page}` },
  ]);
  expect(undelivered(told.state, now)).toMatchObject([
    { text: 'all did not get severity SEV-0: answered 404', command: `warroom deliver again ${severity}` },
  ]);
  told.hub({ kind: 'begin_delivery', id: page, attempt: 2 }, { kind: 'record_delivered', id: page });
  expect(unheardPages(told.state, now)).toEqual([]);
});

test('for an alert without an incident, too, people are asked to call whose page no receiver took', () => {
  const alert = { alert: 'a1', rule: 'Disk', state: 'firing', severity: 'SEV-1', summary: 'disk is full' } as const;
  const since = at(0);
  const paged = [{ level: 'L1', name: 'ana', at: at(0) }];
  const asked = (more: Partial<AskingAlert>, ...deliveries: readonly Delivery[]): readonly string[] =>
    nextItems(null, {
      now: Date.parse(at(1)),
      policy: HANDBOOK_POLICY,
      me: 'ana',
      alerts: [{ ...alert, since, paged, ...more }],
      deliveries,
    }).map(({ text }) => text);
  const about = { kind: 'page', about: 1, severity: 'SEV-1', status: null, alert: { name: 'a1', since } } as const;
  const sent = (receiver: string, more: Partial<Delivery> = {}): Delivery => ({
    ...about,
    id: receiver,
    receiver,
    at: at(0),
    state: 'failed',
    attempts: 1,
    sentAt: null,
    settledAt: null,
    lastError: '500',
    ...more,
  });
  const call = 'call ana (L1) for disk is full: pd, mail did not take the page';
  expect(asked({}, sent('pd'), sent('mail', { state: 'waiting' }))).toEqual([call, 'SEV-1 disk is full']);
  expect(asked({}, sent('pd'), sent('mail', { state: 'delivered' }))).toEqual(['SEV-1 disk is full']);
  expect(asked({}, sent('pd', { alert: { name: 'a2', since } }))).toEqual(['SEV-1 disk is full']);
  expect(asked({ acked: { by: 'bob', until: at(9) } }, sent('pd'))).toEqual([]);
  expect(asked({ incident: 'elsewhere' }, sent('pd'))).toEqual([]);
  expect(asked({ silencedUntil: at(9) }, sent('pd'))).toEqual([]);
  // The silence is over, although the hub has not said so yet.
  expect(asked({ silencedUntil: at(1) }, sent('pd'), sent('mail'))).toEqual([call, 'SEV-1 disk is full']);
});

test('a public update that did not get out is asked for before other work, also while it is tried again', () => {
  const told = new Told([routing({ name: 'status', events: ['update'] })]).steps(
    declare('SEV-1'),
    ['ana', { kind: 'assign_role', role: 'ic', name: 'ana' }],
    ['ana', { kind: 'acknowledge' }],
    ['ana', { kind: 'update_public', text: 'we know of it' }],
  );
  const id = told.idOf('update');
  const seq = told.state.deliveries.open[0]?.about;
  const asked = (): readonly string[] =>
    nextItems(told.state, { now: Date.parse(at(9)), policy: HANDBOOK_POLICY, me: 'bob' }).map(({ text }) => text);
  const failed = `public update #${seq} did not reach status: 401`;
  const begin = (attempt: number) => ({ kind: 'begin_delivery', id, attempt }) as const;
  told.hub(begin(1), { kind: 'record_failure', id, error: '500', retryAt: at(10) });
  expect(asked()[0]).toBe(`public update #${seq} did not reach status: 500`);
  told.hub(begin(2), { kind: 'record_failure', id, error: '401' });
  expect(asked()[0]).toBe(failed);
  told.steps(['ana', { kind: 'set_status', to: 'cancelled' }]);
  expect(asked()).toContain(failed);
  told.steps(['ana', { kind: 'confirm_delivery', id }]);
  expect(asked()).not.toContain(failed);
});

test('whatever is recorded of deliveries, the queue stays bounded, whole and in order, and can be read back', () => {
  const ids = fc.integer({ min: 1, max: 60 }).map((n) => `id-${n}`);
  // Names of our own; some, such as `prototype`, are never read back.
  const refs = fc.string().map((name) => `ref ${name}`);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('delivery_requested'), receiver: fc.constantFrom('a', 'b') }),
    fc.record({ kind: fc.constant('delivery_sent'), id: ids, attempt: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('delivery_delivered'), id: ids, refs: fc.dictionary(refs, fc.string()) }),
    fc.record({
      kind: fc.constantFrom('delivery_failed', 'delivery_in_doubt'),
      id: ids,
      error: fc.string(),
      retryAt: fc.option(fc.constant(at(5)), { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('delivery_retried'), id: ids }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      let { state } = new Story();
      for (const [index, { kind, ...fields }] of steps.entries()) {
        const seq = index + 1;
        const request = { kind: 'status', about: seq, severity: 'SEV-1', status: 'investigating' };
        const data = kind === 'delivery_requested' ? { ...request, ...fields } : JSON.parse(JSON.stringify(fields));
        const by = { name: 'hub', role: 'system' };
        const event = { kind, data, id: `id-${seq}`, seq, recorded: at(index), at: at(index), by, incident: state.id };
        state = evolve(state, event as unknown as Event);
        const { open, settled, refs } = state.deliveries;
        const all = [...open, ...settled].map(({ id }) => id);
        expect(new Set(all).size).toBe(all.length);
        expect(open.map(({ about }) => about)).toEqual(open.map(({ about }) => about).toSorted((a, b) => a - b));
        expect(open.every((one) => one.state === 'waiting' || one.retryAt !== undefined)).toBe(true);
        expect(settled.every((one) => one.state !== 'waiting' && one.isSent !== true)).toBe(true);
        expect(settled.length).toBeLessThanOrEqual(50);
        expect(Object.values(refs).every((kept) => Object.keys(kept).length <= 30)).toBe(true);
      }
      expect(readIncident(JSON.parse(JSON.stringify(state)))?.deliveries).toEqual(state.deliveries);
    }),
    { numRuns: 60 },
  );
});

test('what is missed: not what just began, a test, what was overtaken, or what is long past', () => {
  const told = new Told([routing({ events: ['declared'] })]).steps(declare('SEV-1'));
  const [one] = told.state.deliveries.open;
  if (one === undefined) throw new Error('nothing is open');
  const [soon, later] = [Date.parse(one.at) + 5_000, Date.parse(one.at) + 15_000];
  expect([isMissing(one, soon), isMissing(one, later)]).toEqual([false, true]);
  expect(isMissing({ ...one, lastError: 'refused' }, soon)).toBe(true);
  expect(isMissing({ ...one, kind: 'test' }, later)).toBe(false);
  expect(isMissing({ ...one, state: 'failed' }, later)).toBe(true);
  expect(isMissing({ ...one, state: 'failed', isOvertaken: true }, later)).toBe(false);
  expect(isMissing({ ...one, state: 'in_doubt' }, later + 25 * 3_600_000)).toBe(false);
  expect(NO_DELIVERIES.open).toEqual([]);
});

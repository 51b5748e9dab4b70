/** Who is called for alerts alone: whatever happens to alert and hub, each level of an episode once, and none after an acknowledgement. */
import { expect, test } from 'vitest';
import type { EpisodeEnd } from '../../src/incident/alert-paging.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import { hubRecord, type HubEvent, type HubRecordCommand } from '../../src/incident/hub-record.ts';
import { blankHubState, readHubState, type HubState } from '../../src/incident/hub-state.ts';
import { alertPaging, type FiringAlert } from '../../src/incident/policies.ts';
import { newRound } from '../../src/incident/paging.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import fc from '../support/property.ts';
import { MINUTE, ON_CALL } from './paged.ts';
import { at, START } from './story.ts';

const ALERT = 'Memory{target="cache"}';

/** A hub's record, and an alert that it sees. */
class Watch {
  state: HubState = blankHubState;
  readonly events: HubEvent[] = [];
  minutes = 0;
  fires = false;
  quiet: FiringAlert['quiet'] = null;
  isUnknown = false;
  isFlapping = false;

  asks(name: string, command: HubRecordCommand): void {
    const via = name === 'hub' ? 'hub' : 'console';
    const context = { now: at(this.minutes), actor: { name, via } as const, onCall: () => ON_CALL };
    const answer = hubRecord.decide(this.state, command, context);
    if (isRefusal(answer)) return;
    for (const draft of answer) {
      const seq = this.state.head + 1;
      const event = { ...draft, id: `e${seq}`, incident: 'hub', seq, recorded: at(this.minutes) } as HubEvent;
      this.state = hubRecord.evolve(this.state, event);
      this.events.push(event);
    }
  }

  /** As the hub does with each step; twice, as two hubs would. */
  evaluate(): this {
    const firing: FiringAlert = {
      alert: ALERT,
      severity: 'SEV-1',
      summary: 'it is full',
      route: 'cache',
      since: at(this.minutes),
      isUnknown: this.isUnknown,
      quiet: this.quiet,
    };
    const now = START + this.minutes * MINUTE;
    const isOver = (): boolean => !this.isFlapping;
    const { commands } = alertPaging(this.fires ? [firing] : [], isOver, this.state, now, HANDBOOK_POLICY);
    for (const { command } of [...commands, ...commands]) this.asks('hub', command);
    return this;
  }

  at(minutes: number, change: Partial<Pick<Watch, 'fires' | 'quiet' | 'isUnknown' | 'isFlapping'>> = {}): this {
    this.minutes = minutes;
    Object.assign(this, change);
    return this.evaluate();
  }

  acknowledge(minutes: number): this {
    this.minutes = minutes;
    this.asks('eve', { kind: 'acknowledge_alert', alert: ALERT, forMs: 30 * MINUTE });
    return this.evaluate();
  }

  get did(): readonly string[] {
    return this.events.map((event) => {
      const minute = (Date.parse(event.recorded) - START) / MINUTE;
      const what = 'level' in event.data ? event.data.level : 'why' in event.data ? event.data.why : '';
      return `${minute} ${event.kind}${what === '' ? '' : ` ${what}`}`;
    });
  }
}

test.each<readonly [string, () => Watch, readonly string[]]>([
  [
    'L1 at once, L2 at the deadline, L3 half an hour later',
    () => new Watch().at(1, { fires: true }).at(5).at(6).at(20).at(36).at(99),
    ['1 paged L1', '6 paged L2', '36 paged L3'],
  ],
  ['nobody while nothing is known of it', () => new Watch().at(1, { fires: true, isUnknown: true }).at(9), []],
  [
    'once called, it goes on although nothing is known',
    () => new Watch().at(1, { fires: true }).at(6, { isUnknown: true }),
    ['1 paged L1', '6 paged L2'],
  ],
  [
    'acknowledged, expired, paged anew',
    () => new Watch().at(1, { fires: true }).acknowledge(3).at(32).at(33).at(33).at(38),
    ['1 paged L1', '3 alert_acknowledged', '33 acknowledgement_expired', '33 paged L1', '38 paged L2'],
  ],
  [
    'over and again: another episode; the acknowledgement ended with it',
    () => new Watch().at(1, { fires: true }).acknowledge(2).at(4, { fires: false }).at(5, { fires: true }),
    ['1 paged L1', '2 alert_acknowledged', '4 episode_ended over', '5 paged L1'],
  ],
  [
    'flapping: the same episode',
    () => new Watch().at(1, { fires: true, isFlapping: true }).at(2, { fires: false }).at(3, { fires: true }),
    ['1 paged L1'],
  ],
  [
    'silenced, inhibited or in an incident: its paging ends, and begins anew',
    () => new Watch().at(1, { fires: true }).at(3, { quiet: 'silenced' }).at(9).at(40, { quiet: null }).at(45),
    ['1 paged L1', '3 episode_ended silenced', '40 paged L1', '45 paged L2'],
  ],
  [
    'the hub was down when L2 was due: it asks, once',
    () => new Watch().at(1, { fires: true }).at(12).at(13),
    ['1 paged L1', '12 escalation_held L2'],
  ],
])('%s', (_what, watch, expected) => {
  expect(watch().did).toEqual(expected);
});

test('whatever happens: each level of an episode once, and nobody while somebody is on it', () => {
  const mostly = (usual: boolean) => fc.constantFrom(usual, usual, usual, !usual);
  const step = fc.record({
    minutes: fc.integer({ min: 0, max: 20 }),
    fires: mostly(true),
    quiet: fc.constantFrom<Exclude<EpisodeEnd, 'over'> | null>(null, null, null, 'silenced', 'incident'),
    isUnknown: mostly(false),
    isFlapping: mostly(false),
    acknowledges: mostly(false),
  });
  let pages = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const watch = new Watch();
      for (const { minutes, acknowledges, ...change } of steps) {
        watch.at(watch.minutes + minutes, change);
        if (acknowledges && watch.fires) watch.acknowledge(watch.minutes);
        // What a hub keeps is read again by the next.
        watch.state = readHubState(JSON.parse(JSON.stringify(watch.state))) ?? blankHubState;
      }
      let [until, called] = ['', new Set<string>()];
      for (const { kind, data, recorded } of watch.events) {
        if (kind === 'alert_acknowledged') until = data.until;
        if (kind === 'acknowledgement_expired') called = new Set();
        if (kind === 'episode_ended') [until, called] = [data.why === 'over' ? '' : until, new Set()];
        if (kind !== 'paged') continue;
        pages++;
        expect(recorded >= until).toBe(true);
        expect(called.has(data.level)).toBe(false);
        called.add(data.level);
      }
    }),
  );
  expect(pages).toBeGreaterThan(40);
});

test('the paging that is kept is bounded, and a state of an older hub has none', () => {
  let state = blankHubState;
  for (let n = 1; n <= 2_100; n++) {
    const data = { alert: `a${n}`, since: at(0), ackDueAt: at(5), level: 'L1', name: 'ana', route: 'r', why: 'x' };
    const event = { id: `e${n}`, at: at(0), recorded: at(0), by: { name: 'hub' }, seq: n, kind: 'paged', data };
    state = hubRecord.evolve(state, event as unknown as HubEvent);
    // Just below what is kept; the rest goes on from a state that the fold made.
    if (n === 1) {
      const { a1: first } = state.paging;
      n = 1_990;
      state = { ...state, paging: Object.fromEntries(Array.from({ length: n }, (_, i) => [`a${i + 1}`, first!])) };
    }
  }
  expect(Object.keys(state.paging)).toHaveLength(2_000);
  expect(state.paging['a2100']?.pages).toHaveLength(1);
  const { paging: _, ...older } = blankHubState;
  expect(readHubState(older)).toEqual(blankHubState);
});

test('whoever is called reads what the alert says, not only its name', () => {
  const [page] = new Watch().at(1, { fires: true }).events;
  expect(page && hubRecord.sentence(page)).toMatch(/^PAGED L1 .* for .*: it is full$/);
});

test('a flood calls a person for 20 alerts; a worse one still calls', () => {
  const flood = Array.from({ length: 100 }, (_, n): FiringAlert => ({
    alert: `a${n}`,
    severity: 'SEV-2',
    summary: '',
    route: 'cache',
    since: at(1),
    isUnknown: false,
    quiet: null,
  }));
  const called = (firing: readonly FiringAlert[], state: HubState): readonly string[] =>
    alertPaging(firing, () => false, state, START + MINUTE, HANDBOOK_POLICY).commands.map(
      ({ command }) => command.alert,
    );
  const first = called(flood, blankHubState);
  expect(first).toHaveLength(20);
  const round = { ...newRound('cache', at(1), at(6)), pages: [{ level: 'L1' as const, name: 'ana', at: at(1) }] };
  const paging = Object.fromEntries(first.map((alert) => [alert, round]));
  expect(called(flood, { ...blankHubState, paging })).toEqual([]);
  const [some] = flood;
  const worse = { ...(some as FiringAlert), alert: 'worse', severity: 'SEV-1' as const };
  const elsewhere = { ...(some as FiringAlert), alert: 'elsewhere', route: 'web' };
  expect(called([...flood, elsewhere, worse], { ...blankHubState, paging })).toEqual(['worse', 'elsewhere']);
});

test('an alert with the name of what every object has is paged, acknowledged and ended as any other', () => {
  const alert = 'constructor';
  const one = {
    alert,
    severity: 'SEV-1',
    summary: 's',
    route: 'cache',
    since: at(0),
    isUnknown: false,
    quiet: null,
  } as const;
  const paged = (state: HubState) => alertPaging([one], () => true, state, START, HANDBOOK_POLICY).commands;
  expect(paged(blankHubState)).toMatchObject([{ command: { kind: 'page_alert', alert } }]);
  const watch = new Watch();
  watch.asks('hub', {
    kind: 'page_alert',
    alert,
    since: at(0),
    route: 'cache',
    ackMs: MINUTE,
    level: 'L1',
    why: 'it fires',
  });
  expect(watch.state.paging).toHaveProperty(alert);
  watch.asks('ana', { kind: 'acknowledge_alert', alert, forMs: MINUTE });
  expect(watch.state.acknowledgements[alert]).toMatchObject({ by: 'ana' });
  expect(paged(watch.state)).toEqual([]);
  watch.asks('hub', { kind: 'end_episode', alert, why: 'over' });
  expect([watch.state.paging, watch.state.acknowledgements]).toEqual([{}, {}]);
});

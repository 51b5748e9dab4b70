/** Whatever the line does to the messages, a console ends with what the hub has. */
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { asking, fold, newReplica, type Replica } from '../../src/client/replica.ts';
import type { Event } from '../../src/incident/event.ts';
import { evolve } from '../../src/incident/topics/index.ts';
import { blankIncident } from '../../src/incident/incident.ts';
import type { FromHub } from '../../src/protocol/messages.ts';

const incident = '2026-11-23-x';
const at = '2026-11-23T14:02:00.000Z';
const note = (seq: number): Event => ({
  id: `id-${seq}`,
  incident,
  seq,
  at,
  recorded: at,
  by: { name: 'ana', role: 'responder' },
  via: 'console',
  level: 'normal',
  visibility: 'internal',
  kind: 'noted',
  data: { text: `entry ${seq}`, form: seq % 3 === 0 ? 'question' : 'note' },
});
const record = (length: number): Event[] => Array.from({ length }, (_, index) => note(index + 1));
const told = (events: readonly Event[]): Extract<FromHub, { type: 'events' }> => ({ type: 'events', incident, events });

/** What the hub answers to `follow`, as the desk does it, with a small limit before it sends a snapshot. */
function follow(log: readonly Event[], epoch: string, replica: Replica): FromHub[] {
  const head = log.length;
  const resumes = replica.epoch === epoch && replica.last <= head && head - replica.last <= 6;
  const whole = !resumes && head <= 6;
  const tailFrom = Math.max(1, head - 3 + 1);
  const snapshot =
    resumes || whole ? null : { seq: head, state: log.reduce(evolve, blankIncident(incident)), tailFrom };
  const after = resumes ? replica.last : whole ? 0 : tailFrom - 1;
  return [
    { type: 'following', incident, epoch, head, mode: resumes ? 'resume' : 'reset', snapshot },
    told(log.slice(after)),
  ];
}

const play = (replica: Replica, messages: readonly FromHub[]): { replica: Replica; resume: boolean } => {
  let resume = false;
  for (const message of messages) {
    if (message.type !== 'following' && message.type !== 'events') continue;
    const step = fold(replica, message);
    replica = step.replica;
    resume ||= step.resume;
  }
  return { replica, resume };
};

test('any interleaving of entries, losses, repeats, cuts and new epochs ends equal to the record', () => {
  const happening = fc.oneof(
    fc.record({ what: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }), lost: fc.boolean() }),
    fc.record({ what: fc.constant('repeat' as const), from: fc.nat(12), count: fc.nat(5) }),
    fc.record({ what: fc.constant('reconnect' as const), cutAfter: fc.nat(2) }),
    fc.record({ what: fc.constant('epoch' as const), keep: fc.nat(10) }),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      let log = record(1);
      let epoch = 'a';
      let replica = newReplica(incident);
      const reconnect = (cutAfter: number): void => {
        replica = asking(replica);
        replica = play(replica, follow(log, epoch, replica).slice(0, cutAfter)).replica;
      };
      for (const one of happenings) {
        if (one.what === 'append') {
          const fresh = Array.from({ length: one.count }, (_, index) => note(log.length + 1 + index));
          log = [...log, ...fresh];
          if (!one.lost && play(replica, [told(fresh)]).resume) reconnect(2);
          else if (!one.lost) replica = play(replica, [told(fresh)]).replica;
        } else if (one.what === 'repeat') {
          const before = replica;
          const events = log.slice(one.from, one.from + one.count).filter(({ seq }) => seq <= replica.last);
          replica = play(replica, [told(events)]).replica;
          expect(replica).toEqual(before);
        } else if (one.what === 'reconnect') reconnect(one.cutAfter);
        else {
          log = record(Math.max(1, Math.min(one.keep, log.length)));
          epoch += 'x';
        }
      }
      for (let tries = 0; tries < 2; tries++) reconnect(2);
      const folded = log.reduce(evolve, blankIncident(incident));
      expect(replica.state).toEqual(folded);
      expect(replica.last).toBe(log.length);
      expect(replica.events).toEqual(log.slice(log.length - replica.events.length));
      expect(replica.events.length).toBeGreaterThan(0);
    }),
    { numRuns: Number(process.env['WARROOM_LONG'] ?? 300) },
  );
});

test('a gap changes nothing and asks again', () => {
  const live = play(newReplica(incident), follow(record(3), 'a', newReplica(incident))).replica;
  const { replica, resume } = fold(live, told([note(5)]));
  expect(resume).toBe(true);
  expect(replica).toBe(live);
});

test('older pages join at the front only where they fit', () => {
  const log = record(20);
  const live = play(newReplica(incident), follow(log, 'a', newReplica(incident))).replica;
  expect(live.events.map(({ seq }) => seq)).toEqual([18, 19, 20]);
  const apart = fold(live, { ...told(log.slice(4, 9)), page: true }).replica;
  expect(apart).toBe(live);
  const joined = fold(live, { ...told(log.slice(9, 18)), page: true }).replica;
  expect(joined.events[0]?.seq).toBe(10);
  expect(joined.state).toBe(live.state);
});

test('an entry that was amended or retracted is never shown as if it were not, however much was corrected', () => {
  const kinds = fc.constantFrom('note', 'amend', 'retract', 'pin');
  const length = { minLength: 350, maxLength: 600 };
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, fc.nat()), length), fc.integer({ min: 1, max: 60 }), (made, step) => {
      const log = made.map(([kind, about], index): Event => {
        const { id, ...written } = note(index + 1);
        const event = { ...written, id, ref: 1 + (about % Math.max(1, index)) };
        if (kind === 'amend')
          return { ...event, kind: 'amended', data: { text: `${event.seq} ${'long '.repeat(90)}`, why: 'w' } };
        if (kind === 'retract') return { ...event, kind: 'retracted', data: { why: 'no' } };
        return kind === 'pin' ? { ...event, kind: 'pinned', data: { pinned: about % 3 > 0 } } : { ...written, id };
      });
      const state = log.slice(0, -20).reduce(evolve, blankIncident(incident));
      expect(Object.keys(state.annotations).length).toBeLessThanOrEqual(150);
      /** Told once the console holds all entries; before that at least that something became of it. */
      const check = ({ events, annotations, last }: Replica): void => {
        for (const { seq } of events) {
          const about = log.slice(0, Math.max(last, state.head)).filter(({ ref }) => ref === seq);
          const note = annotations[seq];
          expect(note?.retracted != null).toBe(about.some(({ kind }) => kind === 'retracted'));
          const texts = about.flatMap((event) => (event.kind === 'amended' ? [event.data.text ?? ''] : []));
          if (last >= state.head) expect((note?.amends ?? []).map(({ text }) => text)).toEqual(texts);
          else expect(note?.amends.at(-1)?.text?.slice(0, 100)).toBe(texts.at(-1)?.slice(0, 100));
          const pins = about.flatMap((event) => (event.kind === 'pinned' ? [event.data.pinned] : []));
          if (last >= state.head) expect(note?.pinned ?? false).toBe(pins.at(-1) ?? false);
        }
      };
      let replica = newReplica(incident);
      const take = (message: FromHub): void => {
        replica = play(replica, [message]).replica;
        check(replica);
      };
      const tailFrom = state.head - 199;
      const snapshot = { seq: state.head, state, tailFrom };
      take({ type: 'following', incident, epoch: 'a', head: state.head, mode: 'reset', snapshot });
      for (let at = tailFrom - 1; at < log.length; at += step) take(told(log.slice(at, at + step)));
      for (let first = tailFrom; first > 1; first -= step)
        take({ ...told(log.slice(Math.max(0, first - 1 - step), first - 1)), page: true });
      expect(replica.events).toEqual(log);
    }),
    { numRuns: 6 },
  );
});

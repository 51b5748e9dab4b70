/** The hub's own record: silences, acknowledgements, on-call overrides, what systems outside report, digests, and deliveries about no incident. */
import * as v from 'valibot';
import { acknowledgedPaging, alertPagingTopic } from './alert-paging.ts';
import { refuse } from './decision.ts';
import { aggregate, command, drafting, event, internal } from './hub-state.ts';
import { intakeTopic } from './intake.ts';
import { isActorName, nameRule } from './person-name.ts';
import { plus } from './policy.ts';
import { instant, maybe, personName, short, time, ulid, whole, why } from './shapes.ts';
import { deliveriesTopic } from './topics/deliveries.ts';
import { digestsTopic } from './topics/digests.ts';
import { ownValue, type AnyEvent, type CommandOf, type DraftOf, type EventOf } from './topic.ts';
import { throughWhat, type Instant } from './vocabulary.ts';

export const HUB_STREAM = 'hub';

const DAY_MS = 86_400_000;
const MAX_SILENCE_MS = 30 * DAY_MS;
const MAX_SILENCES = 200;
const MAX_SILENCES_PER_PERSON = 50;
/** Kept in the state; beyond it the first to end are dropped. */
const KEPT = { silences: 500, acknowledgements: 2_000, overrides: 500 } as const;
/** On-call overrides that have not ended. */
const MAX_OVERRIDES = 200;
const MAX_OVERRIDE_MS = 366 * DAY_MS;

/** The `count` that end last, in order. */
function lasting<T>(all: readonly T[], count: number, untilOf: (one: T) => Instant): readonly T[] {
  if (all.length <= count) return all;
  const kept = new Set([...all].sort((a, b) => (untilOf(a) < untilOf(b) ? 1 : -1)).slice(0, count));
  return all.filter((one) => kept.has(one));
}

const endOf = ({ until }: { readonly until: Instant }): Instant => until;

const events = {
  silenced: event({
    shape: v.object({ matcher: v.string(), why: v.string(), until: time }),
    fold({ silences }, { id, by, recorded, data }) {
      const dayBefore = plus(recorded, -DAY_MS);
      const others = silences.filter(({ until }) => until > dayBefore);
      return { silences: lasting([...others, { ...data, id, by: by.name }], KEPT.silences, endOf) };
    },
    sentence: ({ data }) => `silenced ${data.matcher} until ${data.until}: ${data.why}`,
  }),
  silence_ended: event({
    shape: v.object({ id: v.string() }),
    fold: ({ silences }, { at, data }) => ({
      silences: silences.map((silence) => (silence.id === data.id ? { ...silence, until: at } : silence)),
    }),
    sentence: ({ data }) => `ended the silence ${data.id}`,
  }),
  alert_acknowledged: event({
    shape: v.object({ alert: v.string(), until: time }),
    fold({ acknowledgements, paging }, { at, by, recorded, data: { alert, until } }) {
      const others = Object.entries(acknowledgements).filter(
        // One that expired is needed until that is recorded.
        ([key, ack]) => key !== alert && (ack.until > recorded || ownValue(paging, key) !== undefined),
      );
      const all = [...others, [alert, { by: by.name, at, until }] as const];
      return {
        acknowledgements: Object.fromEntries(lasting(all, KEPT.acknowledgements, ([, ack]) => ack.until)),
        paging: acknowledgedPaging(paging, alert),
      };
    },
    sentence: ({ via, data }) => `acknowledged ${data.alert}${throughWhat(via)} until ${data.until}`,
  }),
  oncall_overridden: event({
    shape: v.object({ rotation: v.string(), name: v.string(), from: time, until: time, why: v.string() }),
    fold: ({ overrides }, { id, by, data }) => ({
      overrides: lasting([{ ...data, id, by: by.name }, ...overrides], KEPT.overrides, endOf),
    }),
    sentence: ({ data }) =>
      `put ${data.name} on call for ${data.rotation} from ${data.from} until ${data.until}: ${data.why}`,
  }),
  /** What is left of it does not count; what has been stays as it was. */
  oncall_override_withdrawn: event({
    shape: v.object({ id: v.string() }),
    fold: ({ overrides }, { at, data }) => ({
      overrides: overrides.flatMap((override) => {
        if (override.id !== data.id || override.until <= at) return [override];
        return override.from >= at ? [] : [{ ...override, until: at }];
      }),
    }),
    sentence: ({ data }) => `withdrew the on-call override ${data.id}`,
  }),
};
const draft = drafting(events);

const topic = {
  events,
  commands: {
    silence: command({
      shape: v.object({ matcher: short(500), why, until: instant }),
      pending: (silence) => `silence ${silence.matcher}: ${silence.why}`,
      decide(state, silence, context) {
        const reason = silence.why.trim();
        const leftMs = Date.parse(silence.until) - Date.parse(context.now);
        const holding = state.silences.filter(({ until }) => until > context.now);
        const mine = holding.filter(({ by }) => by === context.actor.name);
        if (reason === '') return refuse('invalid', 'a silence says why');
        if (!(leftMs > 0)) return refuse('invalid', `a silence ends in the future; ${silence.until} is past`);
        if (leftMs > MAX_SILENCE_MS) return refuse('invalid', 'a silence lasts 30 days at most');
        if (mine.length >= MAX_SILENCES_PER_PERSON || holding.length >= MAX_SILENCES)
          return refuse(
            'not_now',
            `there are ${holding.length} silences, ${mine.length} of them yours; end some first`,
          );
        const until = new Date(silence.until).toISOString();
        return [draft(state, context, 'silenced', { matcher: silence.matcher, why: reason, until })];
      },
    }),
    unsilence: command({
      shape: v.object({ id: ulid }),
      pending: () => 'end a silence',
      decide(state, { id }, context) {
        if (!state.silences.some((silence) => silence.id === id && silence.until > context.now))
          return refuse('not_found', `there is no silence ${id}, or it has ended`);
        return [draft(state, context, 'silence_ended', { id })];
      },
    }),
    /** `forMs`: how long it lasts. `at`: when it was acknowledged, if earlier. */
    acknowledge_alert: internal({
      shape: v.object({ alert: short(300), forMs: whole(1), at: maybe(instant) }),
      decide(state, { alert, forMs, at }, context) {
        const known = ownValue(state.acknowledgements, alert);
        const current = known !== undefined && known.until > context.now ? known : null;
        const me = context.actor.name;
        const until = plus(context.now, forMs);
        if (current !== null && current.by !== me)
          return refuse('conflict', `${current.by} acknowledged it at ${current.at.slice(11, 19)}Z`);
        return [draft(state, context, 'alert_acknowledged', { alert, until }, { at: at ?? current?.at })];
      },
    }),
    /** That rotation and person exist is checked before, against the plan of the moment. */
    override_oncall: command({
      shape: v.object({ rotation: short(100), name: personName, from: instant, until: instant, why }),
      pending: ({ rotation, name }) => `put ${name} on call for ${rotation}`,
      decide(state, { rotation, name, from, until, why }, context) {
        const [begin, end] = [new Date(from).toISOString(), new Date(until).toISOString()];
        if (why.trim() === '') return refuse('invalid', 'an override says why');
        if (end <= begin) return refuse('invalid', 'an override ends after it begins');
        if (end <= context.now) return refuse('invalid', `an override ends in the future; ${end} is past`);
        if (Date.parse(end) - Date.parse(begin) > MAX_OVERRIDE_MS)
          return refuse('invalid', 'an override lasts a year at most');
        if (state.overrides.filter((one) => one.until > context.now).length >= MAX_OVERRIDES)
          return refuse('not_now', `there are ${MAX_OVERRIDES} overrides; withdraw some first`);
        return [
          draft(state, context, 'oncall_overridden', { rotation, name, from: begin, until: end, why: why.trim() }),
        ];
      },
    }),
    withdraw_override: command({
      shape: v.object({ id: ulid }),
      pending: () => 'withdraw an on-call override',
      decide(state, { id }, context) {
        if (!state.overrides.some((override) => override.id === id && override.until > context.now))
          return refuse('not_found', `there is no override ${id}, or it is over`);
        return [draft(state, context, 'oncall_override_withdrawn', { id })];
      },
    }),
  },
};

export const HUB_COMMANDS = {
  ...topic.commands,
  ...alertPagingTopic.commands,
  ...intakeTopic.commands,
  ...deliveriesTopic.commands,
  ...digestsTopic.commands,
};

const TOPICS = [topic, alertPagingTopic, intakeTopic, deliveriesTopic, digestsTopic] as const;
type HubTopic = (typeof TOPICS)[number];
export const hubRecord = aggregate<HubTopic>(TOPICS, (_state, _command, { actor }) =>
  actor.via === 'hub' || isActorName(actor.name) ? null : refuse('invalid', nameRule('your name')),
);
export type HubRecordCommand = CommandOf<HubTopic>;
export type HubEvent = EventOf<HubTopic>;
export type HubDraft = DraftOf<HubTopic>;

/** Is its kind known? Its data was validated when it was recorded. */
export const isHubEvent = (event: AnyEvent): event is HubEvent => hubRecord.events.has(event.kind);

/** Deliveries to the outside, of an incident and of the hub's own record: requested, sent, and what became of them. */
import * as v from 'valibot';
import { shortenText } from '../bounds.ts';
import { refuse, type Drafted, type Refusal } from '../decision.ts';
import {
  deliveryInWords,
  deliveryOf,
  MOST_OPEN,
  requestShape,
  surplusOf,
  withDelivery,
  withRefs,
  type Deliveries,
  type Delivery,
  type DeliveryRequest,
} from '../deliveries.ts';
import { instant, maybe, short, time, ulid, whole } from '../shapes.ts';
import { topicsOf, UNCHANGED, type DraftOf, type FoldedHead } from '../topic.ts';
import type { Instant, Via } from '../vocabulary.ts';

interface State extends FoldedHead {
  readonly deliveries: Deliveries;
}
interface Context {
  readonly now: Instant;
  readonly actor: { readonly name: string; readonly via: Via };
}

const { internal, event, drafting } = topicsOf<State, Context>((_state, { actor }) => ({
  by: { name: actor.name, role: actor.via === 'hub' ? 'system' : 'responder' },
  via: actor.via,
}));

const QUIET = { level: 'system', finds: ['delivery'] } as const;
const error = v.string();
/** With `retryAt` it is sent again then; without, a person has to ask for it. */
const missed = v.object({ id: v.string(), error, retryAt: maybe(time) });

/** What `change` makes of the delivery `id`, which may have left the state. */
const changed = (
  { deliveries }: State,
  id: string,
  change: (delivery: Delivery) => Partial<Delivery>,
): Pick<State, 'deliveries'> | typeof UNCHANGED => {
  const delivery = deliveryOf(deliveries, id);
  if (delivery === undefined) return UNCHANGED;
  const { isSent: _, retryAt: __, ...rest } = delivery;
  return { deliveries: withDelivery(deliveries, { ...rest, ...change(delivery) }) };
};

const events = {
  /** Its id is the idempotency key of the message. */
  delivery_requested: event({
    shape: requestShape,
    ...QUIET,
    fold: ({ deliveries }, { id, recorded, data }) => ({
      deliveries: withDelivery(deliveries, {
        ...data,
        id,
        at: recorded,
        state: 'waiting',
        attempts: 0,
        sentAt: null,
        settledAt: null,
      }),
    }),
    sentence: ({ data }) => `${data.receiver} is to be told: ${deliveryInWords(data)}`,
  }),
  /** Recorded before anything leaves. */
  delivery_sent: event({
    shape: v.object({ id: v.string(), attempt: whole(1) }),
    ...QUIET,
    fold: (state, { recorded, data: { id, attempt } }) =>
      changed(state, id, () => ({ state: 'waiting', isSent: true, attempts: attempt, sentAt: recorded })),
    sentence: ({ data: { id, attempt } }) => `delivery ${id} is sent${attempt > 1 ? `, attempt ${attempt}` : ''}`,
  }),
  delivery_delivered: event({
    shape: v.object({ id: v.string(), refs: maybe(v.record(v.string(), v.string())), note: maybe(v.string()) }),
    ...QUIET,
    fold(state, { recorded, data: { id, refs, note } }) {
      const receiver = deliveryOf(state.deliveries, id)?.receiver;
      const settled = changed(state, id, () => ({
        state: 'delivered',
        settledAt: recorded,
        ...(note !== undefined && { note }),
      }));
      if (receiver === undefined || !('deliveries' in settled)) return settled;
      return { deliveries: withRefs(settled.deliveries, receiver, refs) };
    },
    sentence: ({ data: { id, note } }) => `delivery ${id} was taken${note === undefined ? '' : ` (${note})`}`,
  }),
  /** `overtaken`: nobody misses it, because a later one said that it is over, or the entry was retracted. */
  delivery_failed: event({
    shape: v.object({ ...missed.entries, overtaken: maybe(v.literal(true)) }),
    ...QUIET,
    fold: (state, { recorded, data: { id, error, retryAt, overtaken } }) =>
      changed(state, id, () => ({
        state: retryAt === undefined ? 'failed' : 'waiting',
        settledAt: recorded,
        lastError: error,
        ...(retryAt !== undefined && { retryAt }),
        ...(overtaken && { isOvertaken: true }),
      })),
    sentence: ({ data: { id, error, retryAt } }) =>
      `delivery ${id} failed${retryAt === undefined ? ' for good' : ''}: ${error}`,
  }),
  /** It may have arrived. */
  delivery_in_doubt: event({
    shape: missed,
    ...QUIET,
    fold: (state, { recorded, data: { id, error, retryAt } }) =>
      changed(state, id, () => ({
        state: 'in_doubt',
        isRepeated: true,
        settledAt: recorded,
        lastError: error,
        ...(retryAt !== undefined && { retryAt }),
      })),
    sentence: ({ data: { id, error } }) => `delivery ${id} is in doubt: ${error}`,
  }),
  /** A person wants it sent again. */
  delivery_retried: event({
    shape: v.object({ id: v.string() }),
    mark: () => 'quiet',
    finds: ['delivery'],
    fold: (state, { data: { id } }) => changed(state, id, () => ({ state: 'waiting' })),
    sentence: ({ data: { id } }) => `asked to deliver ${id} again`,
  }),
};
const draft = drafting(events);

const unknown = (id: string): Refusal => refuse('not_found', `there is no delivery ${id}`);
const outcome = { id: ulid, error: short(2_000), retryAt: maybe(instant) };

/** Why nothing more may be recorded of the delivery, `byHand` also while it is being sent; null: it may. */
function settledAlready({ deliveries }: State, id: string, byHand = false): Refusal | null {
  const delivery = deliveryOf(deliveries, id);
  if (delivery === undefined) return unknown(id);
  if (delivery.state === 'delivered') return refuse('conflict', 'it was delivered');
  return byHand && delivery.isSent ? refuse('not_now', 'it is being sent') : null;
}

export const deliveriesTopic = {
  events,
  commands: {
    /** Refused when another attempt was recorded meanwhile, so that nothing is sent twice. */
    begin_delivery: internal({
      shape: v.object({ id: ulid, attempt: whole(1) }),
      decide(state, { id, attempt }, context) {
        const delivery = state.deliveries.open.find((one) => one.id === id);
        if (delivery === undefined) return unknown(id);
        if (attempt !== delivery.attempts + 1) return refuse('conflict', `attempt ${delivery.attempts} was made`);
        return [draft(state, context, 'delivery_sent', { id, attempt })];
      },
    }),
    record_delivered: internal({
      shape: v.object({ id: ulid, refs: maybe(v.record(short(100), short(1_000))), note: maybe(short(300)) }),
      decide: (state, { id, refs, note }, context) =>
        settledAlready(state, id) ?? [
          draft(state, context, 'delivery_delivered', { id, refs, note: note && shortenText(note) }),
        ],
    }),
    record_failure: internal({
      shape: v.object({ ...outcome, overtaken: maybe(v.literal(true)) }),
      decide: (state, { id, error, retryAt, overtaken }, context) =>
        settledAlready(state, id) ?? [
          draft(state, context, 'delivery_failed', { id, error: shortenText(error), retryAt, overtaken }),
        ],
    }),
    record_doubt: internal({
      shape: v.object(outcome),
      decide: (state, { id, error, retryAt }, context) =>
        settledAlready(state, id) ?? [
          draft(state, context, 'delivery_in_doubt', { id, error: shortenText(error), retryAt }),
        ],
    }),
    /** Of the hub's own record: that the receiver is configured is checked before. */
    test_delivery: internal({
      shape: v.object({ receiver: short(100) }),
      decide(state, { receiver }, context) {
        const about = state.head + 1;
        const test = { receiver, kind: 'test', about, severity: 'SEV-3', status: null } as const;
        return [draft(state, context, 'delivery_requested', test), ...surplus(state, 1, context)];
      },
    }),
    /** A person asks for one that failed, is in doubt or waits. */
    retry_delivery: internal({
      shape: v.object({ id: ulid }),
      decide: (state, { id }, context) =>
        settledAlready(state, id, true) ?? [draft(state, context, 'delivery_retried', { id })],
    }),
    /** A person knows that it got there, or told it by hand. */
    confirm_delivery: internal({
      shape: v.object({ id: ulid }),
      decide: (state, { id }, context) =>
        settledAlready(state, id, true) ?? [
          draft(
            state,
            context,
            'delivery_delivered',
            { id, note: `said by ${context.actor.name}` },
            { level: 'normal' },
          ),
        ],
    }),
  },
};

/** What gives way to `more` requests, said in the record. */
const surplus = (state: State, more: number, context: Context) =>
  surplusOf(state.deliveries, more).map(({ id }) =>
    draft(state, context, 'delivery_failed', { id, error: `given up: more than ${MOST_OPEN} deliveries wait` }),
  );

/** The drafts that request these deliveries; they go into the record with the entries that they are about. */
export function requestDrafts(
  state: State,
  requests: readonly DeliveryRequest[],
  now: Instant,
): readonly DraftOf<typeof deliveriesTopic>[] {
  const context = { now, actor: { name: 'hub', via: 'hub' } } as const;
  const drafts = [
    ...requests.map((request) => draft(state, context, 'delivery_requested', request)),
    ...surplus(state, requests.length, context),
  ];
  // `drafting` checks that kind and data belong together.
  return drafts as readonly Drafted[] as readonly DraftOf<typeof deliveriesTopic>[];
}

/** The state of the hub's own record, what its decisions know besides, and the tools its topics are made with. */
import * as v from 'valibot';
import { deliveriesShape, NO_DELIVERIES } from './deliveries.ts';
import { pagingShape, type OnCall } from './paging.ts';
import { NO_REPORTS, reportsShape } from './reports.ts';
import { maybe, readAs, textShape, time, timeOrNull, type Fields } from './shapes.ts';
import { topicsOf } from './topic.ts';
import { PEOPLE_VIA, type Instant, type Via } from './vocabulary.ts';

/** Somebody stands in on a rotation of the on-call plan; `id` is that of the `oncall_overridden` event. */
const overrideShape = v.object({
  id: v.string(),
  rotation: v.string(),
  /** Who is on call. */
  name: v.string(),
  from: time,
  until: time,
  why: textShape,
  by: v.string(),
});
export type RecordedOverride = Fields<typeof overrideShape>;

const changeShape = v.object({
  id: v.string(),
  intake: v.string(),
  what: v.string(),
  by: v.string(),
  link: maybe(v.string()),
  key: maybe(v.string()),
  at: time,
  recorded: time,
});
export type ReportedChange = Fields<typeof changeShape>;

const stateShape = v.object({
  head: v.number(),
  recorded: timeOrNull,
  /** Active, and ended within the last day; `id` is that of the `silenced` event. */
  silences: v.array(v.object({ id: v.string(), matcher: v.string(), by: v.string(), why: textShape, until: time })),
  /** By alert: valid until `until`. */
  acknowledgements: v.record(v.string(), v.object({ by: v.string(), at: time, until: time })),
  /** The newest first, also those that are over. */
  overrides: v.array(overrideShape),
  /** By alert that belongs to no incident: who was called. */
  paging: v.optional(v.record(v.string(), pagingShape), {}),
  /** Systems that may report alerts and changes, by name; `hash`: sha256 of the token, hex. */
  intakes: v.optional(v.record(v.string(), v.object({ hash: v.string(), by: v.string(), at: time })), {}),
  /** When each system that reported alerts lost its token. */
  revoked: v.optional(v.record(v.string(), time), {}),
  reports: v.optional(reportsShape, NO_REPORTS),
  /** Reported within the last two hours; `id` is that of the event. */
  changes: v.optional(v.array(changeShape), []),
  deliveries: v.optional(deliveriesShape, NO_DELIVERIES),
  /** By series (topics/digests.ts): nothing that was due until then is still to be made. */
  digests: v.optional(v.record(v.string(), time), {}),
  /** What people left for the next on a rotation, the newest last. */
  handOffNotes: v.optional(v.array(v.object({ rotation: v.string(), text: textShape, by: v.string(), at: time })), []),
});
export type HubState = Fields<typeof stateShape>;
export const blankHubState: HubState = v.parse(stateShape, {
  head: 0,
  recorded: null,
  silences: [],
  acknowledgements: {},
  overrides: [],
});

export interface HubStateContext {
  readonly now: Instant;
  readonly actor: { readonly name: string; readonly via: Via };
  /** Who is on call on a route, now; absent: no on-call is configured. */
  readonly onCall?: (route: string) => OnCall;
}

/** Null: invalid. */
export const readHubState = (raw: unknown): HubState | null => readAs(stateShape, raw);

export const { command, internal, event, drafting, aggregate } = topicsOf<HubState, HubStateContext>(
  (_state, { actor }) => ({
    by: { name: actor.name, role: PEOPLE_VIA.some((via) => via === actor.via) ? 'responder' : 'system' },
    via: actor.via,
  }),
);

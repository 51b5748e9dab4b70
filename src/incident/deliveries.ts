/** What is told to the outside: which entries concern which receiver, and what became of each delivery. Pure. */
import * as v from 'valibot';
import { levelShape } from './paging.ts';
import { isWorse, type Severity } from './severity.ts';
import { maybe, severityShape, statusShape, time, timeOrNull, whole, type Fields } from './shapes.ts';

/** What a message is about; receivers choose by it. */
export const MESSAGE_KINDS = [
  'declared',
  'severity',
  'status',
  /** It is over: resolved, cancelled or merged. */
  'resolved',
  'page',
  'acknowledged',
  'role',
  'decision',
  /** Any other key entry. */
  'entry',
  /** For the public, in words that a person confirmed. */
  'update',
  /** The weekly digest, and the report at a hand-off: only where `events` names them. */
  'digest',
  'handoff',
  'test',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export const DIGEST_KINDS = ['digest', 'handoff'] as const satisfies readonly MessageKind[];
export type DigestKind = (typeof DIGEST_KINDS)[number];
/** It is about no incident and no alert; the first line of its text names it. */
export const isDigest = (kind: unknown): kind is DigestKind => DIGEST_KINDS.some((one) => one === kind);

/** What a receiver is told. */
export interface Routing {
  readonly name: string;
  readonly events: readonly MessageKind[];
  /** Only of incidents that are, or once were, at least this severe. */
  readonly min: Severity;
  /** Only of what is paged on one of these routes; empty: of all. */
  readonly routes: readonly string[];
  /** Drills too. */
  readonly drills: boolean;
}

/** `waiting`: on its way · `in_doubt`: it may have arrived · `failed`: given up. Only `delivered` was taken by the receiver. */
export const DELIVERY_STATES = ['waiting', 'delivered', 'failed', 'in_doubt'] as const;

export const requestShape = v.object({
  receiver: v.string(),
  kind: v.picklist(MESSAGE_KINDS),
  /** The seq of the entry it is about. */
  about: whole(1),
  /** As they were then. Status null: it is about no incident. */
  severity: severityShape,
  status: v.nullable(statusShape),
  /** Of a page. */
  level: maybe(levelShape),
  /** The alert it is about, where it belongs to no incident. */
  alert: maybe(v.object({ name: v.string(), since: time })),
});
export type DeliveryRequest = Fields<typeof requestShape>;

export const deliveryShape = v.object({
  ...requestShape.entries,
  /** The idempotency key: the id of the event that requested it. */
  id: v.string(),
  at: time,
  state: v.picklist(DELIVERY_STATES),
  /** How often it was sent. */
  attempts: whole(0),
  /** It left, and what became of it is not recorded yet. */
  isSent: maybe(v.literal(true)),
  /** When it last left. */
  sentAt: timeOrNull,
  /** An earlier attempt may have arrived. */
  isRepeated: maybe(v.literal(true)),
  /** When it was delivered, or last was not. */
  settledAt: timeOrNull,
  lastError: maybe(v.string()),
  /** A later one said that it is over. */
  isOvertaken: maybe(v.literal(true)),
  /** It is sent again then. */
  retryAt: maybe(time),
  note: maybe(v.string()),
});
export type Delivery = Fields<typeof deliveryShape>;

export const deliveriesShape = v.object({
  /** On their way, the oldest first. */
  open: v.array(deliveryShape),
  /** The last ones that nothing more is done about by itself. */
  settled: v.array(deliveryShape),
  /** By receiver: what earlier deliveries left for later ones, such as the id of a channel. */
  refs: v.record(v.string(), v.record(v.string(), v.string())),
});
export type Deliveries = Fields<typeof deliveriesShape>;
export const NO_DELIVERIES: Deliveries = { open: [], settled: [], refs: {} };

/** Unsettled ones of a record; beyond it the oldest that is no page is given up. */
export const MOST_OPEN = 500;
const KEPT_SETTLED = 50;
const KEPT_REFS = { receivers: 50, keys: 30 } as const;

export const deliveryOf = ({ open, settled }: Deliveries, id: string): Delivery | undefined =>
  open.find((one) => one.id === id) ?? settled.find((one) => one.id === id);

/** Nothing more happens by itself: it was delivered, or a person has to say. */
const isSettled = ({ state, retryAt }: Delivery): boolean => state !== 'waiting' && retryAt === undefined;

/** `deliveries` with `changed` in the place of the one with its id. */
export function withDelivery({ open, settled, refs }: Deliveries, changed: Delivery): Deliveries {
  const others = (all: readonly Delivery[]): readonly Delivery[] => all.filter(({ id }) => id !== changed.id);
  if (isSettled(changed))
    return { refs, open: others(open), settled: [...others(settled), changed].slice(-KEPT_SETTLED) };
  const isOpen = open.some(({ id }) => id === changed.id);
  // One that is taken up again keeps the place of its request.
  if (isOpen) return { refs, settled, open: open.map((one) => (one.id === changed.id ? changed : one)) };
  const isNewest = (open.at(-1)?.about ?? 0) <= changed.about;
  const all = [...open, changed];
  return { refs, settled: others(settled), open: isNewest ? all : all.sort((a, b) => a.about - b.about) };
}

/** `deliveries` with what a delivery to `receiver` left. */
export function withRefs(
  deliveries: Deliveries,
  receiver: string,
  left: Readonly<Record<string, string>> | undefined,
): Deliveries {
  if (left === undefined) return deliveries;
  const { [receiver]: before = {}, ...others } = deliveries.refs;
  const kept = Object.fromEntries(Object.entries({ ...before, ...left }).slice(-KEPT_REFS.keys));
  const all = [...Object.entries(others), [receiver, kept] as const].slice(-KEPT_REFS.receivers);
  return { ...deliveries, refs: Object.fromEntries(all) };
}

/** The deliveries that are given up when `more` are requested: the oldest first, pages last. */
export function surplusOf({ open }: Deliveries, more: number): readonly Delivery[] {
  const count = Math.max(0, open.length + more - MOST_OPEN);
  if (count === 0) return [];
  const isPage = ({ kind }: Delivery): boolean => kind === 'page';
  return [...open.filter((one) => !isPage(one)), ...open.filter(isPage)].slice(0, count);
}

/**
 * Somebody outside should know and does not, after a first attempt or `NOTICED_MS`; or nobody knows whether they do. What
 * was settled days ago is history.
 */
export function isMissing({ kind, state, isOvertaken, lastError, at, settledAt }: Delivery, now: number): boolean {
  if (kind === 'test' || state === 'delivered' || isOvertaken) return false;
  if (state === 'waiting') return lastError !== undefined || now - Date.parse(at) > NOTICED_MS;
  return now - Date.parse(settledAt ?? at) < HISTORY_MS;
}
const NOTICED_MS = 10_000;
const HISTORY_MS = 24 * 3_600_000;

/** `page L2`, `status monitoring`: what it tells, in words. */
export function deliveryInWords({ kind, severity, status, level, alert, about }: DeliveryRequest): string {
  const what: Partial<Record<MessageKind, string>> = {
    declared: `declared ${severity}`,
    severity: `severity ${severity}`,
    status: `status ${status ?? ''}`,
    resolved: status ?? 'resolved',
    page: `page ${level ?? ''}`,
    digest: 'the weekly digest',
    handoff: 'the report at a hand-off',
    test: 'test',
  };
  const words = what[kind] ?? `${kind} #${about}`;
  return alert === undefined ? words : `${words} for ${alert.name}`;
}

/** An entry that somebody outside may be told of. */
export interface DeliverySource {
  readonly request: Omit<DeliveryRequest, 'receiver'>;
  /** The worst it has been. */
  readonly peak: Severity;
  readonly drill: boolean;
  /** Null: nobody is paged for it. */
  readonly route: string | null;
}

/** The deliveries that `told` asks for. */
export const routed = (
  { request, peak, drill, route }: DeliverySource,
  receivers: readonly Routing[],
): readonly DeliveryRequest[] =>
  receivers
    .filter(
      ({ events, min, routes, drills }) =>
        events.includes(request.kind) &&
        !isWorse(min, peak) &&
        (drills || !drill) &&
        (routes.length === 0 || (route !== null && routes.includes(route))),
    )
    .map(({ name }) => ({ receiver: name, ...request }));

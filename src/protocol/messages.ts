/** The messages between hub and console, as JSON text frames: their shapes, and the types derived from them. */
import * as v from 'valibot';
import { incidentShape } from '../incident/incident.ts';
import { deliveryShape } from '../incident/deliveries.ts';
import { figuresShape } from '../incident/figures.ts';
import { followUpShape } from '../incident/follow-up.ts';
import { policyShape } from '../incident/policy.ts';
import { PUBLIC_STATES, TEMPLATE_MAX } from '../incident/public-words.ts';
import {
  incidentIdShape,
  instant,
  labels,
  maybe,
  personName,
  severityShape,
  short,
  time,
  ulid,
  whole,
  type Fields,
  perKey,
} from '../incident/shapes.ts';
import { heldShape, pagesShape } from '../incident/paging.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import { consoleCommand } from './command.ts';
import { oncallTableShape } from '../oncall/plan.ts';
import { answerShape, questionShape } from './questions.ts';
import { readingShape } from './reading.ts';
import { summaryShape } from './summary.ts';

/** The protocol versions spoken here. New kinds, types and optional fields do not raise them (docs/protocol.md). */
interface Versions {
  readonly min: number;
  readonly max: number;
}
export const PROTOCOL: Versions = { min: 3, max: 4 };
/** What a console requires: from version 4 on the hub proves that it knows the token, which is never sent. */
export const DEMANDED: Versions = { min: 4, max: PROTOCOL.max };

/** The newest version that both speak; null: none. */
export function agreed(a: Versions, b: Versions): number | null {
  const version = Math.min(a.max, b.max);
  return version < Math.max(a.min, b.min) ? null : version;
}

/** Why hub and console cannot talk, and which to upgrade; at most 123 bytes, the limit of a WebSocket close reason. */
export function versionsDiffer(hub: Versions, console: Versions): string {
  const range = ({ min, max }: Versions): string => (min === max ? `version ${min}` : `versions ${min} to ${max}`);
  const old = hub.max < console.min ? 'hub' : 'console';
  return `the hub speaks ${range(hub)}, this console ${range(console)}: upgrade warroom where the ${old} runs`;
}

/** Why the hub closed a connection; `retry` false: reconnecting the same way cannot help. */
export const CLOSE = {
  going: { code: 1001, retry: true, reason: 'the hub is going down' },
  malformed: { code: 4400, retry: false, reason: 'that was no message of this protocol' },
  unauthorized: { code: 4401, retry: false, reason: 'the token is unknown, expired or revoked' },
  forbidden: { code: 4403, retry: false, reason: 'this token may not do that' },
  version: { code: 4406, retry: false, reason: 'hub and console speak different versions' },
  silent: { code: 4408, retry: true, reason: 'no hello, or no answer to pings' },
  slow: { code: 4008, retry: true, reason: 'too slow to keep up; resume from where you were' },
  crowded: { code: 4429, retry: true, reason: 'too many connections from this person or address' },
} as const;

const text = v.string();
const finite = v.pipe(v.number(), v.finite());
const isSet = maybe(v.literal(true));
const hex = (digits: number) => v.pipe(text, v.regex(new RegExp(`^[0-9a-f]{${digits}}$`), 'not so many hex digits'));

export const summaries = v.array(summaryShape);

const person = v.object({
  name: text,
  /** How many consoles they have open. */
  consoles: whole(0),
  observer: v.boolean(),
  incident: v.nullable(text),
  since: text,
  typing: isSet,
});
export type Person = Fields<typeof person>;

/** A person who commands an open incident and has no connection. */
const away = v.object({ name: text, since: text });
export type Away = Fields<typeof away>;

const target = v.object({
  name: text,
  kind: text,
  intervalMs: finite,
  /** Hosts that it is about; the public must not read of them. */
  hosts: maybe(v.array(text)),
});
export type TargetInfo = Fields<typeof target>;

/** A pending or firing alert, as the hub's rules see it now. */
const alert = v.object({
  /** Always the same for the same rule and labels. */
  alert: text,
  rule: text,
  /** `no_data` fires because nothing is known. */
  state: v.picklist(['pending', 'firing', 'no_data']),
  severity: severityShape,
  /** One line, safe to draw. */
  summary: text,
  /** When the condition began to hold. */
  since: time,
  runbook: v.nullable(text),
  labels,
  /** The open incident it belongs to; null: none, so a new one is proposed. */
  incident: v.nullable(text),
  silencedUntil: maybe(time),
  /** The rule whose alert is the cause of this one. */
  inhibited: maybe(text),
  /** Notified at most once in ten minutes, because it keeps coming and going. */
  flapping: isSet,
  /** Nothing is known at present; the other fields are what was last known. */
  unknown: isSet,
  /** The condition no longer holds; the alert ends if that lasts. */
  ending: isSet,
  /** Acknowledged until then: nobody else is notified. */
  acked: maybe(v.object({ by: text, at: time, until: time })),
  /** What reported it; the hub's own rules when absent. */
  source: maybe(text),
  /** Who is called for it; absent: nobody. */
  route: maybe(text),
  /** The last page of each level. */
  paged: maybe(pagesShape),
  /** The next level is called then, unless somebody acknowledges. */
  escalatesAt: maybe(time),
  /** A level that fell due while the hub was down: people are asked whether to page it. */
  held: maybe(heldShape),
});
export type AlertView = Fields<typeof alert>;

/** `matcher`: `{target="cache", severity=~"SEV-[23]"}`. */
const silence = v.object({ id: text, matcher: text, by: text, why: text, until: time });
export type SilenceView = Fields<typeof silence>;

/** A delivery to the outside; incident null: it is about none. */
const delivery = v.object({ ...deliveryShape.entries, incident: v.nullable(text) });
export type DeliveryView = Fields<typeof delivery>;

/** Of public updates, by state; hubs of earlier versions send none. */
const links = v.array(v.object({ name: text, url: text }));
const templates = perKey(PUBLIC_STATES, short(TEMPLATE_MAX));

export const TO_HUB = [
  /** First, within 5 s. `client` is this console's stable identity; with `n` it identifies a command. */
  v.object({
    type: v.literal('hello'),
    /** The oldest version it speaks; hubs of the first versions read nothing else. */
    version: whole(0),
    /** The range of versions it speaks; only `version` when absent. */
    min: maybe(whole(0)),
    max: maybe(whole(0)),
    /** Consoles up to version 3 send the token itself. */
    token: maybe(short(200)),
    /** Identifies the token's hash and asks for a `challenge` (`handshake.ts`). */
    auth: maybe(v.object({ key: hex(16), nonce: hex(64) })),
    name: personName,
    client: v.pipe(text, v.regex(/^[A-Za-z0-9-]{1,64}$/, 'no client id')),
    via: v.picklist(['console', 'cli']),
    /** Wants readings and presence; a one-shot command does not. */
    live: v.boolean(),
  }),
  /** Answers `challenge`: this console knows the token, too. */
  v.object({ type: v.literal('proof'), proof: hex(64) }),
  /** Asks for the incident's events after `after`; with an epoch, only if the history is still that one. */
  v.object({
    type: v.literal('follow'),
    incident: incidentIdShape,
    epoch: v.nullable(short(100)),
    after: whole(0),
    /** The id of entry `after` as this console holds it; the hub detects a different history by it. */
    last: maybe(short(100)),
    /** The console derives corrections from the entries itself, so the state need not repeat them. */
    corrects: isSet,
  }),
  v.object({ type: v.literal('unfollow') }),
  /** An entry is being written; repeated every few seconds while it is. */
  v.object({ type: v.literal('typing'), on: v.boolean() }),
  /** Entries older than the snapshot's tail: those with seq in [from, to]. */
  v.object({ type: v.literal('page'), incident: incidentIdShape, from: whole(1), to: whole(1) }),
  v.object({
    type: v.literal('command'),
    n: whole(1),
    id: ulid,
    /** Null only for `declare`. */
    incident: v.nullable(incidentIdShape),
    command: consoleCommand,
    /** When it was typed, by the hub's clock; used when the command has no time of its own. */
    typedAt: maybe(instant),
  }),
  /** A question that changes nothing; `n` tells its answer. */
  v.object({ type: v.literal('ask'), n: whole(1), about: questionShape }),
  v.object({ type: v.literal('pong'), t: finite }),
] as const;
export type ToHub = Fields<(typeof TO_HUB)[number]>;

const NACK_CODES = [
  'forbidden',
  'conflict',
  'invalid',
  'not_found',
  'not_now',
  'id_reused',
  'rate_limited',
  'read_only',
  'disk_low',
  'observer',
  'overloaded',
] as const;
export type NackCode = (typeof NACK_CODES)[number];

export const FROM_HUB = [
  /** Answers a hello with `auth`: the hub knows the token. A console that finds the proof wrong sends nothing more. */
  v.object({
    type: v.literal('challenge'),
    version: whole(0),
    min: whole(0),
    max: whole(0),
    nonce: hex(64),
    proof: hex(64),
  }),
  v.object({
    type: v.literal('welcome'),
    /** The version both speak from here on. */
    version: whole(0),
    min: maybe(whole(0)),
    max: maybe(whole(0)),
    you: v.object({ name: text, observer: v.boolean() }),
    /** `drill`: all in it is rehearsed. */
    hub: v.object({ id: text, pid: whole(0), startedAt: text, drill: isSet }),
    /** Hub clock, ms since 1970. */
    now: finite,
    policy: policyShape,
    templates: maybe(templates),
    /** To dashboards, traces and logs: templates of URLs. */
    links: maybe(links),
    incidents: summaries,
    targets: v.array(target),
    readOnly: v.nullable(text),
    /** Ended incidents whose records are damaged and not served; absent when there are none. */
    damaged: maybe(v.array(v.object({ incident: text, reason: text }))),
  }),
  /** Answers `follow`. `reset`: discard what you hold (another epoch, or too far behind). */
  v.object({
    type: v.literal('following'),
    incident: incidentIdShape,
    epoch: text,
    head: whole(0),
    mode: v.picklist(['resume', 'reset']),
    /** What the console holds is not part of this record: an older copy was restored, or it is another record. */
    wentBack: isSet,
    /** With `reset`: the incident as of `seq`. Events from `tailFrom` to `seq` follow, already folded in. */
    snapshot: v.nullable(v.object({ seq: whole(0), state: incidentShape, tailFrom: whole(1) })),
  }),
  /** In seq order without gaps; see `incident/event-codec.ts`. `page` answers a page request and is not folded. */
  v.object({ type: v.literal('events'), incident: incidentIdShape, events: v.array(INCIDENT.event), page: isSet }),
  v.object({
    type: v.literal('ack'),
    n: whole(1),
    id: text,
    incident: incidentIdShape,
    seq: whole(1),
    at: instant,
    dup: isSet,
  }),
  /** The command is done and durable, and no open incident's record mentions it. */
  v.object({ type: v.literal('done'), n: whole(1), id: text, said: text }),
  v.object({
    type: v.literal('nack'),
    n: whole(1),
    id: text,
    // A code of a newer version is still a refusal, and `reason` says why.
    code: v.fallback(v.picklist(NACK_CODES), 'not_now'),
    reason: text,
    /** Milliseconds; set when the same command may be sent again later. */
    retryAfter: maybe(v.pipe(v.number(), v.finite(), v.minValue(0))),
  }),
  /** `now`: the hub's clock when it was sent, ms since 1970; the readings' `at` is on the same clock. */
  v.object({ type: v.literal('readings'), now: finite, readings: v.array(readingShape) }),
  v.object({ type: v.literal('presence'), people: v.array(person), away: maybe(v.array(away)) }),
  /** With the welcome and after each change: worst first, at most 200 of `total`. */
  v.object({
    type: v.literal('alerts'),
    alerts: v.array(alert),
    total: whole(0),
    silences: v.array(silence),
    /** Rules that cannot be evaluated: what they watch is not watched. */
    faults: v.array(v.object({ rule: text, message: text })),
  }),
  /** With the welcome, at each hand-off and after each change; null: this hub has no on-call. */
  v.object({ type: v.literal('oncall'), table: v.nullable(oncallTableShape) }),
  /** With the welcome and after each change: those not delivered first, the newest first; `more` were left out. */
  v.object({ type: v.literal('deliveries'), deliveries: v.array(delivery), more: whole(0) }),
  /** Answers `ask`. */
  v.object({ type: v.literal('answer'), n: whole(1), ...answerShape.entries }),
  /** What a step prints while it runs, without secrets, to those who follow the incident. Parts may be missing. */
  v.object({ type: v.literal('step_output'), incident: incidentIdShape, ref: whole(1), text }),
  v.object({
    type: v.literal('settings'),
    policy: policyShape,
    targets: v.array(target),
    templates: maybe(templates),
    links: maybe(links),
  }),
  v.object({ type: v.literal('incidents'), incidents: summaries }),
  /** With the welcome and after each change: those of the last 30 days. */
  v.object({ type: v.literal('figures'), figures: figuresShape }),
  /** With the welcome and after each change: the open action items, and the postmortems. */
  v.object({ type: v.literal('follow_up'), followUp: followUpShape }),
  /** Every 2 s. A console that missed an entry notices by `head`. */
  v.object({ type: v.literal('ping'), t: finite, now: finite, head: v.nullable(whole(0)) }),
  /** Why the hub cannot write; null: it can again. */
  v.object({ type: v.literal('read_only'), reason: v.nullable(text) }),
  /** Why what consoles are told is not kept for replay; null: it is. With the welcome only where it is not. */
  v.object({ type: v.literal('recording'), fault: v.nullable(text) }),
  /** A request that has no answer. `incident`: it cannot be followed. */
  v.object({ type: v.literal('fault'), reason: text, incident: maybe(text) }),
] as const;
export type FromHub = Fields<(typeof FROM_HUB)[number]>;

/** Reads the messages of the other side. Nothing that came over the wire is used before it went through here. */
import * as v from 'valibot';
import { blankIncident, type Incident } from '../incident/incident.ts';
import type { Event } from '../incident/event.ts';
import { isObject, restored } from '../incident/event-codec.ts';
import {
  byKey,
  incidentIdShape,
  instant,
  personName,
  severityShape,
  short,
  statusShape,
  ulid,
  whole,
} from '../incident/shapes.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import type { FromHub, ToHub } from './messages.ts';
import { consoleCommand, plainNote } from './command.ts';
import { alertShape, silenceShape } from './shapes/alert.ts';
import { incidentShape } from './shapes/incident.ts';
import { policyShape } from './shapes/policy.ts';
import { readingShape } from './shapes/reading.ts';

/** What the hub takes from one console. */
export interface ReadLimits {
  /** Longest message, in characters. */
  readonly message: number;
}
/** The message was not understood; `fault` says where, in words for the log and the other side. */
export interface Unreadable {
  readonly fault: string;
  /** The command it was meant to be, when that much could be read: it deserves a refusal by number. */
  readonly command?: { readonly n: number; readonly id: string };
}

/** A message of a type that only a newer version knows: it is ignored. */
export interface UnknownMessage {
  readonly type: 'unknown';
}
const unknownMessage = v.pipe(
  v.object({ type: v.string() }),
  v.transform((): UnknownMessage => ({ type: 'unknown' })),
);

/** A console's stable identity. */
const clientId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/, 'no client id'));

const hex = (digits: number) =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`), 'not so many hex digits'));

const toHub = byKey(
  'type',
  [
    v.object({
      type: v.literal('hello'),
      version: whole(0),
      min: v.exactOptional(whole(0)),
      max: v.exactOptional(whole(0)),
      token: v.exactOptional(short(200)),
      auth: v.exactOptional(v.object({ key: hex(16), nonce: hex(64) })),
      name: personName,
      client: clientId,
      via: v.picklist(['console', 'cli']),
      live: v.boolean(),
    }),
    v.object({ type: v.literal('proof'), proof: hex(64) }),
    v.object({
      type: v.literal('follow'),
      incident: incidentIdShape,
      epoch: v.nullable(short(100)),
      after: whole(0),
      last: v.exactOptional(short(100)),
      corrects: v.exactOptional(v.literal(true)),
    }),
    v.object({ type: v.literal('unfollow') }),
    v.object({ type: v.literal('typing'), on: v.boolean() }),
    v.object({ type: v.literal('page'), incident: incidentIdShape, from: whole(1), to: whole(1) }),
    v.object({
      type: v.literal('command'),
      n: whole(1),
      id: ulid,
      incident: v.nullable(incidentIdShape),
      command: consoleCommand,
      typedAt: v.exactOptional(instant),
    }),
    v.object({ type: v.literal('pong'), t: v.pipe(v.number(), v.finite()) }),
  ],
  unknownMessage,
) satisfies v.GenericSchema<unknown, ToHub | UnknownMessage>;

const text = v.string();
const summary = v.object({
  id: incidentIdShape,
  title: text,
  severity: severityShape,
  status: statusShape,
  drill: v.boolean(),
  declaredAt: text,
  lead: v.nullable(text),
  head: whole(0),
});
const targets = v.array(v.object({ name: text, kind: text, intervalMs: v.pipe(v.number(), v.finite()) }));
const nackCodes = [
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

const fromHub = byKey(
  'type',
  [
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
      version: whole(0),
      min: v.exactOptional(whole(0)),
      max: v.exactOptional(whole(0)),
      you: v.object({ name: text, observer: v.boolean() }),
      hub: v.object({ id: text, pid: whole(0), startedAt: text }),
      now: v.pipe(v.number(), v.finite()),
      policy: policyShape,
      incidents: v.array(summary),
      targets,
      readOnly: v.nullable(text),
      damaged: v.exactOptional(v.array(v.object({ incident: text, reason: text }))),
    }),
    v.object({
      type: v.literal('following'),
      incident: incidentIdShape,
      epoch: text,
      head: whole(0),
      mode: v.picklist(['resume', 'reset']),
      wentBack: v.exactOptional(v.literal(true)),
      snapshot: v.nullable(v.object({ seq: whole(0), state: incidentShape, tailFrom: whole(1) })),
    }),
    v.object({
      type: v.literal('events'),
      incident: incidentIdShape,
      events: v.array(INCIDENT.event),
      page: v.exactOptional(v.literal(true)),
    }),
    v.object({
      type: v.literal('ack'),
      n: whole(1),
      id: text,
      incident: incidentIdShape,
      seq: whole(1),
      at: instant,
      dup: v.exactOptional(v.literal(true)),
    }),
    v.object({ type: v.literal('done'), n: whole(1), id: text, said: text }),
    v.object({
      type: v.literal('nack'),
      n: whole(1),
      id: text,
      // A code of a newer version is a refusal all the same; its reason says why.
      code: v.fallback(v.picklist(nackCodes), 'not_now'),
      reason: text,
      retryAfter: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0))),
    }),
    v.object({ type: v.literal('readings'), now: v.pipe(v.number(), v.finite()), readings: v.array(readingShape) }),
    v.object({
      type: v.literal('presence'),
      people: v.array(
        v.object({
          name: text,
          consoles: whole(0),
          observer: v.boolean(),
          incident: v.nullable(text),
          since: text,
          typing: v.exactOptional(v.literal(true)),
        }),
      ),
      away: v.exactOptional(v.array(v.object({ name: text, since: text }))),
    }),
    v.object({
      type: v.literal('alerts'),
      alerts: v.array(alertShape),
      total: whole(0),
      silences: v.array(silenceShape),
      faults: v.array(v.object({ rule: text, message: text })),
    }),
    v.object({ type: v.literal('settings'), policy: policyShape, targets }),
    v.object({ type: v.literal('incidents'), incidents: v.array(summary) }),
    v.object({
      type: v.literal('ping'),
      t: v.pipe(v.number(), v.finite()),
      now: v.pipe(v.number(), v.finite()),
      head: v.nullable(whole(0)),
    }),
    v.object({ type: v.literal('read_only'), reason: v.nullable(text) }),
    v.object({ type: v.literal('fault'), reason: text, incident: v.exactOptional(text) }),
  ],
  unknownMessage,
) satisfies v.GenericSchema<unknown, FromHub | UnknownMessage>;

/** Reads one message of a console. Unknown keys are dropped; a message that is off is a fault as a whole. */
export function readToHub(text: string, limits: ReadLimits): ToHub | UnknownMessage | Unreadable {
  if (text.length > limits.message)
    return { fault: `a message has at most ${limits.message} characters; this one has ${text.length}` };
  if (text.length > SHALLOW && isDeep(text)) return { fault: 'a message is not nested so deeply' };
  const raw = parsed(text);
  return plainNote(raw) ?? check(toHub, raw);
}

const numbered = v.object({ type: v.literal('command'), n: whole(1), id: ulid });

/** Reads one message of a hub. Events stay as they came, with the kinds and the fields of newer versions. */
export function readFromHub(text: string): FromHub | UnknownMessage | Unreadable {
  const raw = parsed(text);
  const events = v.is(writtenEvents, raw) ? restoredEvents(raw) : v.is(wholeEvents, raw) ? raw.events : null;
  if (events === null) return check(fromHub, withWholeState(raw));
  const message = check(fromHub, { ...(raw as object), events });
  // Each was validated; the validation leaves out what it does not know.
  return 'type' in message && message.type === 'events' ? { ...message, events: events as readonly Event[] } : message;
}

/** An `events` message carries its events as they are written; here they become whole. */
const restoredEvents = ({ incident, seq, events }: v.InferOutput<typeof writtenEvents>): readonly unknown[] =>
  events.map((event, index) => restored(event, incident, seq + index));

/** The state in a snapshot of an older hub lacks what came later: that is as nothing has happened in it yet. */
function withWholeState(raw: unknown): unknown {
  if (!isObject(raw) || raw['type'] !== 'following' || !isObject(raw['snapshot'])) return raw;
  const { snapshot } = raw;
  const { state } = snapshot;
  if (!isObject(state) || typeof state['id'] !== 'string') return raw;
  return { ...raw, snapshot: { ...snapshot, state: { ...blankIncident(state['id']), ...state } } };
}
const writtenEvents = v.looseObject({
  type: v.literal('events'),
  incident: text,
  seq: whole(1),
  events: v.array(v.unknown()),
});

const wholeEvents = v.looseObject({ type: v.literal('events'), events: v.array(v.unknown()) });

/** Reads an incident that was kept as JSON; null when it is none. */
export function readIncident(raw: unknown): Incident | null {
  const answer = v.safeParse(incidentShape, raw, { abortEarly: true });
  return answer.success ? answer.output : null;
}

export const isUnreadable = (answer: ToHub | FromHub | UnknownMessage | Unreadable): answer is Unreadable =>
  'fault' in answer;

/** A shorter message costs little to parse, however it is nested; in characters. */
const SHALLOW = 2_000;
/** No message of this protocol is nested deeper. */
const DEPTH = 32;

/** Is it nested deeper than any message of this protocol? Told without parsing it. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x5c) at++;
    else if (char === 0x22) isText = !isText;
    else if (isText) continue;
    else if (char === 0x5b || char === 0x7b) {
      if (++depth > DEPTH) return true;
    } else if (char === 0x5d || char === 0x7d) depth--;
  }
  return false;
}

/** Undefined: that is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function check<T>(schema: v.GenericSchema<unknown, T>, raw: unknown): T | Unreadable {
  if (raw === undefined) return { fault: 'that is not JSON' };
  const answer = v.safeParse(schema, raw, { abortEarly: true });
  if (answer.success) return answer.output;
  const [issue] = answer.issues;
  const fault = `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300);
  const asked = v.safeParse(numbered, raw);
  return asked.success ? { fault, command: { n: asked.output.n, id: asked.output.id } } : { fault };
}

/** Reads the messages of the other side. Nothing from the wire is used before it was read here. */
import * as v from 'valibot';
import { blankIncident, incidentShape, type Incident } from '../incident/incident.ts';
import type { Event } from '../incident/event.ts';
import { isObject, restored } from '../incident/event-codec.ts';
import { byKey, parseJson, readAs, ulid, whole } from '../incident/shapes.ts';
import { plainNote } from './command.ts';
import { FROM_HUB, summaries, TO_HUB, type FromHub, type ToHub } from './messages.ts';
import type { IncidentSummary } from './summary.ts';

/** A message that was not understood. */
interface Unreadable {
  /** Where and why, in words for the log and the other side. */
  readonly fault: string;
  /** The command it was meant to be, where that could be read, so that it can be refused by number. */
  readonly command?: { readonly n: number; readonly id: string };
}
/** A message of a type that only a newer version knows: it is ignored. */
interface UnknownMessage {
  readonly type: 'unknown';
}

const unknownMessage = v.pipe(
  v.object({ type: v.string() }),
  v.transform((): UnknownMessage => ({ type: 'unknown' })),
);
const toHub = byKey('type', TO_HUB, unknownMessage);
const fromHub = byKey('type', FROM_HUB, unknownMessage);

/** Reads one message of a console, at most `limits.message` characters. Unknown keys are dropped, a wrong value is a fault. */
export function readToHub(text: string, limits: { readonly message: number }): ToHub | UnknownMessage | Unreadable {
  if (text.length > limits.message)
    return { fault: `a message has at most ${limits.message} characters; this one has ${text.length}` };
  if (text.length > SHALLOW && isDeep(text)) return { fault: 'a message is not nested so deeply' };
  const raw = parseJson(text);
  return plainNote(raw) ?? check(toHub, raw);
}

const numbered = v.object({ type: v.literal('command'), n: whole(1), id: ulid });

/** Reads one message of a hub. Events keep the kinds and fields of newer versions. */
export function readFromHub(text: string): FromHub | UnknownMessage | Unreadable {
  const raw = parseJson(text);
  const events = v.is(writtenEvents, raw) ? restoredEvents(raw) : v.is(wholeEvents, raw) ? raw.events : null;
  if (events === null) return check(fromHub, withWholeState(raw));
  const message = check(fromHub, { ...(raw as object), events });
  // Validation drops unknown fields; a console keeps them.
  return 'type' in message && message.type === 'events' ? { ...message, events: events as readonly Event[] } : message;
}

const writtenEvents = v.looseObject({
  type: v.literal('events'),
  incident: v.string(),
  seq: whole(1),
  events: v.array(v.unknown()),
});
const wholeEvents = v.omit(writtenEvents, ['incident', 'seq']);

/** Restores the fields that the codec leaves out on the wire. */
const restoredEvents = ({ incident, seq, events }: v.InferOutput<typeof writtenEvents>): readonly unknown[] =>
  events.map((event, index) => restored(event, incident, seq + index));

/** Gives the fields that a snapshot of an older hub lacks their blank values. */
function withWholeState(raw: unknown): unknown {
  if (!isObject(raw) || raw['type'] !== 'following' || !isObject(raw['snapshot'])) return raw;
  const { snapshot } = raw;
  const { state } = snapshot;
  if (!isObject(state) || typeof state['id'] !== 'string') return raw;
  return { ...raw, snapshot: { ...snapshot, state: { ...blankIncident(state['id']), ...state } } };
}

/** Null when it is none. */
export const readIncident = (raw: unknown): Incident | null => readAs(incidentShape, raw);

/** Reads a list of incidents from parsed JSON; empty when it is none. */
export const readSummaries = (raw: unknown): readonly IncidentSummary[] => readAs(summaries, raw) ?? [];

export const isUnreadable = (answer: ToHub | FromHub | UnknownMessage | Unreadable): answer is Unreadable =>
  !('type' in answer) && 'fault' in answer;

/** Shorter messages are cheap to parse at any nesting, characters. */
const SHALLOW = 2_000;
/** Deepest nesting of any message of this protocol. */
const DEPTH = 32;

/** Whether JSON is nested deeper than DEPTH, without parsing it. */
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

function check<T>(schema: v.GenericSchema<unknown, T>, raw: unknown): T | Unreadable {
  if (raw === undefined) return { fault: 'that is not JSON' };
  const answer = v.safeParse(schema, raw, { abortEarly: true });
  if (answer.success) return answer.output;
  const [issue] = answer.issues;
  const fault = `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300);
  const asked = readAs(numbered, raw);
  return asked === null ? { fault } : { fault, command: { n: asked.n, id: asked.id } };
}

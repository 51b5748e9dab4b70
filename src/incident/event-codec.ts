/**
 * How an entry is written, in the record and on the wire alike: what its place says (`incident`, `seq`) and what is
 * usual is left out. A written entry is short, one line of JSON that people can read; `restored` makes it whole again.
 */
import type { AnyEvent } from './topic.ts';
import { INCIDENT } from './topics/index.ts';

/** The JSON of `event` as it is written. */
export function written(event: AnyEvent): string {
  const { id, at, recorded, by, via, kind, level, visibility, ref } = event;
  const { level: usual = 'normal', implied } = INCIDENT.events.get(kind) ?? {};
  // JSON leaves out what is undefined.
  return JSON.stringify({
    at,
    recorded: recorded === at ? undefined : recorded,
    by: by.name,
    role: by.role === 'responder' ? undefined : by.role,
    via: via === 'console' ? undefined : via,
    kind,
    data: implied === undefined ? event.data : without(event.data, implied),
    ref,
    // The level is left out only where a reader that does not know the kind takes it for the same.
    level: level === 'normal' && usual === 'normal' ? undefined : level,
    visibility: visibility === 'internal' ? undefined : visibility,
    id,
  });
}

/**
 * The whole event that stands written as `value` at `seq` of `incident`. Nothing is checked: whoever read `value` does
 * that with the answer. What is written out in full stays as it is.
 */
export function restored(value: unknown, incident: string, seq: number): unknown {
  if (!isObject(value)) return value;
  const { at, by, role = 'responder', kind, data, recorded = at, via = 'console', visibility = 'internal' } = value;
  const { level: usual = 'normal', implied } = (typeof kind === 'string' && INCIDENT.events.get(kind)) || {};
  const whole: Record<string, unknown> = {
    id: value['id'],
    incident: value['incident'] === undefined ? incident : value['incident'],
    seq: value['seq'] === undefined ? seq : value['seq'],
    at,
    recorded,
    by: typeof by === 'string' ? { name: by, role } : by,
    via,
    level: value['level'] === undefined ? usual : value['level'],
    visibility,
    ...(value['ref'] === undefined ? {} : { ref: value['ref'] }),
    kind,
    data: implied !== undefined && isObject(data) ? { ...implied, ...data } : data,
  };
  // Fields of a newer version stay.
  for (const key in value) if (!KNOWN.has(key)) whole[key] = value[key];
  return whole;
}

/** The fields of an event that are known here. */
const KNOWN: ReadonlySet<string> = new Set(
  '__proto__ id incident seq at recorded by role via kind data level visibility ref'.split(' '),
);

/** `data` without the fields that have their implied value. */
function without(data: AnyEvent['data'], implied: AnyEvent['data']): AnyEvent['data'] {
  const rest = { ...data };
  for (const key in implied) if (rest[key] === implied[key]) rest[key] = undefined;
  return rest;
}

/** Is it a JSON object? */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

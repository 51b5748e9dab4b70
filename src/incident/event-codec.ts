/** The stored and sent form of an event: JSON without defaults and without what its position implies. */
import type { AnyEvent } from './topic.ts';
import { INCIDENT } from './topics/index.ts';

export function written(event: AnyEvent): string {
  const { id, at, recorded, by, via, kind, level, visibility, ref } = event;
  const { level: usual = 'normal', implied } = INCIDENT.events.get(kind) ?? {};
  // JSON omits undefined.
  return JSON.stringify({
    at,
    recorded: recorded === at ? undefined : recorded,
    by: by.name,
    role: by.role === 'responder' ? undefined : by.role,
    via: via === 'console' ? undefined : via,
    kind,
    data: implied === undefined ? event.data : without(event.data, implied),
    ref,
    // Omitted only where a reader that does not know the kind assumes the same level.
    level: level === 'normal' && usual === 'normal' ? undefined : level,
    visibility: visibility === 'internal' ? undefined : visibility,
    id,
  });
}

/** The whole event stored as `value` at `seq`. Not validated: the caller checks the answer. */
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
  // Fields of newer versions are kept.
  for (const key in value) if (!KNOWN.has(key)) whole[key] = value[key];
  return whole;
}

const KNOWN: ReadonlySet<string> = new Set(
  '__proto__ id incident seq at recorded by role via kind data level visibility ref'.split(' '),
);

function without(data: AnyEvent['data'], implied: AnyEvent['data']): AnyEvent['data'] {
  const rest = { ...data };
  for (const key in implied) if (rest[key] === implied[key]) rest[key] = undefined;
  return rest;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

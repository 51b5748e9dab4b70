/**
 * How an entry is written, in the record and on the wire alike: what its place says (`incident`, `seq`) and what is
 * usual is left out. A written entry is short, one line of JSON that people can read; `restored` makes it whole again.
 */
import type { Event, EventKind } from './event.ts';
import type { Level } from './vocabulary.ts';

/** The level of each kind that goes without saying. */
const USUAL: Readonly<Record<EventKind, Level>> = {
  declared: 'key',
  acknowledged: 'key',
  noted: 'normal',
  severity_set: 'key',
  status_set: 'key',
  public_updated: 'key',
  role_assigned: 'key',
  role_released: 'key',
  role_offered: 'key',
  role_declined: 'key',
  amended: 'system',
  retracted: 'system',
  pinned: 'system',
  alert_changed: 'key',
  change_marked: 'normal',
};

/** The JSON of `event` as it is written. */
export function written(event: Event): string {
  const { id, at, recorded, by, via, kind, level, visibility, ref } = event;
  // JSON leaves out what is undefined.
  return JSON.stringify({
    at,
    recorded: recorded === at ? undefined : recorded,
    by: by.name,
    role: by.role === 'responder' ? undefined : by.role,
    via: via === 'console' ? undefined : via,
    kind,
    data: event.kind === 'noted' && event.data.form === 'note' ? { ...event.data, form: undefined } : event.data,
    ref,
    level: level === USUAL[kind] ? undefined : level,
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
  const usual = typeof kind === 'string' && Object.hasOwn(USUAL, kind) ? USUAL[kind as EventKind] : 'normal';
  return {
    id: value['id'],
    incident: value['incident'] === undefined ? incident : value['incident'],
    seq: value['seq'] === undefined ? seq : value['seq'],
    at,
    recorded,
    by: typeof by === 'string' ? { name: by, role } : by,
    via,
    kind,
    data: kind === 'noted' && isObject(data) && data['form'] === undefined ? { ...data, form: 'note' } : data,
    level: value['level'] === undefined ? usual : value['level'],
    visibility,
    ...(value['ref'] === undefined ? {} : { ref: value['ref'] }),
  };
}

/** Is it a JSON object? */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

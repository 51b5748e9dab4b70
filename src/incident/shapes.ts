/** Building blocks of shapes. Text from a console is bounded, text from a hub is not. */
import * as v from 'valibot';
import { LEVELS, ROLES, STATUSES, type Capacity, type Via } from './vocabulary.ts';
import { isName, nameRule } from './person-name.ts';
import { SEVERITIES } from './severity.ts';
import { INCIDENT_ID } from './incident-id.ts';

/** The output of a shape, readonly at every depth. */
export type Fields<S extends v.GenericSchema> = Frozen<v.InferOutput<S>>;
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** Undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What `shape` makes of `raw`; null when it does not fit. */
export function readAs<S extends v.GenericSchema>(shape: S, raw: unknown): v.InferOutput<S> | null {
  const read = v.safeParse(shape, raw, { abortEarly: true });
  return read.success ? read.output : null;
}

/** UTF-16 units. */
export const TEXT_LIMITS = { title: 200, text: 16_000, why: 2_000 } as const;
/** Of the name of a ticket, or a link to it. */
export const TICKET_LENGTH = 200;

/** A safe integer of at least `least`. */
export const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
export const short = (longest: number) => v.pipe(v.string(), v.maxLength(longest));
export const incidentIdShape = v.pipe(v.string(), v.regex(INCIDENT_ID, 'no incident id'));
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
export const ulid = v.pipe(v.string(), v.regex(ULID, 'no ULID'));
export const personName = v.pipe(v.string(), v.check(isName, nameRule('a name')));
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;
export const instant = v.pipe(
  v.string(),
  v.regex(INSTANT, 'a time is ISO 8601 in UTC'),
  v.check((text) => Number.isFinite(Date.parse(text)), 'there is no such time'),
);
export const severityShape = v.picklist(SEVERITIES);
export const statusShape = v.picklist(STATUSES);
export const roleShape = v.picklist(ROLES);
export const maybe = v.exactOptional;
export const title = short(TEXT_LIMITS.title);
export const textShape = short(TEXT_LIMITS.text);
export const why = short(TEXT_LIMITS.why);

export const time = v.string();
export const timeOrNull = v.nullable(time);
export const labels = v.record(v.string(), v.string());
/** Absolute times; null: none. */
export const deadlines = v.object({ ackDueAt: timeOrNull, responseDueAt: timeOrNull, updateDueAt: timeOrNull });
export type Deadlines = Fields<typeof deadlines>;

/** An object with the same value under each key. */
export const forKeys = <K extends string, T>(keys: readonly K[], of: (key: K) => T): Record<K, T> =>
  Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, T>;
/** An object with the same shape under each key. */
export const perKey = <K extends string, S extends v.GenericSchema>(keys: readonly K[], value: S) =>
  v.object(forKeys(keys, () => value));

/** A word of a list that newer versions may extend. */
const word = <T extends string>() => v.custom<T>((value) => typeof value === 'string', 'text is missing');
/** Event fields besides kind and data. */
export const envelope = {
  id: v.string(),
  incident: incidentIdShape,
  seq: whole(1),
  at: time,
  recorded: time,
  by: v.object({ name: v.string(), role: word<Capacity>() }),
  via: word<Via>(),
  level: v.picklist(LEVELS),
  visibility: v.picklist(['internal', 'public']),
  ref: maybe(whole(1)),
};

/** A union told apart by `key`: `v.variant` tries each shape, too slow for every message. `other` reads the rest. */
export function byKey<const K extends string, S extends Tagged<K>, O = never>(
  key: K,
  shapes: readonly S[],
  other: v.GenericSchema<unknown, O> = v.never(`no ${key} that is known here`),
): v.GenericSchema<unknown, v.InferOutput<S> | O> {
  const known = new Map<unknown, S>(shapes.map((shape) => [shape.entries[key].literal, shape]));
  return v.lazy((input) => {
    const tag: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined;
    return known.get(tag) ?? other;
  });
}
type Tagged<K extends string> = v.GenericSchema & {
  readonly entries: { readonly [P in K]: { readonly literal: string } };
};

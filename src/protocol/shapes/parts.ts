/** The parts that shapes are made of. Strings a console sends are bounded here; what a hub sends is its own. */
import * as v from 'valibot';
import { ROLES, STATUSES } from '../../incident/vocabulary.ts';
import { isName } from '../../incident/person-name.ts';
import { SEVERITIES } from '../../incident/severity.ts';
import { INCIDENT_ID } from '../../incident/incident-id.ts';

/** A whole number small enough for JSON to keep it apart from the next. */
export const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
export const short = (longest: number) => v.pipe(v.string(), v.maxLength(longest));
export const incidentId = v.pipe(v.string(), v.regex(INCIDENT_ID, 'no incident id'));
/** The id of a command, and of the first event it makes. */
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
export const ulid = v.pipe(v.string(), v.regex(ULID, 'no ULID'));
export const personName = v.pipe(
  v.string(),
  v.check(
    (name) => isName(name) && name === name.trim() && !name.includes('  '),
    "a name is letters, digits and . _ @ ' - with single spaces, at most 40 characters",
  ),
);
export const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/, 'a time is ISO 8601 in UTC'),
  v.check((text) => Number.isFinite(Date.parse(text)), 'there is no such time'),
);
export const severity = v.picklist(SEVERITIES);
export const status = v.picklist(STATUSES);
export const role = v.picklist(ROLES);
export const maybe = v.exactOptional;

/** A time as the hub wrote it. */
export const time = v.string();
export const timeOrNull = v.nullable(time);
export const labels = v.record(v.string(), v.string());
export const deadlines = v.object({ ackDueAt: timeOrNull, responseDueAt: timeOrNull, updateDueAt: timeOrNull });

/**
 * One of several shapes, told apart by the text under `key`: `v.variant` by look-up instead of by trial, because every
 * message of every console comes through here.
 */
export function byKey<const K extends string, S extends Tagged<K>>(
  key: K,
  shapes: readonly S[],
): v.GenericSchema<unknown, v.InferOutput<S>> {
  const known = new Map<unknown, S>(shapes.map((shape) => [shape.entries[key].literal, shape]));
  const none = v.never(`no ${key} that is known here`);
  return v.lazy((input) => {
    const tag: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined;
    return known.get(tag) ?? none;
  });
}
type Tagged<K extends string> = v.GenericSchema & {
  readonly entries: { readonly [P in K]: { readonly literal: string } };
};

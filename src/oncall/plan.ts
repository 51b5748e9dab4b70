/**
 * Who is on call, as an organisation has arranged it, and as consoles are told: plain data, read without a calendar.
 * Calendar arithmetic over it, which only the hub and the shell load, is in `shifts.ts`.
 */
import * as v from 'valibot';
import { ESCALATION_LEVELS, type OnCall } from '../incident/paging.ts';
import { forKeys, maybe, perKey, readAs, time, timeOrNull, type Fields } from '../incident/shapes.ts';
import type { Instant } from '../incident/vocabulary.ts';

const text = v.string();
const textOrNull = v.nullable(text);
/** What is beyond `most` is dropped: a broken hub must not make a console slow. `config/oncall.ts` allows less. */
const list = <S extends v.GenericSchema>(item: S, most: number) =>
  v.pipe(
    v.array(item),
    v.transform((all) => all.slice(0, most)),
  );
const names = list(text, 1_000);

const person = v.object({
  name: text,
  /** Other names the same person goes by. */
  aliases: names,
  phone: textOrNull,
  email: textOrNull,
  slack: textOrNull,
  /** The IANA time zone they live in. */
  zone: textOrNull,
});
export type OncallPerson = Fields<typeof person>;

const minutes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440));
/** A part of the week, on the wall clock of the layer's zone. */
const dutyHours = v.object({
  /** The days on which it begins: 1 Monday to 7 Sunday. */
  days: list(v.number(), 50),
  /** Minutes after midnight. `until` not after `from`: it ends on the next day. */
  from: minutes,
  until: minutes,
});
export type DutyHours = Fields<typeof dutyHours>;

/** People who take turns. The k-th hand-off is `start` plus k times `everyMs`, on the wall clock of the zone. */
const layer = v.object({
  /** IANA time zone. */
  zone: text,
  /** The first hand-off, as the wall clock of the zone shows it: `2026-11-02T09:00`. Nobody is on before it. */
  start: text,
  /** Hours on the wall: a day is 24 of them, also when the clocks change. */
  everyMs: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Names of people, in their order. */
  people: names,
  /** When the layer counts; always when empty. */
  only: list(dutyHours, 50),
});
export type Layer = Fields<typeof layer>;

/** The first layer that has somebody at a moment decides. */
const rotation = v.object({ name: text, layers: list(layer, 20) });
export type Rotation = Fields<typeof rotation>;

/** Somebody stands in for whoever is on. */
const override = v.object({
  rotation: text,
  name: text,
  from: time,
  until: time,
  why: text,
  /** The id of the event that made it, and who asked; absent when it stands in the configuration. */
  made: maybe(v.object({ id: text, by: text })),
});
export type Override = Fields<typeof override>;

const route = perKey(ESCALATION_LEVELS, maybe(v.union([v.object({ rotation: text }), v.object({ person: text })])));
export type Route = Fields<typeof route>;
export type RouteStep = NonNullable<Route['L1']>;

const plan = v.object({
  people: list(person, 1_000),
  rotations: list(rotation, 200),
  /** The first that holds at a moment decides. */
  overrides: list(override, 2_000),
  routes: v.pipe(
    v.record(text, route),
    v.transform((all) => Object.fromEntries(Object.entries(all).slice(0, 500))),
  ),
});
export type OncallPlan = Fields<typeof plan>;

/** Somebody's time on a rotation, or a time when nobody is. `until` null: no change is known. */
const shift = v.object({ name: textOrNull, from: time, until: timeOrNull });
export type Shift = Fields<typeof shift>;

/** A plan, and the shifts of each of its rotations from some moment on, so that the next ones are known, too. */
export const oncallTableShape = v.object({
  plan,
  rotations: list(v.object({ rotation: text, shifts: list(shift, 50) }), 200),
});
export type OncallTable = Fields<typeof oncallTableShape>;

/** Reads a table that was kept as JSON; null when it is none. */
export const readOncallTable = (raw: unknown): OncallTable | null => readAs(oncallTableShape, raw);

/** The person who goes by `alias`, their name or another of theirs, in any case; null: nobody here does. */
export function personOf({ people }: Pick<OncallPlan, 'people'>, alias: string): OncallPerson | null {
  const wanted = alias.trim().toLowerCase();
  return people.find((person) => namesOf(person).some((name) => name.toLowerCase() === wanted)) ?? null;
}

/** The name a person is known by, and the others they go by. */
export const namesOf = ({ name, aliases }: OncallPerson): readonly string[] => [name, ...aliases];

export const hasContact = ({ phone, email, slack }: OncallPerson): boolean =>
  phone !== null || email !== null || slack !== null;

/** Who is on a rotation at a moment, until when, and who is next. Null is nobody, or for `until`: no change is in sight. */
export interface OnDuty {
  readonly rotation: string;
  readonly now: string | null;
  readonly until: Instant | null;
  readonly next: string | null;
}
export interface Standing {
  readonly rotations: readonly OnDuty[];
  readonly routes: Readonly<Record<string, OnCall>>;
}

/**
 * Who stands where at `at`, ms since 1970. A rotation is left out where the table is too old to say who is on and who is
 * next.
 */
export function standingAt({ plan, rotations }: OncallTable, at: number): Standing {
  const duties = rotations.flatMap(({ rotation, shifts }): OnDuty[] => {
    const i = shifts.findIndex(({ until }) => until === null || at < Date.parse(until));
    const [shift, next] = i < 0 ? [] : shifts.slice(i, i + 2);
    if (shift === undefined || (shift.until !== null && next === undefined)) return [];
    return [{ rotation, now: shift.name, until: shift.until, next: next?.name ?? null }];
  });
  const onRotation = (name: string): string | null => duties.find(({ rotation }) => rotation === name)?.now ?? null;
  const routes = Object.entries(plan.routes).map(([name, route]) => [name, standingOn(route, onRotation)] as const);
  return { rotations: duties, routes: Object.fromEntries(routes) };
}

/** Who stands on each level of `route`; null: nobody. */
export const standingOn = (route: Route, onRotation: (name: string) => string | null): OnCall =>
  forKeys(ESCALATION_LEVELS, (level) => {
    const step = route[level];
    if (step === undefined) return null;
    return 'person' in step ? step.person : onRotation(step.rotation);
  });

/** The next moment, ms since 1970, at which somebody else is on a rotation; null: none is known. */
export function nextHandOffAt({ rotations }: OncallTable, at: number): number | null {
  const changes = rotations.flatMap(({ shifts }) =>
    shifts.flatMap(({ until }) => (until !== null && Date.parse(until) > at ? [Date.parse(until)] : [])),
  );
  return changes.length === 0 ? null : Math.min(...changes);
}

/**
 * Who is on call, as an organisation has arranged it, and as consoles are told: plain data, read without a calendar.
 * Calendar arithmetic over it, which only the hub and the shell load, is in `shifts.ts`.
 */
import { ESCALATION_LEVELS, type EscalationLevel, type OnCall } from '../incident/paging.ts';
import { forKeys } from '../incident/shapes.ts';
import type { Instant } from '../incident/vocabulary.ts';

export interface OncallPerson {
  readonly name: string;
  /** Other names the same person goes by. */
  readonly aliases: readonly string[];
  readonly phone: string | null;
  readonly email: string | null;
  readonly slack: string | null;
  /** The IANA time zone they live in. */
  readonly zone: string | null;
}

/** A part of the week, on the wall clock of the layer's zone. */
export interface DutyHours {
  /** The days on which it begins: 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  /** Minutes after midnight. `until` not after `from`: it ends on the next day. */
  readonly from: number;
  readonly until: number;
}

/** People who take turns. The k-th hand-off is `start` plus k times `everyMs`, on the wall clock of the zone. */
export interface Layer {
  /** IANA time zone. */
  readonly zone: string;
  /** The first hand-off, as the wall clock of the zone shows it: `2026-11-02T09:00`. Nobody is on before it. */
  readonly start: string;
  /** Hours on the wall: a day is 24 of them, also when the clocks change. */
  readonly everyMs: number;
  /** Names of people, in their order. */
  readonly people: readonly string[];
  /** When the layer counts; always when empty. */
  readonly only: readonly DutyHours[];
}

export interface Rotation {
  readonly name: string;
  /** The first layer that has somebody at a moment decides. */
  readonly layers: readonly Layer[];
}

/** Somebody stands in for whoever is on. */
export interface Override {
  readonly rotation: string;
  readonly name: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly why: string;
  /** The id of the event that made it, and who asked; absent when it stands in the configuration. */
  readonly made?: { readonly id: string; readonly by: string };
}

export type RouteStep = { readonly rotation: string } | { readonly person: string };
export type Route = { readonly [L in EscalationLevel]?: RouteStep };

export interface OncallPlan {
  readonly people: readonly OncallPerson[];
  readonly rotations: readonly Rotation[];
  /** The first that holds at a moment decides. */
  readonly overrides: readonly Override[];
  readonly routes: Readonly<Record<string, Route>>;
}

/** Somebody's time on a rotation, or a time when nobody is. `until` null: no change is known. */
export interface Shift {
  readonly name: string | null;
  readonly from: Instant;
  readonly until: Instant | null;
}

/** The person who goes by `alias`, their name or another of theirs, in any case; null: nobody here does. */
export function personOf({ people }: Pick<OncallPlan, 'people'>, alias: string): OncallPerson | null {
  const wanted = alias.trim().toLowerCase();
  return people.find((person) => namesOf(person).some((name) => name.toLowerCase() === wanted)) ?? null;
}

/** The name a person is known by, and the others they go by. */
export const namesOf = ({ name, aliases }: OncallPerson): readonly string[] => [name, ...aliases];

export const hasContact = ({ phone, email, slack }: OncallPerson): boolean =>
  phone !== null || email !== null || slack !== null;

/** A plan, and the shifts of each of its rotations from some moment on, so that the next ones are known, too. */
export interface OncallTable {
  readonly plan: OncallPlan;
  readonly rotations: readonly { readonly rotation: string; readonly shifts: readonly Shift[] }[];
}

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

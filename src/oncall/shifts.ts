/** Who is on call at a moment, and until when. Pure; moments are ms since 1970. */
import { DAY, MINUTE } from '../incident/time.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { momentOf, wallAt } from './calendar.ts';
import type { OnCall } from '../incident/paging.ts';
import {
  standingOn,
  type DutyHours,
  type Layer,
  type OncallPlan,
  type OncallTable,
  type Rotation,
  type Shift,
} from './plan.ts';

/** From one edge to the next: nothing changes in between. Infinite where nothing ever does. */
interface Span {
  readonly from: number;
  readonly until: number;
}
/** One person's time in a layer, duty hours left aside. */
export interface LayerTurn extends Span {
  /** Which hand-off began it; negative before the layer's start. */
  readonly k: number;
  readonly name: string | null;
}

/** A change farther away than this is not looked for. */
const FAR_MS = 400 * DAY;
/** Edges that are looked at for one change. */
const MAX_EDGES = 500;

/** The moment of a layer's `k`-th hand-off. */
export const handOff = ({ start, everyMs, zone }: Layer, k: number): number =>
  momentOf(Date.parse(`${start}Z`) + k * everyMs, zone);

/** The turn in which `at` falls. */
export function turnAt(layer: Layer, at: number): LayerTurn {
  let k = Math.floor((wallAt(at, layer.zone) - Date.parse(`${layer.start}Z`)) / layer.everyMs);
  // Where the clocks change, a hand-off is an hour off what the wall says.
  while (handOff(layer, k) > at) k--;
  while (handOff(layer, k + 1) <= at) k++;
  const name = k < 0 ? null : (layer.people[k % layer.people.length] ?? null);
  return { k, from: handOff(layer, k), until: handOff(layer, k + 1), name };
}

/** Who is on the rotation at `at`, null: nobody. A rotation that does not exist has nobody. */
export function whoIsOn(plan: OncallPlan, rotation: string, at: number): string | null {
  const override = plan.overrides.find((one) => one.rotation === rotation && isDuring(one, at));
  if (override !== undefined) return override.name;
  const layers = rotationOf(plan, rotation)?.layers ?? [];
  for (const layer of layers) {
    const name = isOnDuty(layer, at) ? turnAt(layer, at).name : null;
    if (name !== null) return name;
  }
  return null;
}

/** Who stands on each level of `route` at `at`; null: nobody. A route that does not exist has nobody. */
export const routeAt = (plan: OncallPlan, route: string, at: number): OnCall =>
  standingOn(Object.hasOwn(plan.routes, route) ? (plan.routes[route] ?? {}) : {}, (name) => whoIsOn(plan, name, at));

/**
 * The shifts of a rotation one after the other, beginning with the one in which `at` falls: each begins where the one
 * before it ends, and each is another person's. Ends with a shift whose `until` is null when no change is in sight.
 */
export function* shiftsFrom(plan: OncallPlan, rotation: string, at: number): Generator<Shift, void> {
  let span = wholeSpan(plan, rotation, at);
  for (;;) {
    const name = whoIsOn(plan, rotation, span.from);
    const isLast = span.until === Infinity;
    yield { name, from: instant(span.from), until: isLast ? null : instant(span.until) };
    if (isLast) return;
    span = { from: span.until, until: changeAfter(plan, rotation, span.until) };
  }
}

/** Shifts of each rotation that a table has: the one at its moment, and those after it. */
const TOLD = 8;

/** The table of `plan` from `at` on. */
export const tableFrom = (plan: OncallPlan, at: number): OncallTable => ({
  plan,
  rotations: plan.rotations.map(({ name: rotation }) => {
    const shifts: Shift[] = [];
    for (const shift of shiftsFrom(plan, rotation, at)) if (shifts.push(shift) === TOLD) break;
    return { rotation, shifts };
  }),
});

/** The shifts that touch the time from `from` to `until`. */
export function shiftsWithin(plan: OncallPlan, rotation: string, from: number, until: number): readonly Shift[] {
  const shifts: Shift[] = [];
  for (const shift of shiftsFrom(plan, rotation, from)) {
    if (Date.parse(shift.from) >= until) break;
    shifts.push(shift);
  }
  return shifts;
}

/** Around `at`, as long as the same person is on. */
function wholeSpan(plan: OncallPlan, rotation: string, at: number): Span {
  const name = whoIsOn(plan, rotation, at);
  let { from } = edgesAround(plan, rotation, at);
  for (let edges = 0; from > at - FAR_MS && edges < MAX_EDGES; edges++) {
    if (whoIsOn(plan, rotation, from - 1) !== name) break;
    from = edgesAround(plan, rotation, from - 1).from;
  }
  return { from: Math.max(from, at - FAR_MS), until: changeAfter(plan, rotation, at) };
}

/** When somebody else than at `at` is on; Infinity: no such moment is in sight. */
function changeAfter(plan: OncallPlan, rotation: string, at: number): number {
  const name = whoIsOn(plan, rotation, at);
  let { until } = edgesAround(plan, rotation, at);
  for (let edges = 0; until < at + FAR_MS && edges < MAX_EDGES; edges++) {
    if (whoIsOn(plan, rotation, until) !== name) return until;
    until = edgesAround(plan, rotation, until).until;
  }
  return Infinity;
}

/** The last edge at or before `at`, and the first after it. */
function edgesAround(plan: OncallPlan, rotation: string, at: number): Span {
  const layers = rotationOf(plan, rotation)?.layers ?? [];
  const edges = [
    ...plan.overrides
      .filter((one) => one.rotation === rotation)
      .flatMap(({ from, until }) => [from, until].map(Date.parse)),
    ...layers.flatMap((layer) => [...turnEdges(layer, at), ...dutyEdges(layer, at)]),
  ];
  return {
    from: Math.max(-Infinity, ...edges.filter((edge) => edge <= at)),
    until: Math.min(Infinity, ...edges.filter((edge) => edge > at)),
  };
}

/** Hand-offs of people to themselves change nothing. */
function turnEdges(layer: Layer, at: number): readonly number[] {
  const start = handOff(layer, 0);
  if (at < start || layer.people.every((name) => name === layer.people[0])) return [start];
  const { from, until } = turnAt(layer, at);
  return [from, until];
}

const dutyEdges = ({ only, zone }: Layer, at: number): readonly number[] =>
  only.flatMap((hours) => dutyAround(hours, zone, at).flatMap(({ from, until }) => [from, until]));

const isOnDuty = ({ only, zone }: Layer, at: number): boolean =>
  only.length === 0 ||
  only.some((hours) => dutyAround(hours, zone, at).some(({ from, until }) => from <= at && at < until));

/** The duty hours that begin on the day of `at`, last before that, and next after it. */
function dutyAround({ days, from, until }: DutyHours, zone: string, at: number): readonly Span[] {
  const today = Math.floor(wallAt(at, zone) / DAY) * DAY;
  const length = until > from ? until : until + DAY / MINUTE;
  const isTheirs = (day: number): boolean => days.includes(weekday(day));
  const before = WEEK.map((n) => today - n * DAY).find(isTheirs);
  const after = WEEK.map((n) => today + n * DAY).find(isTheirs);
  return [before, isTheirs(today) ? today : undefined, after]
    .filter((day) => day !== undefined)
    .map((day) => ({ from: momentOf(day + from * MINUTE, zone), until: momentOf(day + length * MINUTE, zone) }));
}

/** How many days away the same day of the week and every other one is. */
const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;

/** 1 Monday to 7 Sunday. */
const weekday = (day: number): number => new Date(day).getUTCDay() || 7;

const rotationOf = ({ rotations }: OncallPlan, name: string): Rotation | undefined =>
  rotations.find((rotation) => rotation.name === name);

const isDuring = ({ from, until }: { readonly from: Instant; readonly until: Instant }, at: number): boolean =>
  Date.parse(from) <= at && at < Date.parse(until);

const instant = (at: number): Instant => new Date(at).toISOString();

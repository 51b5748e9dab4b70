/** When one person takes over from another on a rotation, and when a week ends. Pure; moments are ms since 1970. */
import type { ShiftFacts } from '../incident/digest.ts';
import { DAY, HOUR } from '../incident/time.ts';
import { momentOf, wallAt } from './calendar.ts';
import type { OncallPlan, Shift } from './plan.ts';
import { shiftsFrom } from './shifts.ts';

/**
 * Times when nobody is on call do not count: whoever was on call last hands over to whoever is on call next. `to.until`: the
 * next hand-off; null: none is in sight.
 */
export type HandOff = ShiftFacts['handOff'];

/** Shifts that are looked at for one hand-off: somebody who is on for some hours of each day has many. */
const MOST_SHIFTS = 60;
/** How far back is looked. */
const FAR_MS = 400 * DAY;

/** The last hand-off of a rotation at or before `at`; null: none is known. */
export function lastHandOff(plan: OncallPlan, rotation: string, at: number): HandOff | null {
  let to: HandOff['from'] | null = null;
  let from: HandOff['from'] | null = null;
  for (const { name, from: since } of shiftsBack(plan, rotation, at)) {
    if (name === null) continue;
    if (from === null && (to === null || to.name === name)) to = { name, since };
    else if (from === null || from.name === name) from = { name, since };
    else break;
  }
  if (to === null || from === null) return null;
  const next = changeFrom(plan, rotation, to.name, Date.parse(to.since));
  const until = next === null ? null : new Date(next).toISOString();
  return { rotation, at: to.since, from, to: { name: to.name, until } };
}

/** The next one after `at`; null: none is in sight. */
export function nextHandOff(plan: OncallPlan, rotation: string, at: number): HandOff | null {
  for (const { name } of shiftsBack(plan, rotation, at)) {
    const next = name === null ? null : changeFrom(plan, rotation, name, at);
    if (name !== null) return next === null ? null : lastHandOff(plan, rotation, next);
  }
  return null;
}

/** The shift in which `at` falls, and those before it. */
function* shiftsBack(plan: OncallPlan, rotation: string, at: number): Generator<Shift, void> {
  let moment = at;
  for (let n = 0; n < MOST_SHIFTS && at - moment < FAR_MS; n++) {
    const { value } = shiftsFrom(plan, rotation, moment).next();
    if (!value) return;
    yield value;
    moment = Date.parse(value.from) - 1;
  }
}

/** When somebody else than `name` comes on call after `at`; null: no such moment is in sight. */
function changeFrom(plan: OncallPlan, rotation: string, name: string, at: number): number | null {
  let n = 0;
  for (const shift of shiftsFrom(plan, rotation, at)) {
    if (shift.name !== null && shift.name !== name) return Date.parse(shift.from);
    if (n++ > MOST_SHIFTS) return null;
  }
  return null;
}

/** The last Monday 09:00 on the clock of `zone` at or before `at`, `weeks` before or after it. */
export function mondayBefore(zone: string, at: number, weeks = 0): number {
  const day = Math.floor(wallAt(at, zone) / DAY);
  // 1970-01-01 was a Thursday.
  const monday = day - ((((day + 3) % 7) + 7) % 7);
  const moment = (week: number): number => momentOf((monday + 7 * week) * DAY + 9 * HOUR, zone);
  return moment(moment(0) <= at ? weeks : weeks - 1);
}

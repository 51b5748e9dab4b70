/** Where a plan leaves nobody on call, or asks one person twice. Pure; moments are ms since 1970. */
import { oddHour } from './calendar.ts';
import { ESCALATION_LEVELS, type EscalationLevel } from '../incident/paging.ts';
import type { Layer, OncallPlan, Shift } from './plan.ts';
import { handOff, routeAt, shiftsWithin, turnAt } from './shifts.ts';

/** Times from `from` to `until` when nobody is on the rotation. */
export const gapsOf = (plan: OncallPlan, rotation: string, from: number, until: number): readonly Shift[] =>
  shiftsWithin(plan, rotation, from, until).filter(({ name }) => name === null);

/** The same person stands on two levels of a route: whoever did not answer is paged again. */
interface Overlap {
  readonly at: number;
  readonly name: string;
  readonly levels: readonly EscalationLevel[];
}

/** The first overlap of a route from `from` to `until`, null: there is none. */
export function overlapOf(plan: OncallPlan, route: string, from: number, until: number): Overlap | null {
  const rotations = Object.values(plan.routes[route] ?? {}).flatMap((step) =>
    'rotation' in step ? [step.rotation] : [],
  );
  const changes = rotations.flatMap((rotation) =>
    shiftsWithin(plan, rotation, from, until).map((shift) => Math.max(from, Date.parse(shift.from))),
  );
  for (const at of [from, ...changes].toSorted((a, b) => a - b)) {
    const standing = routeAt(plan, route, at);
    for (const level of ESCALATION_LEVELS) {
      const levels = ESCALATION_LEVELS.filter((other) => standing[other] === standing[level]);
      const name = standing[level];
      if (name !== null && levels.length > 1) return { at, name, levels };
    }
  }
  return null;
}

/** A hand-off at an hour that its zone leaves out, or has twice, on that day. */
interface OddHandOff {
  /** As the wall says: `2027-03-28T02:30`. */
  readonly wall: string;
  readonly why: 'left out' | 'twice';
  /** When it is. */
  readonly at: number;
}

/** Those from `from` to `until`. */
export function oddHandOffs(layer: Layer, from: number, until: number): readonly OddHandOff[] {
  const odd: OddHandOff[] = [];
  for (let k = Math.max(0, turnAt(layer, from).k); handOff(layer, k) < until; k++) {
    const wall = Date.parse(`${layer.start}Z`) + k * layer.everyMs;
    const why = oddHour(wall, layer.zone);
    if (why !== null) odd.push({ wall: new Date(wall).toISOString().slice(0, 16), why, at: handOff(layer, k) });
  }
  return odd;
}

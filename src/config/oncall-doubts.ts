/** What in a sound oncall.yaml a person should look at: gaps, one person twice, odd hand-offs, nobody to reach. */
import { DAY, spanInWords } from '../incident/time.ts';
import { wallAt } from '../oncall/calendar.ts';
import { gapsOf, oddHandOffs, overlapOf } from '../oncall/coverage.ts';
import { DEFAULT_ROUTE } from '../incident/paging.ts';
import { hasContact, type Shift } from '../oncall/plan.ts';
import type { SourceLocation } from '../rules/rule.ts';
import type { ConfigFault } from './fault.ts';
import type { OncallConfig } from './oncall.ts';

/** How far ahead gaps and overlaps are looked for, and odd hand-offs, which come once or twice a year. */
const AHEAD_MS = 8 * 7 * DAY;
const YEAR_MS = 366 * DAY;

/** None of them is a fault. `now`: ms since 1970. */
export function oncallDoubts({ plan, places }: OncallConfig, now: number): ConfigFault[] {
  const at = (location: SourceLocation | undefined, message: string | null): ConfigFault[] =>
    location === undefined || message === null ? [] : [{ ...location, message }];
  const until = now + AHEAD_MS;
  return [
    ...plan.people
      .filter((person) => !hasContact(person))
      .flatMap(({ name }) =>
        at(places.people.get(name), `${name} has no phone, email or slack: nobody can reach them`),
      ),
    ...plan.rotations.flatMap(({ name, layers }) => [
      ...at(
        places.rotations.get(name),
        gapInWords(gapsOf(plan, name, now, until), layers[0]?.zone ?? 'UTC', now, until),
      ),
      ...layers.flatMap((layer) =>
        oddHandOffs(layer, now, now + YEAR_MS).flatMap(({ wall, why, at: moment }) => {
          const hour = why === 'twice' ? 'comes twice that day, the first counts' : 'is left out that day';
          const when = `the hand-off is at ${inZone(moment, layer.zone)}`;
          return at(places.starts.get(layer), `${wall.replace('T', ' ')} ${hour}: ${when}`);
        }),
      ),
    ]),
    ...Object.keys(plan.routes).flatMap((route) => {
      const found = overlapOf(plan, route, now, until);
      if (found === null) return [];
      const levels = `${found.levels.join(' and ')} of ${route}`;
      return at(
        places.routes.get(route),
        `overlap: ${found.name} is ${levels} at once from ${utc(found.at)} on: paged twice, and nobody else`,
      );
    }),
    ...(plan.routes[DEFAULT_ROUTE] === undefined
      ? at(
          [...places.routes.values(), ...places.rotations.values(), ...places.people.values()][0],
          `there is no route "${DEFAULT_ROUTE}": an incident declared by hand pages nobody`,
        )
      : []),
  ];
}

/** The first gap, and how many more there are; null: none. */
function gapInWords(gaps: readonly Shift[], zone: string, now: number, end: number): string | null {
  const [first] = gaps;
  if (first === undefined) return null;
  const from = Math.max(now, Date.parse(first.from));
  const total = gaps.reduce(
    (sum, gap) => sum + Math.min(end, Date.parse(gap.until ?? '') || end) - Math.max(now, Date.parse(gap.from)),
    0,
  );
  const until = first.until === null ? 'on' : `to ${inZone(Date.parse(first.until), zone)}`;
  const more = gaps.length === 1 ? '' : `; ${gaps.length} gaps, ${spanInWords(total)} in ${spanInWords(AHEAD_MS)}`;
  return `gap: nobody is on call from ${inZone(from, zone)} ${until}${more}`;
}

/** `2026-11-23 09:00 Europe/Berlin` */
const inZone = (at: number, zone: string): string => `${minute(wallAt(at, zone))} ${zone}`;
const utc = (at: number): string => `${minute(at)}Z`;
const minute = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** Who is on call, as lines: for the idle room, for the modal, and for the shell. Pure. */
import { DAY, clockTime, dayOf, spanInWords, zoneName, type Zone } from '../incident/time.ts';
import { ESCALATION_LEVELS } from '../incident/paging.ts';
import {
  hasContact,
  nextHandOffAt,
  standingAt,
  type OnDuty,
  type OncallPerson,
  type OncallTable,
} from '../oncall/plan.ts';
import { type Line, padLine, span, width } from '../terminal/text.ts';
import { heading, type IdlePart } from './idle-part.ts';
import { textLine } from './modal-parts.ts';

/** The time at which it is looked at, ms since 1970, and the zone in which times are written. */
export interface TimeView {
  readonly now: number;
  readonly zone: Zone;
}

const NOBODY = 'nobody';
/** Said where the hub's configuration has no people. */
export const NO_ONCALL = 'nobody is on call here: oncall.yaml names nobody';
/** Rotations shown in the idle room. */
const IDLE_ROTATIONS = 3;
/** Below this width only who is on, and until when, has room. */
const NARROW = 60;

/** Who is on, and the next hand-off; null until the hub has said. */
export function idleOncall(
  table: OncallTable | null | undefined,
  look: TimeView & { readonly isOld?: boolean },
  cols: number,
): IdlePart | null {
  if (table === undefined) return null;
  if (table === null) return { head: heading('ON CALL', 'nobody: oncall.yaml names no people') };
  const { rotations } = standingAt(table, look.now);
  const next = nextHandOffAt(table, look.now);
  const changed = next === null ? [] : rotations.filter(({ until }) => until !== null && Date.parse(until) === next);
  const who = changed.map(({ rotation, now, next: then }) => `${rotation} ${now ?? NOBODY} -> ${then ?? NOBODY}`);
  const soon = next === null ? '' : `next hand-off in ${spanInWords(next - look.now)}: ${who.join(', ')}`;
  const rows = dutyLines(rotations, look, cols).map((line): Line => [span(cols < NARROW ? ' ' : '   '), ...line]);
  return { head: heading('ON CALL', soon, look.isOld), rows, usual: IDLE_ROTATIONS, all: '/oncall', isPlain: true };
}

/** Everything there is: rotations, routes, overrides, people. `cols`: how wide; columns stand below each other. */
export function oncallLines(table: OncallTable, look: TimeView, cols: number): readonly Line[] {
  const { rotations, routes } = standingAt(table, look.now);
  const old = rotations.length < table.rotations.length ? [textLine('the list is too old to say more', 'warn')] : [];
  const levels = Object.entries(routes).map(([route, standing]): readonly [string, Line] => [
    route,
    ESCALATION_LEVELS.flatMap((level): Line => {
      if (table.plan.routes[route]?.[level] === undefined) return [];
      return [span(`${level} `, 'dim'), ...named(standing[level]), span('   ')];
    }),
  ]);
  const overrides = table.plan.overrides
    .filter(({ until }) => Date.parse(until) > look.now)
    .map(({ rotation, name, from, until, why, made }): readonly [string, Line] => [
      rotation,
      [
        span(`${name}  ${moment(from, look)} to ${moment(until, look)}  ${why}`),
        span(made === undefined ? '' : `  by ${made.by}, ${made.id}`, 'dim'),
      ],
    ]);
  return [
    ...dutyLines(rotations, look, cols),
    ...old,
    ...section('ROUTES', old.length === 0 ? columns(levels) : []),
    ...section('OVERRIDES', columns(overrides)),
    ...section('PEOPLE', phoneLines(table, look)),
  ];
}

/** How each person is reached, and what they are on call for. */
export function phoneLines(table: OncallTable, look: TimeView): readonly Line[] {
  const { rotations } = standingAt(table, look.now);
  return columns(
    table.plan.people.map((person): readonly [string, Line] => {
      const duties = rotations.filter(({ now }) => now === person.name).map(({ rotation }) => rotation);
      const about = [...reached(person), ...(person.zone === null ? [] : [person.zone])].join('   ');
      const duty = duties.length === 0 ? '' : `   on call: ${duties.join(', ')}`;
      return [person.name, [span(about, hasContact(person) ? 'plain' : 'warn'), span(duty, 'info')]];
    }),
  );
}

const reached = (person: OncallPerson): readonly string[] => {
  const { phone, email, slack } = person;
  if (!hasContact(person)) return ['no phone, email or slack'];
  return [phone, email, slack === null ? null : `slack ${slack}`].filter((one) => one !== null);
};

function dutyLines(duties: readonly OnDuty[], look: TimeView, cols: number): readonly Line[] {
  const isNarrow = cols < NARROW;
  return columns(
    duties.map(({ rotation, now, until, next }): readonly [string, Line] => {
      if (until === null) return [rotation, named(now)];
      const then = isNarrow ? '' : `, then ${next ?? NOBODY}`;
      return [rotation, [...named(now), span(` until ${moment(until, look)}${then}`, 'dim')]];
    }),
  );
}

const named = (name: string | null): Line =>
  name === null ? [span(NOBODY, 'warn')] : [span(name, 'plain', { bold: true })];

const section = (title: string, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [[], [span(title, 'title', { bold: true })], ...lines];

/** The first column as wide as its longest text. */
function columns(rows: readonly (readonly [string, Line])[]): readonly Line[] {
  const most = Math.max(0, ...rows.map(([first]) => width(first)));
  return rows.map(([first, rest]) => [...padLine([span(first)], most + 3), ...rest]);
}

/** `18:00` within a day, `Mon 09:00` within six, else with the date; the zone is said. */
function moment(instant: string, { now, zone }: TimeView): string {
  const at = Date.parse(instant);
  const time = `${clockTime(at, zone, false)} ${zoneName(zone)}`;
  if (Math.abs(at - now) < DAY) return time;
  const day = dayOf(at, zone);
  return `${at > now && at - now < 6 * DAY ? day.slice(0, 3) : day} ${time}`;
}

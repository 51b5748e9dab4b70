/** Reads oncall.yaml: people, rotations, overrides, routes. Every value is text, as it was typed. */
import { suggestion } from '../incident/fuzzy.ts';
import { isName, nameRule } from '../incident/person-name.ts';
import { DAY, HOUR, MINUTE, parseDuration } from '../incident/time.ts';
import { isTimeZone, momentOf } from '../oncall/calendar.ts';
import { ESCALATION_LEVELS } from '../incident/paging.ts';
import {
  namesOf,
  personOf,
  type DutyHours,
  type Layer,
  type OncallPerson,
  type OncallPlan,
  type Override,
  type Rotation,
  type Route,
  type RouteStep,
} from '../oncall/plan.ts';
import { isTextSetting, type SettingsReader } from '../probes/settings-reader.ts';
import type { SourceLocation } from '../rules/rule.ts';
import type { YamlFile } from './yaml-file.ts';

/** A plan, and where in the file its parts stand. */
export interface OncallConfig {
  readonly plan: OncallPlan;
  readonly places: {
    /** By name. */
    readonly people: ReadonlyMap<string, SourceLocation>;
    readonly rotations: ReadonlyMap<string, SourceLocation>;
    readonly routes: ReadonlyMap<string, SourceLocation>;
    /** Where each layer says when it begins. */
    readonly starts: ReadonlyMap<Layer, SourceLocation>;
  };
}

const MOST = { people: 500, rotations: 100, layers: 10, overrides: 500, routes: 200 } as const;
/** Shorter turns than this could change places in the night the clocks change. */
const SHORTEST_TURN_MS = HOUR;
const LONGEST_TEXT = 200;

/** Null: the file names nobody, so there is no on-call. Faults are left in `file`. */
export function readOncall(file: YamlFile): OncallConfig | null {
  return file.read((top) => readPlan(file, top), 'the file is empty: take it away, or write people: [] for no on-call');
}

function readPlan(file: YamlFile, top: SettingsReader): OncallConfig | null {
  const people = readPeople(top);
  const readers = atMost(top, 'rotations');
  const starts = new Map<Layer, SourceLocation>();
  const rotations = readers.map((reader) => readRotation(file, reader, people, starts));
  refuseTwice(readers, 'rotation', 'write its parts under layers:');
  const overrides = readOverrides(file, top, people, rotations);
  const routes = readRoutes(top.section('routes'), people, rotations);
  if (people.length === 0 && rotations.length === 0 && Object.keys(routes).length === 0) return null;
  const located = (key: string, names: readonly string[]): ReadonlyMap<string, SourceLocation> =>
    new Map(names.map((name, i) => [name, file.location([key, i, 'name'])]));
  return {
    plan: { people, rotations, overrides, routes },
    places: {
      people: located(
        'people',
        people.map(({ name }) => name),
      ),
      rotations: located(
        'rotations',
        rotations.map(({ name }) => name),
      ),
      routes: new Map(Object.keys(routes).map((name) => [name, file.location(['routes', name])])),
      starts,
    },
  };
}

function atMost(top: SettingsReader, key: 'people' | 'rotations' | 'layers' | 'overrides'): SettingsReader[] {
  const all = top.sections(key);
  if (all.length > MOST[key]) top.fault(key, `${key}: there are ${all.length}, and at most ${MOST[key]} are read`);
  return all.slice(0, MOST[key]);
}

/** What rotations and routes may be called: people say it, and type it in a shell. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._:/-]{0,39}$/u;
const NAME_RULE = 'a name begins with a letter or digit: up to 40 letters, digits, spaces and . _ : / -';

/** A fault at each name that was given before. */
function refuseTwice(readers: readonly SettingsReader[], what: string, hint: string): void {
  const seen = new Set<unknown>();
  for (const reader of readers) {
    const name = reader.value('name');
    if (seen.has(name))
      reader.fault('name', `there is already a ${what} "${String(name)}", and they would overlap: ${hint}`);
    if (name !== undefined) seen.add(name);
  }
}

function readPeople(top: SettingsReader): OncallPerson[] {
  const taken = new Map<string, string>();
  return atMost(top, 'people').map((person) => {
    const name = person.filled('name') ?? '';
    if (name !== '' && !isName(name)) person.fault('name', nameRule('a name'));
    const isAlias = (value: unknown): value is string => typeof value === 'string' && isName(value);
    const aliases = person.list('aliases', isAlias, 'names');
    for (const each of [name, ...aliases]) {
      const other = taken.get(each.toLowerCase());
      if (other !== undefined)
        person.fault(each === name ? 'name' : 'aliases', `"${each}" is already a name of ${other}`);
      if (each !== '') taken.set(each.toLowerCase(), name);
    }
    const contact = (key: string): string | null => {
      const text = person.text(key, null)?.trim() ?? '';
      if (text.length > LONGEST_TEXT) person.fault(key, `${key} has at most ${LONGEST_TEXT} characters`);
      return text === '' ? null : text;
    };
    const [phone, email, slack] = [contact('phone'), contact('email'), contact('slack')];
    return { name, aliases, phone, email, slack, zone: person.has('zone') ? readZone(person, null) : null };
  });
}

/** An IANA time zone under `zone`. */
export function readZone<F extends string | null>(from: SettingsReader, fallback: F): string | F {
  const text = from.text('zone', null)?.trim() ?? '';
  if (text === '') return fallback;
  if (isTimeZone(text)) return text;
  const close = suggestion(text, Intl.supportedValuesOf('timeZone'));
  from.fault('zone', `there is no time zone "${text}"${close}; zones are called Europe/Berlin, America/New_York, UTC`);
  return fallback;
}

function readRotation(
  file: YamlFile,
  reader: SettingsReader,
  people: readonly OncallPerson[],
  starts: Map<Layer, SourceLocation>,
): Rotation {
  const name = reader.filled('name') ?? '';
  if (name !== '' && !NAME.test(name)) reader.fault('name', NAME_RULE);
  const isLayered = reader.has('layers');
  const zone = isLayered ? readZone(reader, 'UTC') : 'UTC';
  const readers = isLayered ? atMost(reader, 'layers') : [reader];
  if (isLayered && readers.length === 0) reader.fault('layers', 'this is a rotation of nobody: it has no layers');
  const layers = readers.map((each) => {
    const layer = readLayer(each, people, zone);
    starts.set(layer, file.location([...each.path, 'start']));
    return layer;
  });
  return { name, layers };
}

function readLayer(reader: SettingsReader, people: readonly OncallPerson[], zone: string): Layer {
  return {
    zone: readZone(reader, zone),
    start: readStart(reader),
    everyMs: readEvery(reader),
    people: readTurns(reader, people),
    only: readOnly(reader),
  };
}

function readStart(reader: SettingsReader): string {
  const text = reader.filled('start');
  const wall = text === null ? null : parseWall(text);
  if (text !== null && wall === null)
    reader.fault(
      'start',
      `start is the first hand-off on the clock of the zone, such as '2026-11-02 09:00', not "${text}"`,
    );
  return wall ?? '1970-01-01T00:00';
}

/** `2026-11-02 09:00`, or a date alone, as `2026-11-02T09:00`; null when it is none. */
function parseWall(text: string): string | null {
  const [, date = '', time = '00:00'] =
    /^(\d{4}-\d\d-\d\d)(?:(?:[Tt]|\s+)(\d\d:\d\d)(?::00)?)?$/.exec(text.trim()) ?? [];
  const wall = `${date}T${time}`;
  const at = Date.parse(`${wall}Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(wall) ? wall : null;
}

function readEvery(reader: SettingsReader): number {
  const text = reader.filled('every');
  const ms = text === null ? null : parseDuration(text);
  if (text !== null && (ms === null || ms < SHORTEST_TURN_MS || ms % MINUTE !== 0))
    reader.fault('every', `every is how long a turn is, an hour or more: 12h, 1d, 1w or 2w, not "${text}"`);
  return Math.max(ms ?? 0, SHORTEST_TURN_MS);
}

/** The people who take turns, by the names they are known by. */
function readTurns(reader: SettingsReader, people: readonly OncallPerson[]): readonly string[] {
  const given = reader.list('people', isTextSetting, 'names of people, such as [ana, bob]');
  if (given.length === 0)
    reader.fault('people', 'this is a rotation of nobody: people: [ana, bob] says who takes turns');
  const isList = Array.isArray(reader.value('people'));
  return given.map((name, i) => nameOf(reader, isList ? ['people', i] : ['people'], name, people));
}

/** The name of the person who goes by `alias`; a fault at `at` when nobody in the list does. */
function nameOf(
  reader: SettingsReader,
  at: readonly (string | number)[],
  alias: string,
  people: readonly OncallPerson[],
): string {
  const person = personOf({ people }, alias);
  if (person !== null) return person.name;
  const known = people.flatMap(namesOf);
  const hint =
    suggestion(alias, known) ||
    (known.length === 0 ? '; people: has nobody' : `; known: ${known.slice(0, 20).join(', ')}`);
  reader.fault(at, `nobody under people: is called "${alias}"${hint}`);
  return alias;
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** One map of duty hours, or a list of them. */
function readOnly(reader: SettingsReader): readonly DutyHours[] {
  if (!reader.has('only')) return [];
  const readers = Array.isArray(reader.value('only')) ? reader.sections('only') : [reader.section('only')];
  return readers.map((only) => {
    const [from, until] = [readClock(only, 'from', 0), readClock(only, 'until', DAY / MINUTE)];
    if (from === until) only.fault('until', 'from and until are the same; leave both out for the whole day');
    return { days: readDays(only), from, until };
  });
}

/** Minutes after midnight. */
function readClock(only: SettingsReader, key: string, fallback: number): number {
  const text = only.text(key, null);
  if (text === null) return fallback;
  const [, h, m] = /^(\d{1,2}):(\d\d)$/.exec(text.trim()) ?? [];
  const minutes = Number(h) * 60 + Number(m);
  if (Number(m) < 60 && minutes <= DAY / MINUTE) return minutes;
  only.fault(key, `${key} is a time of day, such as 09:00, and 24:00 at most, not "${text}"`);
  return fallback;
}

/** `mon-fri`, `sat,sun`, or a list of such. */
function readDays(only: SettingsReader): readonly number[] {
  const given = only.list('days', isTextSetting, 'days, such as mon-fri or [sat, sun]');
  const words = given.flatMap((text) => text.toLowerCase().split(/[\s,]+/)).filter((word) => word !== '');
  if (words.length === 0) return [1, 2, 3, 4, 5, 6, 7];
  return words.flatMap((word) => {
    const [first, last] = word.split('-').map((day) => DAYS.indexOf(day.slice(0, 3)));
    if (first === undefined || first < 0 || (last !== undefined && last < 0) || word.split('-').length > 2) {
      only.fault('days', `"${word}" is no day of the week; write mon-fri, or sat,sun`);
      return [];
    }
    // From Friday to Monday goes over the end of the week.
    const count = last === undefined ? 1 : ((last - first + 7) % 7) + 1;
    return Array.from({ length: count }, (_, i) => ((first + i) % 7) + 1);
  });
}

function readOverrides(
  file: YamlFile,
  top: SettingsReader,
  people: readonly OncallPerson[],
  rotations: readonly Rotation[],
): Override[] {
  const overrides: Override[] = [];
  for (const reader of atMost(top, 'overrides')) {
    const rotation = reader.filled('rotation');
    const found = rotations.find(({ name }) => name === rotation);
    if (rotation !== null && found === undefined) unknownRotation(reader, rotation, rotations);
    const alias = reader.filled('name');
    const name = alias === null ? null : nameOf(reader, ['name'], alias, people);
    const why = reader.text('why', '');
    const zone = found?.layers[0]?.zone ?? 'UTC';
    const [from, until] = [readMoment(reader, 'from', zone), readMoment(reader, 'until', zone)];
    if (found === undefined || name === null || from === null || until === null) continue;
    if (until <= from) reader.fault('until', 'an override ends after it begins');
    const other = overrides.findIndex((one) => one.rotation === rotation && one.from < until && from < one.until);
    if (other >= 0) {
      const { line } = file.location(['overrides', other]);
      reader.fault(
        'from',
        `it overlaps with the override of line ${line}: one of them has to end before the other begins`,
      );
    }
    overrides.push({ rotation: found.name, name, from, until, why });
  }
  return overrides;
}

function unknownRotation(reader: SettingsReader, rotation: string, rotations: readonly Rotation[]): void {
  const names = rotations.map(({ name }) => name);
  const known = names.length === 0 ? '; there is none' : `; known: ${names.join(', ')}`;
  reader.fault('rotation', `there is no rotation "${rotation}"${suggestion(rotation, names) || known}`);
}

/** A time on the clock of `zone`, or an ISO time in UTC. */
function readMoment(reader: SettingsReader, key: string, zone: string): string | null {
  const text = reader.filled(key);
  if (text === null) return null;
  const utc = /^(\S+)\s*(?:Z|UTC)$/.exec(text.trim().replace(' ', 'T'))?.[1];
  const wall = parseWall(utc ?? text);
  if (wall !== null)
    return new Date(utc === undefined ? momentOf(Date.parse(`${wall}Z`), zone) : Date.parse(`${wall}Z`)).toISOString();
  reader.fault(
    key,
    `${key} is a time on the clock of the rotation's zone, such as '2026-12-24 09:00', or in UTC: '2026-12-24T08:00Z'`,
  );
  return null;
}

function readRoutes(
  top: SettingsReader,
  people: readonly OncallPerson[],
  rotations: readonly Rotation[],
): Record<string, Route> {
  const names = top.keys;
  if (names.length > MOST.routes)
    top.fault([], `there are ${names.length} routes, and at most ${MOST.routes} are read`);
  const entries = names.slice(0, MOST.routes).map((name): [string, Route] => {
    const route = top.section(name);
    if (!NAME.test(name)) route.fault([], NAME_RULE, { isKey: true });
    const steps = ESCALATION_LEVELS.flatMap((level) => {
      if (!route.has(level)) return [];
      const step = readStep(route.section(level), people, rotations);
      return step === null ? [] : [[level, step] as const];
    });
    if (!route.has('L1'))
      route.fault([], `the route "${name}" needs an L1: who is paged first, such as L1: { rotation: primary }`);
    return [name, Object.fromEntries(steps)];
  });
  return Object.fromEntries(entries);
}

function readStep(
  step: SettingsReader,
  people: readonly OncallPerson[],
  rotations: readonly Rotation[],
): RouteStep | null {
  const [rotation, person] = [step.text('rotation', null), step.text('person', null)];
  if ((rotation === null) === (person === null)) {
    step.fault([], 'this is either { rotation: NAME } or { person: NAME }');
    return null;
  }
  if (person !== null) return { person: nameOf(step, ['person'], person, people) };
  if (rotation === null) return null;
  if (rotations.some(({ name }) => name === rotation)) return { rotation };
  unknownRotation(step, rotation, rotations);
  return null;
}

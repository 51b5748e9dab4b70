/** Whether a body says that its service is ill: by its own settings where there are any, else by the words people use. */
import { parsePath, valueAt } from './json-path.ts';

/** Path into a JSON body -> what is healthy there, any of these. `false`: the body is not judged. */
export type Healthy = Readonly<Record<string, readonly string[]>> | false;

/** `word`: what the body says of itself; null when it says nothing. */
export interface Verdict {
  readonly is: 'ok' | 'degraded' | 'down';
  readonly word: string | null;
}
const SILENT: Verdict = { is: 'ok', word: null };

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const DOWN = words(
  'false down fail failed failing failure failures error errors unhealthy critical crit fatal red ko nok not_ok ' +
    'offline dead stopped broken outage major major_outage out_of_service unavailable not_available',
);
const DEGRADED = words(
  'degraded degraded_performance warn warning yellow amber minor partial partial_outage partially_degraded unstable ' +
    'not_ready starting starting_up initializing shutting_down stopping draining maintenance under_maintenance unknown',
);
/** Keys under which services say how they are. */
const SAID_UNDER = words('status state health healthy ok success overall indicator up ready alive');
/** Keys that are bad news when true. */
const BAD_WHEN_TRUE = words('maintenance degraded readonly read_only shutting_down');

/** No health body is as deep or as large; a page of data is not searched to its end. */
const MAX_DEPTH = 4;
const MAX_VALUES = 2_000;
const LONGEST = 40;

const normal = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '_');

function ofWord(text: string): Verdict {
  const [word, shown] = [normal(text), text.trim().slice(0, LONGEST)];
  return { is: DOWN.has(word) ? 'down' : DEGRADED.has(word) ? 'degraded' : 'ok', word: shown };
}

/** A body that is no JSON: one word, or a few. */
export const verdictOfText = (text: string): Verdict =>
  text.length > LONGEST || ofWord(text).is === 'ok' ? SILENT : ofWord(text);

/** `body` is parsed JSON. What its parts say makes a service that calls itself well degraded, and one that says nothing down. */
export function verdictOf(body: unknown, healthy: Healthy | null): Verdict {
  if (healthy === false) return SILENT;
  if (healthy !== null) return verdictOfSettings(body, healthy);
  const own = worst(entriesOf(body).map(([key, value]) => ofValue(key, value)));
  const parts = worst(partsOf(body));
  if (own.is === 'down' || parts.is === 'ok') return own.word === null ? parts : own;
  const isCalledWell = own.word !== null && own.is === 'ok';
  return isCalledWell ? { is: 'degraded', word: parts.word } : worst([parts, own]);
}

/** Every path has to say one of its values. */
function verdictOfSettings(body: unknown, healthy: Readonly<Record<string, readonly string[]>>): Verdict {
  const said = Object.entries(healthy).map(([path, good]): Verdict => {
    const value = valueAt(body, parsePath(path) ?? []);
    const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
    const word = isScalar ? String(value).slice(0, LONGEST) : `nothing at ${path}`;
    return { is: isScalar && good.some((one) => normal(one) === normal(String(value))) ? 'ok' : 'down', word };
  });
  return worst(said);
}

/** What the maps and lists below the top say, each with the path to it. */
function partsOf(body: unknown): Verdict[] {
  const found: Verdict[] = [];
  const queue = entriesOf(body).map(([key, value]) => ({ path: key, value, depth: 1 }));
  for (const { path, value, depth } of queue) {
    for (const [key, inner] of entriesOf(value)) {
      const said = ofValue(key, inner);
      if (said.is !== 'ok') found.push({ ...said, word: `${path}: ${said.word}`.slice(0, 2 * LONGEST) });
      if (depth < MAX_DEPTH && queue.length < MAX_VALUES)
        queue.push({ path: `${path}.${key}`, value: inner, depth: depth + 1 });
    }
  }
  return found;
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** What one key says; `ok` without a word when it is not about health. */
function ofValue(key: string, value: unknown): Verdict {
  const name = normal(key);
  if (BAD_WHEN_TRUE.has(name)) return value === true ? { is: 'degraded', word: key } : SILENT;
  if (!SAID_UNDER.has(name)) return SILENT;
  if (typeof value === 'boolean') return value ? { is: 'ok', word: 'ok' } : { is: 'down', word: 'not ok' };
  // As a status of HTTP; other numbers mean something else in each service.
  if (typeof value === 'number') return value >= 400 && value <= 599 ? { is: 'down', word: String(value) } : SILENT;
  return typeof value === 'string' ? ofWord(value) : SILENT;
}

/** The first of the worst; of those that are well, the first that says so. */
function worst(all: readonly Verdict[]): Verdict {
  const said = all.filter(({ word }) => word !== null);
  const found = (is: Verdict['is']): Verdict | undefined => said.find((one) => one.is === is);
  return found('down') ?? found('degraded') ?? said[0] ?? SILENT;
}

/** Whether a body says that its service is unhealthy: by the target's settings, else by common words. */
import { parsePath, valueAt } from './json-path.ts';

export const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

/** Path into a JSON body -> healthy values. `false`: the body is not judged. */
export type Healthy = Readonly<Record<string, readonly string[]>> | false;

/** `word`: the status in the body's own words; null for none. */
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
const SAID_UNDER = words('status state health healthy ok success overall indicator up ready alive');
const BAD_WHEN_TRUE = words('maintenance degraded readonly read_only shutting_down');

/** Limits of the search: no health body is as deep or as large. */
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

/** The verdict of a body that is no JSON: it counts if it is one word or a few. */
export const verdictOfText = (text: string): Verdict =>
  text.length > LONGEST || ofWord(text).is === 'ok' ? SILENT : ofWord(text);

/** `body`: parsed JSON. A bad part makes a service degraded that says it is well; one that says nothing is as bad as it. */
export function verdictOf(body: unknown, healthy: Healthy | null): Verdict {
  if (healthy === false) return SILENT;
  if (healthy !== null) return verdictOfSettings(body, healthy);
  const own = worst(entriesOf(body).map(([key, value]) => ofValue(key, value)));
  const parts = worst(partsOf(body));
  if (own.is === 'down' || parts.is === 'ok') return own.word === null ? parts : own;
  const isCalledWell = own.word !== null && own.is === 'ok';
  return isCalledWell ? { is: 'degraded', word: parts.word } : worst([parts, own]);
}

function verdictOfSettings(body: unknown, healthy: Readonly<Record<string, readonly string[]>>): Verdict {
  const said = Object.entries(healthy).map(([path, good]): Verdict => {
    const value = valueAt(body, parsePath(path) ?? []);
    const word = isScalar(value) ? String(value).slice(0, LONGEST) : `nothing at ${path}`;
    return { is: isScalar(value) && good.some((one) => normal(one) === normal(String(value))) ? 'ok' : 'down', word };
  });
  return worst(said);
}

/** The bad statuses below the top level, each with its path. */
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

function ofValue(key: string, value: unknown): Verdict {
  const name = normal(key);
  if (BAD_WHEN_TRUE.has(name)) return value === true ? { is: 'degraded', word: key } : SILENT;
  if (!SAID_UNDER.has(name)) return SILENT;
  if (typeof value === 'boolean') return value ? { is: 'ok', word: 'ok' } : { is: 'down', word: 'not ok' };
  // Read as an HTTP status; the meaning of other numbers differs between services.
  if (typeof value === 'number') return value >= 400 && value <= 599 ? { is: 'down', word: String(value) } : SILENT;
  return typeof value === 'string' ? ofWord(value) : SILENT;
}

function worst(all: readonly Verdict[]): Verdict {
  const said = all.filter(({ word }) => word !== null);
  return said.find(({ is }) => is === 'down') ?? said.find(({ is }) => is === 'degraded') ?? said[0] ?? SILENT;
}

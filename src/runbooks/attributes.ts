/** The attributes a block may have, and what is wrong with those it has. */
import { nearest } from '../incident/fuzzy.ts';
import { parseDuration } from '../incident/time.ts';
import type { Attribute, InfoFault, InfoString } from './info-string.ts';
import { USES } from './uses.ts';

const OURS = ['name', 'kind', 'target', 'uses', 'max', 'timeout', 'confirm', 'undo', 'since'] as const;
/** Of runme: these four mean the same here, and the rest means nothing. */
const SHARED = ['cwd', 'interpreter', 'ignore', 'transform'] as const;
const RUNMES = `id interactive background excludeFromRunAll promptEnv mimeType mimetype terminalRows tag category
  closeTerminalOnSuccess openTerminalOnError skipPrompts`.split(/\s+/);
type Known = (typeof OURS)[number] | (typeof SHARED)[number] | 'excludeFromRunAll' | 'background';

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 600_000;
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,63}$/u;
const DURATION = 'a duration such as 5s or 2m';

/** The values of a block's attributes; null: not given, or wrong. */
export type StepAttributes = ReturnType<typeof readAttributes>['settings'];

/** Whether the block was written for this program, and not for runme or a web page. */
export const hasOurs = ({ attributes }: InfoString): boolean =>
  attributes.some(({ key, value }) => key !== 'name' && value !== '' && OURS.some((ours) => ours === key));

/** `isOurs`: the file was written for this program; there a name that nobody knows is a fault, since a step may hang on it. */
export function readAttributes(info: InfoString, isOurs: boolean) {
  // Web pages highlight lines by `{1,3-5}`, and have their own attributes behind it.
  const isOther = !isOurs && info.attributes.every(({ value }) => value === '');
  const faults: InfoFault[] = isOther ? [] : [...info.faults];
  const given = new Map<string, Attribute>(info.attributes.toReversed().map((one) => [one.key, one]));
  const value = <T>(key: Known, must: string, parse: (text: string) => T | null): T | null => {
    const attribute = given.get(key);
    const parsed = attribute === undefined ? null : parse(attribute.value);
    if (attribute !== undefined && parsed === null)
      faults.push({ at: attribute.at, message: `${key} must be ${must}, not "${attribute.value}"`, isFault: isOurs });
    return parsed;
  };
  const text = (key: Known): string | null => value(key, 'text', (given) => (given === '' ? null : given));
  const flag = (key: Known): boolean | null =>
    value(key, 'true or false', (given) =>
      /^(?:true|1)$/i.test(given) ? true : /^(?:false|0)$/i.test(given) ? false : null,
    );
  const duration = (key: Known): number | null => {
    const most = `${DURATION}, at most ${MAX_TIMEOUT_MS / 60_000}m`;
    return value(key, key === 'timeout' ? most : DURATION, (given) => {
      const ms = parseDuration(given);
      return ms === null || ms <= 0 || (key === 'timeout' && ms > MAX_TIMEOUT_MS) ? null : ms;
    });
  };
  for (const { key, value: set, at } of info.attributes) {
    if ([...OURS, ...SHARED, ...RUNMES].some((known) => known === key)) continue;
    if (set === '' && !isOurs) continue;
    const close = nearest(key, [...OURS, ...SHARED, ...RUNMES]);
    const hint = close === null ? `; known are ${OURS.join(', ')}` : `; did you mean "${close}"?`;
    faults.push({ at, message: `there is no attribute ${key}${hint}`, isFault: isOurs });
  }
  const settings = {
    name: value('name', 'letters, digits, -, _ and ., 64 at most', (given) => (NAME.test(given) ? given : null)),
    kind: value<'observe' | 'mutate'>('kind', 'observe or mutate', (given) =>
      given === 'observe' || given === 'mutate' ? given : null,
    ),
    target: text('target'),
    uses: value('uses', `one of ${Object.keys(USES).join(', ')}`, (given) =>
      Object.hasOwn(USES, given) ? given : null,
    ),
    max: value('max', 'a whole number, 1 or more', (given) => (/^[1-9]\d{0,8}$/.test(given) ? Number(given) : null)),
    timeoutMs: duration('timeout') ?? DEFAULT_TIMEOUT_MS,
    isTyped: value('confirm', '"typed", or left out', (given) => (given === 'typed' ? true : null)) ?? false,
    undo: text('undo'),
    /** How far back a log is searched. */
    sinceMs: duration('since'),
    cwd: text('cwd'),
    interpreter: text('interpreter'),
    /** It is only there for other programs. */
    isIgnored: flag('ignore') === true || flag('transform') === false,
    isLeftOutOfRunAll: flag('excludeFromRunAll') ?? false,
  };
  const background = given.get('background');
  if (background !== undefined && flag('background') === true)
    faults.push({ at: background.at, message: 'a step is never left running in the background', isFault: true });
  return { settings, faults };
}

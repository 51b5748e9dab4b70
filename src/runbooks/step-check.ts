/** What is wrong with one block, apart from its attributes: what it says, in the language it is in. */
import { nearest, suggestion } from '../incident/fuzzy.ts';
import type { StepAttributes } from './attributes.ts';
import { RUNNABLE } from './language.ts';
import type { StepKind } from './runbook.ts';
import { redisCommands, redisFault } from './redis-text.ts';
import { looksChanging, looksEndless } from './shell-text.ts';
import { sqlFaults } from './sql-text.ts';
import { USES } from './uses.ts';

export interface CheckedStep {
  readonly kind: StepKind;
  readonly language: string | null;
  readonly text: string;
  readonly settings: StepAttributes;
}
export interface StepFault {
  /** The offset in the text; null: the fence itself. */
  readonly at: number | null;
  readonly message: string;
  readonly isFault: boolean;
}

/** `${{name}}`, wherever it stands. */
export const PARAM = /\$\{\{([^{}\n]*)\}\}/g;
/** Of one step. */
const MAX_FAULTS = 20;
/** What a step may ask docker. */
export const DOCKER_COMMANDS = ['stats', 'ps', 'top', 'logs', 'inspect'];
const REQUEST = /^([A-Z]+) (\S+)$/;

/** Whether a block that does not say its kind looks as if it changed something. */
export function changes(language: string | null, text: string): boolean {
  if (language === 'sh') return looksChanging(text);
  if (language === 'sql') return sqlFaults(text).length > 0;
  if (language === 'redis') return redisCommands(text).some(({ words }) => redisFault(words) !== null);
  return language === 'http' && !/^(?:GET|HEAD)\b/.test(text.trimStart());
}

/** The faults of a step that is meant to run. `params`: the names it may take. */
export function stepFaults(step: CheckedStep, params: ReadonlySet<string>): readonly StepFault[] {
  return [...kindFaults(step), ...textFaults(step), ...paramFaults(step, params)].slice(0, MAX_FAULTS);
}

function kindFaults({ kind, language, text, settings }: CheckedStep): readonly StepFault[] {
  const faults: StepFault[] = [];
  const say = (message: string, isFault = true): void => void faults.push({ at: null, message, isFault });
  const used = settings.uses === null ? undefined : USES[settings.uses];
  if (text.trim() === '') say('the block is empty');
  const hint = kind === 'note' && language !== null ? suggestion(language, [...RUNNABLE, 'ask', 'note']) : '';
  const isMeant = settings.kind !== null || settings.uses !== null;
  if (hint !== '' || (kind === 'note' && isMeant))
    say(`blocks of ${language ?? 'words'} are never run${hint}`, isMeant);
  if (used !== undefined && used.kind !== kind) say(`${settings.uses} is a step of kind=${used.kind}`);
  if (used !== undefined && used.language !== language) say(`${settings.uses} is a step in ${used.language}`);
  if (kind === 'mutate' && language === 'sh' && settings.kind === null)
    say('it looks as if it changed something, and counts as kind=mutate: say so, or kind=observe', false);
  if (kind === 'mutate' && language === 'sh' && !settings.isLeftOutOfRunAll)
    say('say excludeFromRunAll=true, or `runme run all` runs it without asking');
  if (kind === 'mutate' && settings.kind !== null && language !== 'sh' && settings.uses === null)
    say('it is shown and never run: a change needs uses=, which brings its preview', false);
  if (kind !== 'mutate' && (settings.max ?? settings.undo) !== null)
    say('max and undo are for steps of kind=mutate', false);
  if (language !== 'log' && settings.sinceMs !== null) say('since is for steps in log', false);
  return faults;
}

function textFaults({ kind, language, text, settings }: CheckedStep): readonly StepFault[] {
  const say = (at: number | null, message: string, isFault = true): StepFault => ({ at, message, isFault });
  if (settings.uses !== null) return [];
  if (language === 'sh') {
    const endless = looksEndless(text)
      ? [say(null, 'it looks as if it never ended by itself, or wanted a terminal', false)]
      : [];
    const hidden = kind === 'observe' && looksChanging(text);
    return hidden
      ? [...endless, say(null, 'it looks as if it changed something, and says kind=observe', false)]
      : endless;
  }
  // Without a word about its kind a step observes.
  if (settings.kind === 'mutate') return [];
  if (language === 'sql') return sqlFaults(text).map(({ at, message }) => say(at, message));
  if (language === 'redis') return redisFaults(text);
  if (language === 'http') return httpFaults(text, settings.target).map((message) => say(0, message));
  const [docker = ''] = text.trim().split(/\s/, 1);
  if (language === 'docker' && !DOCKER_COMMANDS.includes(docker))
    return [say(0, `docker steps are ${DOCKER_COMMANDS.join(', ')}, not "${docker}"`)];
  return [];
}

function redisFaults(text: string): readonly StepFault[] {
  const faults: StepFault[] = [];
  const starts = lineStarts(text);
  for (const { words, line } of redisCommands(text)) {
    const message = redisFault(words);
    if (message !== null) faults.push({ at: starts[line] ?? 0, message, isFault: true });
    if (faults.length >= MAX_FAULTS) break;
  }
  return faults;
}

function httpFaults(text: string, target: string | null): readonly string[] {
  const [line = ''] = text.trimStart().split('\n', 1);
  const [, method, url = ''] = REQUEST.exec(line.trim()) ?? [];
  if (method === undefined) return ['the first line is a method and a URL, such as GET https://example.com/healthz'];
  if (method !== 'GET' && method !== 'HEAD') return [`${method} may change something, and this step only observes`];
  if (url.startsWith('/')) return target === null ? ['a path needs target=, the target that is asked'] : [];
  return /^(?:https?:\/\/[^\s/]|\$\{\{)/.test(url)
    ? []
    : ['the URL begins with https://, http:// or, with target=, a slash'];
}

function paramFaults({ kind, text, settings }: CheckedStep, params: ReadonlySet<string>): readonly StepFault[] {
  const faults: StepFault[] = [];
  const found = new Set<string>();
  for (const { 0: whole, 1: name = '', index: at } of text.matchAll(PARAM)) {
    found.add(name.trim());
    if (params.has(name.trim()) || faults.length >= MAX_FAULTS) continue;
    const close = nearest(name.trim(), params);
    const hint = close === null ? 'name it in params: of the front matter, or ask for it' : `did you mean "${close}"?`;
    faults.push({ at, message: `there is no parameter ${whole}; ${hint}`, isFault: true });
  }
  const used = settings.uses === null || kind === 'note' ? undefined : USES[settings.uses];
  for (const name of used?.params ?? [])
    if (!found.has(name))
      faults.push({
        at: null,
        message: `${settings.uses} takes the parameter ${name}: show it as \${{${name}}}`,
        isFault: true,
      });
  return faults;
}

/** The offset of each line. */
const lineStarts = (text: string): number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};

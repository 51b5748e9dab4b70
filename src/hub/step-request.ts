/** Finds what somebody asks to run: the step, its parameters, the target it means; or says why it does not run. */
import { isLoopback } from '../delivery/connection-settings.ts';
import { BOUNDS } from '../incident/bounds.ts';
import { suggestion } from '../incident/fuzzy.ts';
import type { Incident } from '../incident/incident.ts';
import { lastRun } from '../incident/runs.ts';
import type { LogSource } from '../logs/source.ts';
import type { Target } from '../probes/probe.ts';
import type { HubCommand } from '../protocol/command.ts';
import { findRunbook, uriDecoded } from '../runbooks/find.ts';
import { MASK } from '../runbooks/runner/output.ts';
import { stepNamed, type Param, type Runbook, type ParsedStep } from '../runbooks/runbook.ts';
import { targetsOf } from '../runbooks/targets.ts';
import { USES } from '../runbooks/uses.ts';

import { refused, type RefusedResult } from './submission.ts';

/** What a hub needs to run steps. */
export interface RunbookOptions {
  /** All runbooks, as they are on disk now. */
  readonly read: () => Promise<readonly Runbook[]>;
  readonly logs: () => readonly LogSource[];
  readonly allowShell: boolean;
  /** Parameters may be taken from it. */
  readonly env: NodeJS.ProcessEnv;
  /** The module with the built-in steps. */
  readonly native: string;
}
export interface FoundStep {
  readonly runbook: Runbook;
  readonly step: ParsedStep;
  readonly targets: readonly Target[];
  /** That a step in `log` looks through. */
  readonly logs: readonly LogSource[];
  /** With the values of secrets; in the record these are masked. */
  readonly params: Readonly<Record<string, string>>;
  readonly recorded: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}
export interface StepWorld extends Pick<RunbookOptions, 'env' | 'allowShell'> {
  readonly runbooks: readonly Runbook[];
  readonly targets: readonly Target[];
  readonly logs: readonly LogSource[];
  readonly incident: Incident;
  /** The hub is that of a drill. */
  readonly rehearsal: boolean;
}
type RunStep = Extract<HubCommand, { kind: 'run_step' }>;

export function findStep(command: RunStep, world: StepWorld): FoundStep | RefusedResult {
  const { runbooks } = world;
  const { runbook } = findRunbook(runbooks, command.runbook) ?? {};
  if (runbook === undefined) {
    const names = runbooks.map(({ name }) => name);
    return refused('not_found', `there is no runbook "${command.runbook}"${suggestion(command.runbook, names)}`);
  }
  const step = stepNamed(runbook, command.step);
  if (step === undefined) {
    const names = runbook.steps.map(({ name }) => name);
    return refused('not_found', `${runbook.name} has no step "${command.step}"${suggestion(command.step, names)}`);
  }
  const found = { runbook, step, targets: [], logs: [], params: {}, recorded: {}, secrets: [] };
  if (command.skip !== undefined || step.kind === 'note') return found;
  if (step.kind === 'ask') return answer(command, found);
  const why = whyNot(step, world);
  if (why !== null) return why;
  const targets = wanted(command, step, world);
  if ('refused' in targets) return targets;
  const logs = step.language === 'log' ? logsOf(command.target ?? step.target, world.logs) : [];
  if ('refused' in logs) return logs;
  const params = paramsOf(command, found, world);
  if ('refused' in params) return params;
  if (world.rehearsal && step.kind === 'mutate' && namesOtherMachine([step.text, ...Object.values(params.params)]))
    return refused('forbidden', 'a drill changes nothing outside of its own servers');
  return { ...found, ...params, targets, logs };
}

const namesOtherMachine = (texts: readonly string[]): boolean =>
  texts.some((text) => [...text.matchAll(/https?:\/\/([^/:\s"']+)/gi)].some(([, host = '']) => !isLoopback(host)));

function answer({ params = {} }: RunStep, found: FoundStep): FoundStep | RefusedResult {
  const { name } = found.step;
  const text = params[name]?.trim();
  if (!text) return refused('invalid', `answer it: --param ${name}=…`);
  // What the state keeps of it is what later steps get.
  if (text.length > BOUNDS.text) return refused('invalid', `an answer has at most ${BOUNDS.text} characters`);
  return { ...found, params: { [name]: text }, recorded: { [name]: text } };
}

function whyNot(step: ParsedStep, { allowShell }: StepWorld): RefusedResult | null {
  if (step.language === 'sh' && step.isExecutable && !allowShell)
    return refused('forbidden', 'this hub was started without --allow-shell: copy the commands, and run them yourself');
  if (step.isExecutable) return null;
  return refused('not_now', `${step.name} is shown and copied, and not run (warroom runbook check says why)`);
}

/** The targets of the step: one, but for a built-in step that works on all of them. */
function wanted(
  { target }: RunStep,
  step: ParsedStep,
  { targets, incident }: StepWorld,
): readonly Target[] | RefusedResult {
  const fitting = targetsOf(step, targets);
  const isNeeded =
    (step.target !== null && step.language === 'http') || step.language === 'sql' || step.language === 'redis';
  const names = fitting.map(({ name }) => name);
  if (fitting.length === 0)
    return isNeeded ? refused('not_found', `there is no ${step.target ?? step.language} target to run it on`) : [];
  if (target !== undefined) {
    const named = fitting.filter(({ name }) => name === target);
    return named.length > 0
      ? named
      : refused('not_found', `${step.name} does not run on "${target}"${suggestion(target, names)}`);
  }
  if (fitting.length === 1) return fitting;
  if (!isNeeded) return [];
  if (step.uses !== null && USES[step.uses]?.takesMany) return fitting;
  // As the alert says that the incident is about.
  const alerts = incident.alerts.map(({ alert }) => alert);
  const meant = fitting.filter(({ name }) => alerts.some((alert) => alert.includes(`"${name}"`)));
  if (meant.length === 1) return meant;
  return refused('invalid', `say on which target: ${names.slice(0, 20).join(', ')}`);
}

/** The log that is named; all of them where none is. */
function logsOf(name: string | null, logs: readonly LogSource[]): readonly LogSource[] | RefusedResult {
  const found = name === null ? logs : logs.filter((log) => log.name === name);
  if (found.length > 0) return found;
  const names = logs.map((log) => log.name);
  const hint = name === null ? '' : suggestion(name, names);
  return refused('not_found', `logs.yaml names no log${name === null ? '' : ` "${name}"`}${hint}`);
}

function paramsOf(
  { params: given = {} }: RunStep,
  { runbook, step }: FoundStep,
  world: StepWorld,
): Pick<FoundStep, 'params' | 'recorded' | 'secrets'> | RefusedResult {
  const unknown = Object.keys(given).find((name) => !step.params.includes(name));
  if (unknown !== undefined)
    return refused('invalid', `${step.name} takes no parameter "${unknown}"${suggestion(unknown, step.params)}`);
  const params: Record<string, string> = {};
  const secrets: string[] = [];
  for (const name of step.params) {
    const param = runbook.params.get(name);
    const asked = lastRun(world.incident, runbook.name, name);
    const answered = asked?.kind === 'ask' && asked.state === 'done' ? asked.params[name] : undefined;
    if (param?.isSecret && given[name] !== undefined)
      return refused('invalid', `${name} is a secret, which no record may hold: set it in the hub's environment`);
    const value = given[name] ?? answered ?? (param?.env ? world.env[param.env] : undefined) ?? param?.default;
    if (value === undefined || value === null || value === '') return missing(step, name, param);
    const fault = param === undefined ? null : faultOf(param, value);
    if (fault !== null) return refused('invalid', fault);
    params[name] = value;
    if (param?.isSecret) secrets.push(value);
  }
  const recorded = Object.entries(params).map(([name, value]) => [
    name,
    runbook.params.get(name)?.isSecret ? MASK : value,
  ]);
  return { params, recorded: Object.fromEntries(recorded), secrets };
}

function missing(step: ParsedStep, name: string, param: Param | undefined): RefusedResult {
  const where = param?.env ? `, or $${param.env} in the hub's environment` : '';
  const about = param?.about == null ? '' : ` (${param.about})`;
  const how = param?.isSecret ? `$${param.env ?? '…'} in the hub's environment` : `--param ${name}=…${where}`;
  return refused('invalid', `${step.name} needs ${name}${about}: ${how}`);
}

function faultOf({ name, choices, isNumber }: Param, value: string): string | null {
  if (choices.length > 0 && !choices.includes(value)) return `${name} is one of ${choices.join(', ')}`;
  return isNumber && !/^-?\d+(?:\.\d+)?$/.test(value) ? `${name} is a number, not "${value.slice(0, 80)}"` : null;
}

/** Words in settings of a target that must not be shown: passwords in URLs, tokens in headers. */
export function secretsIn(settings: unknown, key = ''): readonly string[] {
  if (typeof settings === 'object' && settings !== null)
    return Object.entries(settings).flatMap(([name, value]) => secretsIn(value, name));
  if (typeof settings !== 'string') return [];
  const inUrl = /^[\w+.-]+:\/\/[^/@]*?:([^@/]*)@/.exec(settings)?.[1];
  const inWords = /\bpassword\s*=\s*('(?:[^'\\]|\\.)*'|\S+)/.exec(settings)?.[1];
  const isSecret = /authorization|cookie|token|secret|password|api-?key/i.test(key);
  return [
    ...(inUrl === undefined ? [] : [inUrl, uriDecoded(inUrl)]),
    ...(inWords === undefined ? [] : [inWords.replace(/^'|'$/g, '')]),
    ...(isSecret ? [settings, settings.replace(/^\w+\s+/, '')] : []),
  ];
}

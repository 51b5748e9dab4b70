/** Scores a drill by its record, against the handbook's targets. Pure. */
import type { DrillScore } from '../incident/drill-score.ts';
import type { Event } from '../incident/event.ts';
import { blankIncident, isOn, needsRoles, type Incident } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import { isWorse } from '../incident/severity.ts';
import { evolve } from '../incident/topics/index.ts';
import { HOUR } from '../incident/time.ts';
import { PEOPLE_VIA } from '../incident/vocabulary.ts';
import { NEEDED_ROLES } from './moments.ts';
import type { Script } from './script.ts';

export interface ScoreOptions extends Pick<Script, 'name' | 'severity' | 'wrong'> {
  readonly policy: Policy;
  /** The targets that the drill broke. */
  readonly broken: ReadonlySet<string>;
  /** Who took no part though they wrote: the voices. */
  readonly voices: ReadonlySet<string>;
  readonly auto: boolean;
}

/** MTTR, as the figures have it. */
const RECOVER_MS = HOUR;

export function scoreOf(events: readonly Event[], options: ScoreOptions): DrillScore {
  const { policy, severity, voices, auto, name } = options;
  let state: Incident = blankIncident(events[0]?.incident ?? '');
  const people = new Set<string>();
  const wrong: string[] = [];
  let [rolesAt, toldAt, isAsked]: [string | null, string | null, boolean] = [null, null, false];
  let [updatesMissed, hints] = [0, 0];
  for (const event of events) {
    const before = state;
    state = evolve(state, event);
    if (PEOPLE_VIA.some((via) => via === event.via) && !voices.has(event.by.name)) people.add(event.by.name);
    isAsked ||= needsRoles(state);
    if (NEEDED_ROLES.every((role) => state.roles[role] !== null)) rolesAt ??= event.at;
    if (state.lastPublic !== null) toldAt ??= event.at;
    if (event.kind === 'deadline_missed' && event.data.what === 'update') updatesMissed++;
    if (event.kind === 'drill_cued' && event.data.cue === 'hint') hints++;
    if (event.kind === 'step_started') wrong.push(...wrongSteps(before, event, options));
    if (event.kind === 'status_set' && event.data.to === 'resolved' && firing(before) > 0)
      wrong.push(`resolved while ${firing(before)} alert${firing(before) === 1 ? '' : 's'} still fired`);
  }
  if (isWorse(severity, state.peakSeverity))
    wrong.push(`${state.peakSeverity} at most, where the matrix gives ${severity}`);
  const { detectedAt, acknowledgedAt, identifiedAt, resolvedAt } = state.timestamps;
  const after = (at: string | null): number | null =>
    at === null || detectedAt === null
      ? null
      : Math.max(0, Math.round((Date.parse(at) - Date.parse(detectedAt)) / 1000));
  const { ackMs, responseMs, updateMs } = policy.severities[state.peakSeverity];
  const step = (step: DrillScore['steps'][number]['step'], seconds: number | null, targetMs: number | null) => ({
    step,
    seconds,
    targetSeconds: targetMs === null ? null : targetMs / 1000,
    met: seconds !== null && (targetMs === null || seconds * 1000 <= targetMs),
  });
  const recovered = resolvedAt !== null && state.alerts.length > 0 && firing(state) === 0;
  return {
    drill: name,
    recovered,
    ...(auto && { auto }),
    mttaSeconds: after(acknowledgedAt),
    mttdSeconds: after(identifiedAt),
    mttrSeconds: after(resolvedAt),
    updatesMissed,
    hints,
    steps: [
      step('acknowledged', after(acknowledgedAt), ackMs),
      ...(isAsked ? [step('roles', after(rolesAt), responseMs)] : []),
      ...(updateMs === null ? [] : [step('update', after(toldAt), updateMs)]),
      step('diagnosed', after(identifiedAt), policy.escalation.identifyMs),
      step('recovered', recovered ? after(resolvedAt) : null, RECOVER_MS),
    ],
    wrong: [...new Set(wrong)].slice(0, 50),
    people: [...people].sort().slice(0, 50),
  };
}

const firing = ({ alerts }: Incident): number => alerts.filter(({ state }) => isOn(state)).length;

/** Of a change that begins: on a target that nothing ails, or a step that does harm here. */
function wrongSteps({ runs = [] }: Incident, { ref }: Event, { wrong, broken }: ScoreOptions): readonly string[] {
  const run = runs.find(({ seq }) => seq === ref);
  if (run?.kind !== 'mutate') return [];
  const harm = wrong.find(({ step }) => step === run.step);
  return [
    ...(harm === undefined ? [] : [`${run.step}: ${harm.why}`]),
    ...(run.target === undefined || broken.has(run.target)
      ? []
      : [`${run.step} changed ${run.target}, which was well`]),
  ];
}

/** What the cues, hints and acts of a drill wait for, told from what the director sees. Pure. */
import { isOn, type Incident } from '../incident/incident.ts';
import { isDone } from '../incident/runs.ts';
import type { Role } from '../incident/vocabulary.ts';

interface Seen {
  readonly incident: Incident | null;
  readonly isAnyFiring: boolean;
  /** Somebody asks for the next fault. */
  readonly isNextAsked: boolean;
}

/** Those that a drill asks for. */
export const NEEDED_ROLES: readonly Role[] = ['ic', 'scribe', 'comms'];

export const MOMENTS = {
  start: () => true,
  inject: ({ isNextAsked }: Seen) => isNextAsked,
  firing: ({ isAnyFiring }: Seen) => isAnyFiring,
  declared: ({ incident }: Seen) => incident !== null,
  acknowledged: ({ incident }: Seen) => incident?.timestamps.acknowledgedAt != null,
  roles: ({ incident }: Seen) => NEEDED_ROLES.every((role) => incident?.roles[role] != null),
  update: ({ incident }: Seen) => incident?.lastPublic != null,
  diagnosed: ({ incident }: Seen) => incident?.timestamps.identifiedAt != null,
  mitigated: ({ incident }: Seen) => incident?.timestamps.mitigatedAt != null,
  /** No alert of the incident fires any more. */
  ended: ({ incident }: Seen) => incident?.alerts[0] !== undefined && !incident.alerts.some(({ state }) => isOn(state)),
};
/** `step`: that this step of a runbook was done. */
export type DrillMoment = keyof typeof MOMENTS | { readonly step: string };

export const isReached = (moment: DrillMoment, seen: Seen): boolean =>
  typeof moment === 'string'
    ? MOMENTS[moment](seen)
    : (seen.incident?.runs?.some((run) => run.step === moment.step && isDone(run)) ?? false);

/** The organisation's policy from `config/severities.yaml`; durations in ms. */
import { HANDBOOK_MATRIX, type ImpactMatrix } from './advise.ts';
import type { Deadlines, Instant, Status } from './vocabulary.ts';
import type { Severity } from './severity.ts';

export interface SeverityPolicy {
  /** Time to acknowledge. */
  readonly ackMs: number;
  /** Time until `investigating` or an IC. */
  readonly responseMs: number;
  /** Interval of public updates; null: none. */
  readonly updateMs: number | null;
}
export interface Policy {
  readonly severities: Readonly<Record<Severity, SeverityPolicy>>;
  readonly postmortemMs: number;
  /** How long the acknowledgement of an alert lasts. */
  readonly ackExpiresMs: number;
  /** After the IC has been disconnected this long, anyone may take command with a reason. */
  readonly icAbsentMs: number;
  readonly impact: ImpactMatrix;
}

const minute = 60_000;
const hour = 60 * minute;

/** The handbook's policy, the default; `ackExpiresMs` is our choice. */
export const HANDBOOK_POLICY: Policy = {
  severities: {
    'SEV-0': { ackMs: 5 * minute, responseMs: 5 * minute, updateMs: 15 * minute },
    'SEV-1': { ackMs: 5 * minute, responseMs: 15 * minute, updateMs: 30 * minute },
    'SEV-2': { ackMs: 30 * minute, responseMs: hour, updateMs: hour },
    'SEV-3': { ackMs: 30 * minute, responseMs: 24 * hour, updateMs: null },
  },
  postmortemMs: 48 * hour,
  ackExpiresMs: 30 * minute,
  icAbsentMs: minute,
  impact: HANDBOOK_MATRIX,
};

export const plus = (start: Instant, ms: number): Instant => new Date(Date.parse(start) + ms).toISOString();

/** Interval until the next public update, ms; null: none. */
export const updateEvery = (policy: Policy, severity: Severity, status: Status): number | null =>
  status === 'resolved' ? null : policy.severities[severity].updateMs;

/** Acknowledgement and response count from detection, the update from `now`. */
export function deadlinesFrom(policy: Policy, severity: Severity, detectedAt: Instant, now: Instant): Deadlines {
  const { ackMs, responseMs, updateMs } = policy.severities[severity];
  return {
    ackDueAt: plus(detectedAt, ackMs),
    responseDueAt: plus(detectedAt, responseMs),
    updateDueAt: updateMs === null ? null : plus(now, updateMs),
  };
}

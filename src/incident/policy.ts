/** The organisation's numbers, as `config/severities.yaml` gives them. Durations are milliseconds. */
import { HANDBOOK_MATRIX, type ImpactMatrix } from './advise.ts';
import type { Deadlines, Instant, Status } from './vocabulary.ts';
import type { Severity } from './severity.ts';

export interface SeverityPolicy {
  /** Somebody owns it within this time. */
  readonly ackMs: number;
  /** Work has begun (first `investigating`, or an IC) within this time. */
  readonly responseMs: number;
  /** The public hears from us at least this often; null: no cadence. */
  readonly updateMs: number | null;
}
export interface Policy {
  readonly severities: Readonly<Record<Severity, SeverityPolicy>>;
  /** A postmortem is due this long after resolution. */
  readonly postmortemMs: number;
  /** Whoever acknowledged an alert is taken to be on it for this long; what fires on then asks again. */
  readonly ackExpiresMs: number;
  /** With the IC's console gone this long, anyone may take command with a reason. */
  readonly icAbsentMs: number;
  /** Which severity an impact suggests. */
  readonly impact: ImpactMatrix;
}

const minute = 60_000;
const hour = 60 * minute;

/** The handbook's policy, used when no configuration is given; how long an acknowledgement lasts is ours. */
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

/** `start` plus `ms`, as an instant. */
export const plus = (start: Instant, ms: number): Instant => new Date(Date.parse(start) + ms).toISOString();

/** How soon after an update the public hears again, ms; null: there is no cadence, or it is over for the users. */
export const updateEvery = (policy: Policy, severity: Severity, status: Status): number | null =>
  status === 'resolved' ? null : policy.severities[severity].updateMs;

/** The deadlines `severity` starts: acknowledgement and response from detection, the next update from `now`. */
export function deadlinesFrom(policy: Policy, severity: Severity, detectedAt: Instant, now: Instant): Deadlines {
  const { ackMs, responseMs, updateMs } = policy.severities[severity];
  return {
    ackDueAt: plus(detectedAt, ackMs),
    responseDueAt: plus(detectedAt, responseMs),
    updateDueAt: updateMs === null ? null : plus(now, updateMs),
  };
}

/** The organisation's policy from `config/severities.yaml`; durations in ms. */
import * as v from 'valibot';
import { HANDBOOK_MATRIX, matrixShape } from './advise.ts';
import { HOUR, MINUTE } from './time.ts';
import { ROLES, type Role, type Instant, type Status } from './vocabulary.ts';
import { SEVERITIES, type Severity } from './severity.ts';
import { maybe, perKey, type Deadlines, type Fields } from './shapes.ts';

const span = v.pipe(v.number(), v.finite(), v.minValue(0));

const escalationShape = v.object({
  /** L3 is paged this long after L2 when still nobody has acknowledged; for SEV-0 together with L2. */
  l3AfterL2Ms: span,
  /** Time from the acknowledgement until the cause is identified. */
  identifyMs: span,
  /** An acknowledgement expires when nothing is written for this long. */
  ackSilentMs: perKey(SEVERITIES, span),
});
export type EscalationPolicy = Fields<typeof escalationShape>;

const HANDBOOK_ESCALATION: EscalationPolicy = {
  l3AfterL2Ms: 30 * MINUTE,
  identifyMs: 15 * MINUTE,
  ackSilentMs: { 'SEV-0': 30 * MINUTE, 'SEV-1': 30 * MINUTE, 'SEV-2': 4 * HOUR, 'SEV-3': 4 * HOUR },
};

export const policyShape = v.object({
  severities: perKey(
    SEVERITIES,
    v.object({
      /** Time to acknowledge. */
      ackMs: span,
      /** Time until `investigating` or an IC. */
      responseMs: span,
      /** Interval of public updates; null: none. */
      updateMs: v.nullable(span),
      /** The handbook's words; older hubs do not send them. */
      name: maybe(v.string()),
      description: maybe(v.string()),
      example: maybe(v.string()),
    }),
  ),
  /** After resolution. */
  postmortemMs: span,
  // Hubs of earlier versions do not say it.
  escalation: v.optional(escalationShape, HANDBOOK_ESCALATION),
  /** Only consoles of earlier versions look at it. */
  ackExpiresMs: span,
  /** After the IC has been disconnected this long, anyone may take command with a reason. */
  icAbsentMs: span,
  /** What each role does; older hubs do not send it. */
  duties: maybe(perKey(ROLES, v.string())),
  impact: matrixShape,
});
export type Policy = Fields<typeof policyShape>;
export type SeverityPolicy = Policy['severities'][Severity];

/** What the handbook says of each role, and what it leaves out. */
export const HANDBOOK_DUTIES: Readonly<Record<Role, string>> = {
  ic: 'coordinates the response, decides',
  scribe: 'documents the timeline and actions taken',
  comms: 'status page, stakeholder updates',
  ops: 'hands on the systems',
  deputy: 'stands in for the IC',
};

/** The handbook's policy, the default; `ackExpiresMs` is our choice, and SEV-1's share of users is the impact matrix's. */
export const HANDBOOK_POLICY: Policy = {
  severities: {
    'SEV-0': {
      ackMs: 5 * MINUTE,
      responseMs: 5 * MINUTE,
      updateMs: 15 * MINUTE,
      name: 'Critical',
      description: 'Total system outage, data loss risk',
      example: 'Database corruption, Auth system down',
    },
    'SEV-1': {
      ackMs: 5 * MINUTE,
      responseMs: 15 * MINUTE,
      updateMs: 30 * MINUTE,
      name: 'High',
      description: 'Major feature broken, 20-50% of users',
      example: 'WebSocket server unreachable',
    },
    'SEV-2': {
      ackMs: 30 * MINUTE,
      responseMs: HOUR,
      updateMs: HOUR,
      name: 'Medium',
      description: 'Feature degraded, workaround exists',
      example: 'Leaderboards not updating',
    },
    'SEV-3': {
      ackMs: 30 * MINUTE,
      responseMs: 24 * HOUR,
      updateMs: null,
      name: 'Low',
      description: 'Minor impact, cosmetic issues',
      example: 'Avatar images loading slowly',
    },
  },
  duties: HANDBOOK_DUTIES,
  postmortemMs: 48 * HOUR,
  ackExpiresMs: 30 * MINUTE,
  escalation: HANDBOOK_ESCALATION,
  icAbsentMs: MINUTE,
  impact: HANDBOOK_MATRIX,
};

/** Later years have another form, which does not sort with the others. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** `start` and `ms`; not after the year 9999. */
export const plus = (start: Instant, ms: number): Instant =>
  new Date(Math.min(LAST_MS, Date.parse(start) + ms)).toISOString();

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

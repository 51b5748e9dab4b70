/** The organisation's policy from `config/severities.yaml`; durations in ms. */
import * as v from 'valibot';
import { HANDBOOK_MATRIX } from './advise.ts';
import { perKey } from './incident.ts';
import { ROLES, type Role, type Deadlines, type Instant, type Status } from './vocabulary.ts';
import { SEVERITIES, type Severity } from './severity.ts';
import { maybe, severityShape, type Fields } from './shapes.ts';

const span = v.pipe(v.number(), v.finite(), v.minValue(0));
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));

const escalationShape = v.object({
  /** L3 is paged this long after L2 when still nobody has acknowledged; for SEV-0 together with L2. */
  l3AfterL2Ms: span,
  /** Time from the acknowledgement until the cause is identified. */
  identifyMs: span,
  /** An acknowledgement expires when nothing is written for this long. */
  ackSilentMs: perKey(SEVERITIES, span),
});
export type EscalationPolicy = Fields<typeof escalationShape>;

const minute = 60_000;
const hour = 60 * minute;

const HANDBOOK_ESCALATION: EscalationPolicy = {
  l3AfterL2Ms: 30 * minute,
  identifyMs: 15 * minute,
  ackSilentMs: { 'SEV-0': 30 * minute, 'SEV-1': 30 * minute, 'SEV-2': 4 * hour, 'SEV-3': 4 * hour },
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
  impact: v.object({
    users: perKey(['SEV-0', 'SEV-1', 'SEV-2'], percent),
    dataLoss: severityShape,
    revenue: severityShape,
  }),
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
      ackMs: 5 * minute,
      responseMs: 5 * minute,
      updateMs: 15 * minute,
      name: 'Critical',
      description: 'Total system outage, data loss risk',
      example: 'Database corruption, Auth system down',
    },
    'SEV-1': {
      ackMs: 5 * minute,
      responseMs: 15 * minute,
      updateMs: 30 * minute,
      name: 'High',
      description: 'Major feature broken, 20-50% of users',
      example: 'WebSocket server unreachable',
    },
    'SEV-2': {
      ackMs: 30 * minute,
      responseMs: hour,
      updateMs: hour,
      name: 'Medium',
      description: 'Feature degraded, workaround exists',
      example: 'Leaderboards not updating',
    },
    'SEV-3': {
      ackMs: 30 * minute,
      responseMs: 24 * hour,
      updateMs: null,
      name: 'Low',
      description: 'Minor impact, cosmetic issues',
      example: 'Avatar images loading slowly',
    },
  },
  duties: HANDBOOK_DUTIES,
  postmortemMs: 48 * hour,
  ackExpiresMs: 30 * minute,
  escalation: HANDBOOK_ESCALATION,
  icAbsentMs: minute,
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

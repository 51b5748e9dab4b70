/** The state of an incident, folded from its record, without the timeline. */
import {
  ROLES,
  type Capacity,
  type Deadlines,
  type Instant,
  type NoteForm,
  type Role,
  type Status,
} from './vocabulary.ts';
import type { ImpactParts } from './topics/impact.ts';
import type { Severity } from './severity.ts';

const MILESTONES = [
  'impactStartedAt',
  'detectedAt',
  'declaredAt',
  'acknowledgedAt',
  /** First `investigating`, or the first IC. */
  'respondedAt',
  'identifiedAt',
  'mitigatedAt',
  'resolvedAt',
  'closedAt',
  'postmortemDueAt',
  'postmortemPublishedAt',
] as const;
export type Timestamps = Readonly<Record<(typeof MILESTONES)[number], Instant | null>>;
const NO_TIMESTAMPS = Object.fromEntries(MILESTONES.map((name) => [name, null])) as Record<keyof Timestamps, null>;

export interface OpenItem {
  readonly seq: number;
  readonly form: Exclude<NoteForm, 'note'>;
  readonly text: string;
  readonly by: string;
  readonly at: Instant;
  readonly to?: string;
  readonly due?: Instant;
}

/** A decision that stands, or that people are asked to object to. */
export interface StandingDecision {
  readonly seq: number;
  readonly text: string;
  readonly by: string;
  readonly at: Instant;
  readonly state: 'open' | 'objected' | 'stands';
  readonly way?: 'rollback' | 'flag' | 'forward';
  /** What would make us turn back. */
  readonly turnBackIf?: string;
  /** Strong objections are heard until then. */
  readonly objectionsUntil?: Instant;
  readonly agreed: readonly string[];
  readonly objected: readonly { readonly name: string; readonly text: string }[];
}

/** Something that was changed elsewhere. */
export interface MarkedChange {
  readonly seq: number;
  readonly at: Instant;
  readonly what: string;
  readonly by: string;
  readonly link?: string;
}

/** The answer that stands to one of the five questions. */
export interface TriageAnswer {
  readonly seq: number;
  readonly text: string;
  readonly by: string;
  readonly at: Instant;
}

export interface Annotation {
  readonly amends: readonly {
    readonly seq: number;
    readonly by: string;
    readonly at: Instant;
    readonly text?: string;
    readonly newAt?: Instant;
    readonly why: string;
  }[];
  readonly retracted: { readonly by: string; readonly at: Instant; readonly why: string } | null;
  readonly pinned: boolean;
}

export interface AttachedAlert {
  readonly alert: string;
  readonly rule: string;
  readonly state: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly since: Instant;
}

/** Is an alert in this state active? */
export const isOn = (state: string): boolean => state === 'firing' || state === 'no_data';

/** What the lists of the state have no room for (bounds.ts). */
export interface More {
  /** Open items, and seqs of the newest of them. */
  readonly open: number;
  readonly openSeqs: readonly number[];
  readonly pins: number;
  readonly alerts: number;
  /** Annotations of entries before this seq are kept only if pinned. */
  readonly annotatedFrom: number;
}

export type MissableDeadline = 'ack' | 'response' | 'update';

export interface Incident {
  readonly id: string;
  /** Null: not declared yet. */
  readonly title: string | null;
  readonly severity: Severity;
  readonly peakSeverity: Severity;
  readonly drill: boolean;
  readonly status: Status;
  readonly statusSince: Instant | null;
  readonly roles: Readonly<Record<Role, string | null>>;
  readonly rolesSince: Readonly<Record<Role, Instant | null>>;
  /** Who acknowledged first; leads while there is no IC. */
  readonly ackedBy: string | null;
  /** Command offered and not accepted. */
  readonly offer: { readonly name: string; readonly from: string; readonly at: Instant } | null;
  readonly timestamps: Timestamps;
  readonly deadlines: Deadlines;
  /** When the current update deadline was set. */
  readonly updateSetAt: Instant | null;
  readonly open: readonly OpenItem[];
  readonly annotations: Readonly<Record<number, Annotation>>;
  readonly alerts: readonly AttachedAlert[];
  readonly lastPublic: {
    readonly text: string;
    readonly at: Instant;
    readonly by: string;
    /** What it was about, and what users notice, in the public's words. */
    readonly component?: string;
    readonly impact?: string;
  } | null;
  /** Those that were not withdrawn, in the order they were made. */
  readonly decisions: readonly StandingDecision[];
  /** By the number of the question, from 1. */
  readonly triage: Readonly<Record<number, TriageAnswer>>;
  /** The newest that somebody made, in the order they were recorded. */
  readonly changes: readonly MarkedChange[];
  /** Absent: nothing was said of the impact. */
  readonly impact?: ImpactParts;
  /** The last roll call, and who answered it. */
  readonly rollCall?: {
    readonly seq: number;
    readonly at: Instant;
    readonly by: string;
    readonly present: readonly string[];
  };
  /** Incidents that are linked to it, or merged with it. */
  readonly related: readonly { readonly id: string; readonly title: string }[];
  readonly runbook: string | null;
  /** Absent: nothing was left out. */
  readonly more?: More;
  readonly declaredBy?: string;
  readonly alert?: string;
  /** The last missed deadline of each kind. */
  readonly missed?: Readonly<Partial<Record<MissableDeadline, Instant>>>;
  readonly lastSet: Readonly<
    Partial<Record<'severity' | 'status' | Role, { readonly by: string; readonly at: Instant }>>
  >;
  readonly head: number;
  readonly recorded: Instant | null;
}

const nobody: Readonly<Record<Role, null>> = { ic: null, scribe: null, comms: null, ops: null, deputy: null };

export const blankIncident = (id: string): Incident => ({
  id,
  title: null,
  severity: 'SEV-3',
  peakSeverity: 'SEV-3',
  drill: false,
  status: 'declared',
  statusSince: null,
  roles: nobody,
  rolesSince: nobody,
  ackedBy: null,
  offer: null,
  timestamps: NO_TIMESTAMPS,
  deadlines: { ackDueAt: null, responseDueAt: null, updateDueAt: null },
  updateSetAt: null,
  open: [],
  annotations: {},
  alerts: [],
  lastPublic: null,
  decisions: [],
  triage: {},
  changes: [],
  related: [],
  runbook: null,
  lastSet: {},
  head: 0,
  recorded: null,
});

/** Only corrections may follow. */
export const isEnded = (incident: { readonly status: Status }): boolean =>
  incident.status === 'closed' || incident.status === 'cancelled' || incident.status === 'merged';

export const leadOf = (incident: Incident): string | null => incident.roles.ic ?? incident.ackedBy;

/** SEV-0 and SEV-1 need an IC, comms and a scribe until resolved. */
export const needsRoles = ({ severity, status }: Pick<Incident, 'severity' | 'status'>): boolean =>
  (severity === 'SEV-0' || severity === 'SEV-1') && status !== 'resolved' && !isEnded({ status });

export const rolesOf = (incident: Incident | null, name: string): readonly Role[] =>
  ROLES.filter((role) => incident?.roles[role] === name);

export function capacityOf(incident: Incident, name: string, observer = false): Capacity {
  if (observer) return 'observer';
  for (const role of ['ic', 'deputy', 'comms', 'scribe', 'ops'] as const)
    if (incident.roles[role] === name) return role;
  return incident.roles.ic === null && incident.ackedBy === name ? 'lead' : 'responder';
}

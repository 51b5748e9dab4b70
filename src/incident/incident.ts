/** The incident as it stands: one small fold of its record. It never holds the timeline itself. */
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

export interface Timestamps {
  readonly impactStartedAt: Instant | null;
  readonly detectedAt: Instant | null;
  readonly declaredAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  /** First `investigating`, or the first IC: when the response began. */
  readonly respondedAt: Instant | null;
  readonly identifiedAt: Instant | null;
  readonly mitigatedAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly postmortemDueAt: Instant | null;
  readonly postmortemPublishedAt: Instant | null;
}

/** Something a person owes: an unanswered question, an action without its end, a hypothesis not ruled out. */
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

/** What became of an entry after it was written. */
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

/** An alert attached to this incident, in its last known state. */
export interface AttachedAlert {
  readonly alert: string;
  readonly rule: string;
  readonly state: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly since: Instant;
}

/** An alert in this state holds. */
export const isOn = (state: string): boolean => state === 'firing' || state === 'no_data';

/** What the lists of the state have no room for (bounds.ts). It is in the record. */
export interface More {
  /** Open items, and the numbers of the newest of them. */
  readonly open: number;
  readonly openSeqs: readonly number[];
  readonly pins: number;
  /** Alerts that are on. */
  readonly alerts: number;
  /** What became of entries before this seq is not among `annotations` unless they are pinned: the entries after them say it. */
  readonly annotatedFrom: number;
}

export type MissableDeadline = 'ack' | 'response' | 'update';

export interface Incident {
  readonly id: string;
  /** Null before it was declared. */
  readonly title: string | null;
  readonly severity: Severity;
  readonly peakSeverity: Severity;
  readonly drill: boolean;
  readonly status: Status;
  readonly statusSince: Instant | null;
  readonly roles: Readonly<Record<Role, string | null>>;
  /** When each role got its present holder. */
  readonly rolesSince: Readonly<Record<Role, Instant | null>>;
  /** Who acknowledged first; stands in for an IC where there is none. */
  readonly ackedBy: string | null;
  /** Command offered and not yet accepted. */
  readonly offer: { readonly name: string; readonly from: string; readonly at: Instant } | null;
  readonly timestamps: Timestamps;
  readonly deadlines: Deadlines;
  /** When the clock of the next update was set; null: none runs. */
  readonly updateSetAt: Instant | null;
  /** Each text as far as there is room for it. */
  readonly open: readonly OpenItem[];
  /** By the seq of the entry they are about. */
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
  /** Those that were not taken back, in the order they were made; each text as far as there is room for it. */
  readonly decisions: readonly StandingDecision[];
  /** By the number of the question, from 1. */
  readonly triage: Readonly<Record<number, TriageAnswer>>;
  /** The newest ones that somebody made, in the order they were recorded. */
  readonly changes: readonly MarkedChange[];
  /** What is known of the impact; absent: nothing was said. */
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
  /** Absent: everything is in the lists. */
  readonly more?: More;
  readonly declaredBy?: string;
  /** The alert it was declared for. */
  readonly alert?: string;
  /** Deadlines that passed unmet and are recorded: the last of each. */
  readonly missed?: Readonly<Partial<Record<MissableDeadline, Instant>>>;
  /** Who last set severity, status and roles, for the words of a conflict. */
  readonly lastSet: Readonly<
    Partial<Record<'severity' | 'status' | Role, { readonly by: string; readonly at: Instant }>>
  >;
  readonly head: number;
  /** `recorded` of the last event. */
  readonly recorded: Instant | null;
}

const nobody: Readonly<Record<Role, null>> = { ic: null, scribe: null, comms: null, ops: null, deputy: null };

/** An incident nothing has happened in yet. */
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
  timestamps: {
    impactStartedAt: null,
    detectedAt: null,
    declaredAt: null,
    acknowledgedAt: null,
    respondedAt: null,
    identifiedAt: null,
    mitigatedAt: null,
    resolvedAt: null,
    closedAt: null,
    postmortemDueAt: null,
    postmortemPublishedAt: null,
  },
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

/** Ended for good: nothing but corrections may follow. */
export const isEnded = (incident: { readonly status: Status }): boolean =>
  incident.status === 'closed' || incident.status === 'cancelled' || incident.status === 'merged';

/** Who leads: the IC, else whoever acknowledged. */
export const leadOf = (incident: Incident): string | null => incident.roles.ic ?? incident.ackedBy;

/** The handbook wants an IC, comms and a scribe for it: SEV-0 and SEV-1, until it is over for the users. */
export const needsRoles = ({ severity, status }: Pick<Incident, 'severity' | 'status'>): boolean =>
  (severity === 'SEV-0' || severity === 'SEV-1') && status !== 'resolved' && !isEnded({ status });

/** The roles `name` holds. */
export const rolesOf = (incident: Incident | null, name: string): readonly Role[] =>
  ROLES.filter((role) => incident?.roles[role] === name);

/** In what capacity `name` acts here. */
export function capacityOf(incident: Incident, name: string, observer = false): Capacity {
  if (observer) return 'observer';
  for (const role of ['ic', 'deputy', 'comms', 'scribe', 'ops'] as const)
    if (incident.roles[role] === name) return role;
  return incident.roles.ic === null && incident.ackedBy === name ? 'lead' : 'responder';
}

/** The state of an incident, folded from its record, without the timeline. */
import * as v from 'valibot';
import { pagingShape, type HeldLevel } from './paging.ts';
import {
  deadlines,
  forKeys,
  incidentIdShape,
  maybe,
  perKey,
  severityShape,
  statusShape,
  time,
  timeOrNull,
  whole,
  type Fields,
} from './shapes.ts';
import { impactShape } from './advise.ts';
import { postmortemShape } from './postmortem.ts';
import { deliveriesShape, NO_DELIVERIES } from './deliveries.ts';
import { scoreShape } from './drill-score.ts';
import { runShape } from './runs.ts';
import { isSerious } from './severity.ts';
import { WAYS } from './stabilize.ts';
import { ROLES, type Capacity, type Role, type Status } from './vocabulary.ts';

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

const text = v.string();
/** An unanswered question, an unfinished action, an undecided hypothesis. */
const openItem = v.object({
  seq: whole(1),
  form: v.picklist(['finding', 'hypothesis', 'decision', 'question', 'action']),
  text,
  by: text,
  at: time,
  to: maybe(text),
  due: maybe(time),
  ticket: maybe(text),
});
/** Corrections and pin of an entry. */
const annotation = v.object({
  amends: v.array(v.object({ seq: whole(1), by: text, at: time, text: maybe(text), newAt: maybe(time), why: text })),
  retracted: v.nullable(v.object({ by: text, at: time, why: text })),
  pinned: v.boolean(),
});
/** An alert attached to the incident, in its last known state. */
const attachedAlert = v.object({
  alert: text,
  rule: text,
  state: text,
  severity: severityShape,
  summary: text,
  since: time,
});
/** What the lists of the state have no room for (bounds.ts). */
const more = v.object({
  /** Open items, and seqs of the newest of them. */
  open: whole(0),
  openSeqs: v.array(whole(1)),
  pins: whole(0),
  /** Active alerts. */
  alerts: whole(0),
  /** Annotations of entries before this seq are kept only if pinned. */
  annotatedFrom: whole(0),
});

/** A decision that stands, or that people are asked to object to until `objectionsUntil`. */
const decision = v.object({
  seq: whole(1),
  text,
  by: text,
  at: time,
  state: v.picklist(['open', 'objected', 'stands']),
  way: maybe(v.picklist(WAYS)),
  turnBackIf: maybe(text),
  objectionsUntil: maybe(time),
  agreed: v.array(text),
  objected: v.array(v.object({ name: text, text })),
});
const triageAnswer = v.object({ seq: whole(1), text, by: text, at: time });

/** The state as the hub sends and stores it. */
export const incidentShape = v.object({
  id: incidentIdShape,
  /** Null: not declared yet. */
  title: v.nullable(text),
  severity: severityShape,
  peakSeverity: severityShape,
  drill: v.boolean(),
  status: statusShape,
  statusSince: timeOrNull,
  roles: perKey(ROLES, v.nullable(text)),
  rolesSince: perKey(ROLES, timeOrNull),
  /** Who acknowledged first; leads while there is no IC. */
  ackedBy: v.nullable(text),
  /** Command offered and not accepted. */
  offer: v.nullable(v.object({ name: text, from: text, at: time })),
  timestamps: perKey(MILESTONES, timeOrNull),
  deadlines,
  /** When the current update deadline was set. */
  updateSetAt: timeOrNull,
  open: v.array(openItem),
  /** The actions that were done last; absent: none. */
  done: maybe(v.array(openItem)),
  /** By seq of the entry. */
  annotations: v.record(v.pipe(text, v.digits()), annotation),
  alerts: v.array(attachedAlert),
  /** `component`, `impact`: what it was about and what users notice, in the public's words. */
  lastPublic: v.nullable(v.object({ text, at: time, by: text, component: maybe(text), impact: maybe(text) })),
  /** Those that were not withdrawn, in the order they were made. */
  decisions: v.array(decision),
  /** By the number of the question, from 1. */
  triage: v.record(v.pipe(text, v.digits()), triageAnswer),
  /** The newest that somebody made, in the order they were recorded. */
  changes: v.array(v.object({ seq: whole(1), at: time, what: text, by: text, link: maybe(text) })),
  /** Absent: nothing was said of the impact. */
  impact: maybe(impactShape),
  /** The last roll call, and who answered it. */
  rollCall: maybe(v.object({ seq: whole(1), at: time, by: text, present: v.array(text) })),
  /** Incidents that are linked to it, or merged with it. */
  related: v.array(v.object({ id: text, title: text })),
  runbook: v.nullable(text),
  /** Steps of runbooks, in the order they were asked for; absent: none. */
  runs: maybe(v.array(runShape)),
  deliveries: deliveriesShape,
  /** Of a drill that is over. */
  score: maybe(scoreShape),
  /** Absent: nothing was left out. */
  more: maybe(more),
  declaredBy: maybe(text),
  /** The alert it was declared for. */
  alert: maybe(text),
  /** The last missed deadline of each kind. */
  missed: maybe(v.object({ ack: maybe(time), response: maybe(time), identify: maybe(time), update: maybe(time) })),
  /** Absent in states of older hubs. */
  paging: maybe(pagingShape),
  /** The cause is to be found by then; absent before the first acknowledgement. */
  identifyDueAt: maybe(time),
  /** Absent: nobody wrote or published anything. */
  postmortem: maybe(postmortemShape),
  /** When an entry of a person was last recorded. */
  lastWrittenAt: maybe(time),
  /** For the words of a conflict. */
  lastSet: perKey(['severity', 'status', ...ROLES], maybe(v.object({ by: text, at: time }))),
  head: whole(0),
  /** `recorded` of the last event. */
  recorded: timeOrNull,
});
export type Incident = Fields<typeof incidentShape>;
export type Timestamps = Incident['timestamps'];
export type OpenItem = Fields<typeof openItem>;
export type StandingDecision = Fields<typeof decision>;
export type TriageAnswer = Fields<typeof triageAnswer>;
export type Annotation = Fields<typeof annotation>;
export type AttachedAlert = Fields<typeof attachedAlert>;
export type More = Fields<typeof more>;

/** Does the handbook ask for answers to the five questions? */
export const isTriaged = ({ status }: Pick<Incident, 'status'>): boolean =>
  isRunning({ status }) && status !== 'monitoring';

/** Is an alert in this state active? */
export const isOn = (state: string): boolean => state === 'firing' || state === 'no_data';

export const blankIncident = (id: string): Incident => ({
  id,
  title: null,
  severity: 'SEV-3',
  peakSeverity: 'SEV-3',
  drill: false,
  status: 'declared',
  statusSince: null,
  roles: forKeys(ROLES, () => null),
  rolesSince: forKeys(ROLES, () => null),
  ackedBy: null,
  offer: null,
  timestamps: forKeys(MILESTONES, () => null),
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
  deliveries: NO_DELIVERIES,
  lastSet: {},
  head: 0,
  recorded: null,
});

/** Only corrections may follow. */
export const isEnded = (incident: { readonly status: Status }): boolean =>
  incident.status === 'closed' || incident.status === 'cancelled' || incident.status === 'merged';

/** It is not over yet: neither resolved nor ended. */
export const isRunning = ({ status }: { readonly status: Status }): boolean =>
  status !== 'resolved' && !isEnded({ status });

/** Somebody is on it, and wrote something lately. */
export const isAcknowledged = ({ timestamps, paging }: Pick<Incident, 'timestamps' | 'paging'>): boolean =>
  timestamps.acknowledgedAt !== null && paging?.expired !== true;

/** The level that fell due while the hub was down and that people are asked about; undefined: none. */
export function heldLevel(incident: Incident): HeldLevel | undefined {
  const { paging, lastWrittenAt } = incident;
  const held = isRunning(incident) ? paging?.held : undefined;
  // Whoever is on it has written since: the acknowledgement holds.
  const isMoot = held !== undefined && isAcknowledged(incident) && (lastWrittenAt ?? '') > held.dueAt;
  return isMoot ? undefined : held;
}

export const leadOf = (incident: Incident): string | null => incident.roles.ic ?? incident.ackedBy;

/** SEV-0 and SEV-1 need an IC, comms and a scribe until resolved. */
export const needsRoles = ({ severity, status }: Pick<Incident, 'severity' | 'status'>): boolean =>
  isSerious(severity) && isRunning({ status });

export const rolesOf = (incident: Incident | null, name: string): readonly Role[] =>
  ROLES.filter((role) => incident?.roles[role] === name);

export function capacityOf(incident: Incident, name: string, observer = false): Capacity {
  if (observer) return 'observer';
  for (const role of ['ic', 'deputy', 'comms', 'scribe', 'ops'] as const)
    if (incident.roles[role] === name) return role;
  return incident.roles.ic === null && incident.ackedBy === name ? 'lead' : 'responder';
}

/** The shapes of an incident's state and of the policy, as the hub sends and stores them. */
import * as v from 'valibot';
import { impactShape } from '../incident/topics/impact.ts';
import { WAYS } from '../incident/topics/decisions.ts';
import { blankIncident, type Incident, type Timestamps } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import {
  deadlines,
  incidentIdShape,
  maybe,
  severityShape,
  statusShape,
  time,
  timeOrNull,
  whole,
} from '../incident/shapes.ts';
import { SEVERITIES } from '../incident/severity.ts';
import { ROLES } from '../incident/vocabulary.ts';

const text = v.string();
const perKey = <K extends string, S extends v.GenericSchema>(keys: readonly K[], value: S) =>
  v.object(Object.fromEntries(keys.map((key) => [key, value])) as Record<K, S>);

const timestamps = Object.keys(blankIncident('').timestamps) as (keyof Timestamps)[];
const setBy = v.object({ by: text, at: time });

export const incidentShape: v.GenericSchema<unknown, Incident> = v.object({
  id: incidentIdShape,
  title: v.nullable(text),
  severity: severityShape,
  peakSeverity: severityShape,
  drill: v.boolean(),
  status: statusShape,
  statusSince: timeOrNull,
  roles: perKey(ROLES, v.nullable(text)),
  rolesSince: perKey(ROLES, timeOrNull),
  ackedBy: v.nullable(text),
  offer: v.nullable(v.object({ name: text, from: text, at: time })),
  timestamps: perKey(timestamps, timeOrNull),
  deadlines,
  updateSetAt: timeOrNull,
  open: v.array(
    v.object({
      seq: whole(1),
      form: v.picklist(['finding', 'hypothesis', 'decision', 'question', 'action']),
      text,
      by: text,
      at: time,
      to: maybe(text),
      due: maybe(time),
    }),
  ),
  annotations: v.record(
    v.pipe(text, v.digits()),
    v.object({
      amends: v.array(
        v.object({ seq: whole(1), by: text, at: time, text: maybe(text), newAt: maybe(time), why: text }),
      ),
      retracted: v.nullable(v.object({ by: text, at: time, why: text })),
      pinned: v.boolean(),
    }),
  ),
  alerts: v.array(
    v.object({ alert: text, rule: text, state: text, severity: severityShape, summary: text, since: time }),
  ),
  lastPublic: v.nullable(v.object({ text, at: time, by: text, component: maybe(text), impact: maybe(text) })),
  decisions: v.array(
    v.object({
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
    }),
  ),
  triage: v.record(v.pipe(v.string(), v.digits()), v.object({ seq: whole(1), text, by: text, at: time })),
  changes: v.array(v.object({ seq: whole(1), at: time, what: text, by: text, link: maybe(text) })),
  impact: maybe(impactShape),
  rollCall: maybe(v.object({ seq: whole(1), at: time, by: text, present: v.array(text) })),
  related: v.array(v.object({ id: text, title: text })),
  runbook: v.nullable(text),
  more: maybe(
    v.object({
      open: whole(0),
      openSeqs: v.array(whole(1)),
      pins: whole(0),
      alerts: whole(0),
      annotatedFrom: whole(0),
    }),
  ),
  declaredBy: maybe(text),
  alert: maybe(text),
  missed: maybe(v.object({ ack: maybe(time), response: maybe(time), update: maybe(time) })),
  lastSet: perKey(['severity', 'status', ...ROLES], maybe(setBy)),
  head: whole(0),
  recorded: timeOrNull,
});

const span = v.pipe(v.number(), v.finite(), v.minValue(0));
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));

export const policyShape: v.GenericSchema<unknown, Policy> = v.object({
  severities: perKey(SEVERITIES, v.object({ ackMs: span, responseMs: span, updateMs: v.nullable(span) })),
  postmortemMs: span,
  ackExpiresMs: span,
  icAbsentMs: span,
  impact: v.object({
    users: perKey(['SEV-0', 'SEV-1', 'SEV-2'], percent),
    dataLoss: severityShape,
    revenue: severityShape,
  }),
});

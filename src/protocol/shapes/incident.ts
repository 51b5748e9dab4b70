/** An incident as the fold left it. */
import * as v from 'valibot';
import type { Incident } from '../../incident/incident.ts';
import {
  deadlines,
  incidentIdShape,
  maybe,
  severityShape,
  statusShape,
  time,
  timeOrNull,
  whole,
} from '../../incident/shapes.ts';

const perRole = <S extends v.GenericSchema>(value: S) =>
  v.object({ ic: value, scribe: value, comms: value, ops: value, deputy: value });
const setBy = maybe(v.object({ by: v.string(), at: time }));

export const incidentShape = v.object({
  id: incidentIdShape,
  title: v.nullable(v.string()),
  severity: severityShape,
  peakSeverity: severityShape,
  drill: v.boolean(),
  status: statusShape,
  statusSince: timeOrNull,
  roles: perRole(v.nullable(v.string())),
  rolesSince: perRole(timeOrNull),
  ackedBy: v.nullable(v.string()),
  offer: v.nullable(v.object({ name: v.string(), from: v.string(), at: time })),
  timestamps: v.object({
    impactStartedAt: timeOrNull,
    detectedAt: timeOrNull,
    declaredAt: timeOrNull,
    acknowledgedAt: timeOrNull,
    respondedAt: timeOrNull,
    identifiedAt: timeOrNull,
    mitigatedAt: timeOrNull,
    resolvedAt: timeOrNull,
    closedAt: timeOrNull,
    postmortemDueAt: timeOrNull,
    postmortemPublishedAt: timeOrNull,
  }),
  deadlines,
  updateSetAt: timeOrNull,
  open: v.array(
    v.object({
      seq: whole(1),
      form: v.picklist(['finding', 'hypothesis', 'decision', 'question', 'action']),
      text: v.string(),
      by: v.string(),
      at: time,
      to: maybe(v.string()),
      due: maybe(time),
    }),
  ),
  annotations: v.record(
    v.pipe(v.string(), v.digits()),
    v.object({
      amends: v.array(
        v.object({
          seq: whole(1),
          by: v.string(),
          at: time,
          text: maybe(v.string()),
          newAt: maybe(time),
          why: v.string(),
        }),
      ),
      retracted: v.nullable(v.object({ by: v.string(), at: time, why: v.string() })),
      pinned: v.boolean(),
    }),
  ),
  alerts: v.array(
    v.object({
      alert: v.string(),
      rule: v.string(),
      state: v.string(),
      severity: severityShape,
      summary: v.string(),
      since: time,
    }),
  ),
  lastPublic: v.nullable(v.object({ text: v.string(), at: time, by: v.string() })),
  lastDecision: v.nullable(v.object({ seq: whole(1), text: v.string(), by: v.string() })),
  runbook: v.nullable(v.string()),
  more: maybe(
    v.object({
      open: whole(0),
      openSeqs: v.array(whole(1)),
      pins: whole(0),
      alerts: whole(0),
      annotatedFrom: whole(0),
    }),
  ),
  declaredBy: maybe(v.string()),
  alert: maybe(v.string()),
  missed: maybe(v.object({ ack: maybe(time), response: maybe(time), update: maybe(time) })),
  lastSet: v.object({
    severity: setBy,
    status: setBy,
    ic: setBy,
    scribe: setBy,
    comms: setBy,
    ops: setBy,
    deputy: setBy,
  }),
  head: whole(0),
  recorded: timeOrNull,
}) satisfies v.GenericSchema<unknown, Incident>;

/** An event as it stands in the record. */
import * as v from 'valibot';
import type { Event } from '../../incident/event.ts';
import { LEVELS, NOTE_FORMS, ROLES } from '../../incident/vocabulary.ts';
import {
  byKey,
  deadlines,
  incidentId,
  labels,
  maybe,
  role,
  severity,
  status,
  time,
  timeOrNull,
  whole,
} from './parts.ts';

const by = v.object({
  name: v.string(),
  role: v.picklist([...ROLES, 'lead', 'responder', 'observer', 'system']),
});
const envelope = {
  id: v.string(),
  incident: incidentId,
  seq: whole(1),
  at: time,
  recorded: time,
  by,
  via: v.picklist(['console', 'cli', 'hub', 'probe', 'webhook', 'runbook', 'import']),
  level: v.picklist(LEVELS),
  visibility: v.picklist(['internal', 'public']),
  ref: maybe(whole(1)),
};
const kindOf = <K extends string, D extends v.GenericSchema>(kind: K, data: D) =>
  v.object({ ...envelope, kind: v.literal(kind), data });

export const event = byKey('kind', [
  kindOf(
    'declared',
    v.object({
      title: v.string(),
      severity,
      drill: v.boolean(),
      detectedAt: time,
      impactStartedAt: timeOrNull,
      deadlines,
      alert: maybe(v.string()),
      runbook: maybe(v.string()),
      why: maybe(v.string()),
    }),
  ),
  kindOf('acknowledged', v.object({ alert: maybe(v.string()) })),
  kindOf(
    'noted',
    v.object({
      text: v.string(),
      form: v.picklist(NOTE_FORMS),
      to: maybe(v.string()),
      due: maybe(time),
      closes: maybe(v.literal(true)),
    }),
  ),
  kindOf('severity_set', v.object({ from: severity, to: severity, why: maybe(v.string()), deadlines })),
  kindOf(
    'status_set',
    v.object({
      from: status,
      to: status,
      public: maybe(v.string()),
      why: maybe(v.string()),
      updateDueAt: timeOrNull,
      postmortemDueAt: timeOrNull,
    }),
  ),
  kindOf('public_updated', v.object({ text: v.string(), updateDueAt: timeOrNull })),
  kindOf('role_assigned', v.object({ role, name: v.string(), from: v.nullable(v.string()), why: maybe(v.string()) })),
  kindOf('role_released', v.object({ role, name: v.string() })),
  kindOf('role_offered', v.object({ role, name: v.string(), from: v.string() })),
  kindOf('role_declined', v.object({ role, name: v.string() })),
  kindOf('amended', v.object({ text: maybe(v.string()), at: maybe(time), why: v.string() })),
  kindOf('retracted', v.object({ why: v.string() })),
  kindOf('pinned', v.object({ pinned: v.boolean() })),
  kindOf(
    'alert_changed',
    v.object({
      alert: v.string(),
      rule: v.string(),
      from: v.string(),
      to: v.string(),
      severity,
      summary: v.string(),
      labels: maybe(labels),
      runbook: maybe(v.string()),
    }),
  ),
  kindOf('change_marked', v.object({ what: v.string(), by: maybe(v.string()), link: maybe(v.string()) })),
]) satisfies v.GenericSchema<unknown, Event>;

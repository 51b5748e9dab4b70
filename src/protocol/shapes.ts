/** The shapes of what is in the messages: commands, events, incidents, readings. Strings from outside are bounded here. */
import * as v from 'valibot';
import type { Command } from '../incident/command.ts';
import { LIMITS } from '../incident/answer.ts';
import { isName, NAME_LENGTH } from '../incident/name.ts';
import { LEVELS, NOTE_FORMS, ROLES, STATUSES, type Event } from '../incident/event.ts';
import type { Incident } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import { SEVERITIES } from '../incident/severity.ts';
import { INCIDENT_ID } from '../incident/slug.ts';
import type { AlertView, SilenceView } from './messages.ts';
import { ERROR_CLASSES, type Reading } from './reading.ts';

/** A whole number in the range where JSON keeps every one of them apart. */
export const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
export const short = (longest: number) => v.pipe(v.string(), v.maxLength(longest));
export const incidentId = v.pipe(v.string(), v.regex(INCIDENT_ID, 'no incident id'));
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
export const ulid = v.pipe(v.string(), v.regex(ULID, 'no ULID'));
export const personName = v.pipe(
  v.string(),
  v.check(
    (name) => isName(name) && name === name.trim() && !name.includes('  '),
    "a name is letters, digits and . _ @ ' - with single spaces, at most 40 characters",
  ),
);
export const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/, 'a time is ISO 8601 in UTC'),
  v.check((text) => Number.isFinite(Date.parse(text)), 'there is no such time'),
);
export const severity = v.picklist(SEVERITIES);
export const status = v.picklist(STATUSES);
const role = v.picklist(ROLES);
const why = short(LIMITS.why);
const title = short(LIMITS.title);
const text = short(LIMITS.text);
const maybe = v.exactOptional;

/**
 * One of several shapes, told apart by the text under `key`: as `v.variant`, without trying one after the other,
 * since every message of every console comes through here.
 */
export function byKey<const K extends string, S extends Tagged<K>>(
  key: K,
  shapes: readonly S[],
): v.GenericSchema<unknown, v.InferOutput<S>> {
  const known = new Map<unknown, S>(shapes.map((shape) => [shape.entries[key].literal, shape]));
  const none = v.never(`no ${key} that is known here`);
  return v.lazy((input) => {
    const tag: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined;
    return known.get(tag) ?? none;
  });
}
type Tagged<K extends string> = v.GenericSchema & {
  readonly entries: { readonly [P in K]: { readonly literal: string } };
};

/** The commands a console may send: not those that only the hub and its intakes ask for. */
export const command = byKey('kind', [
  v.object({
    kind: v.literal('declare'),
    title,
    severity,
    drill: maybe(v.boolean()),
    at: maybe(instant),
    alert: maybe(short(300)),
    runbook: maybe(short(200)),
    why: maybe(why),
  }),
  v.object({ kind: v.literal('acknowledge'), alert: maybe(short(300)) }),
  v.object({
    kind: v.literal('note'),
    text,
    form: maybe(v.picklist(NOTE_FORMS)),
    at: maybe(instant),
    to: maybe(short(NAME_LENGTH)),
    due: maybe(instant),
    re: maybe(whole(1)),
    closes: maybe(v.boolean()),
    pin: maybe(v.boolean()),
  }),
  v.object({ kind: v.literal('set_severity'), to: severity, why: maybe(why), seen: maybe(severity) }),
  v.object({ kind: v.literal('set_status'), to: status, why: maybe(why), public: maybe(text), seen: maybe(status) }),
  v.object({
    kind: v.literal('assign_role'),
    role,
    name: personName,
    why: maybe(why),
    seen: maybe(v.nullable(short(NAME_LENGTH))),
  }),
  v.object({ kind: v.literal('release_role'), role }),
  v.object({ kind: v.literal('offer_command'), name: personName }),
  v.object({ kind: v.literal('accept_command') }),
  v.object({ kind: v.literal('decline_command') }),
  v.object({ kind: v.literal('amend'), ref: whole(1), text: maybe(text), at: maybe(instant), why }),
  v.object({ kind: v.literal('retract'), ref: whole(1), why }),
  v.object({ kind: v.literal('pin'), ref: whole(1), pinned: maybe(v.boolean()) }),
  v.object({ kind: v.literal('silence'), matcher: short(500), why, until: instant }),
  v.object({ kind: v.literal('unsilence'), id: ulid }),
  v.object({ kind: v.literal('reload') }),
  v.object({ kind: v.literal('inspect'), target: short(200) }),
]) satisfies v.GenericSchema<unknown, Command>;

const time = v.string();
const timeOrNull = v.nullable(time);
const labels = v.record(v.string(), v.string());
const deadlines = v.object({ ackDueAt: timeOrNull, responseDueAt: timeOrNull, updateDueAt: timeOrNull });

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

/** An event as it stands in the record. */
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

const perRole = <S extends v.GenericSchema>(value: S) =>
  v.object({ ic: value, scribe: value, comms: value, ops: value, deputy: value });
const setBy = maybe(v.object({ by: v.string(), at: time }));

/** An incident as the fold left it. */
export const incident = v.object({
  id: incidentId,
  title: v.nullable(v.string()),
  severity,
  peakSeverity: severity,
  drill: v.boolean(),
  status,
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
      severity,
      summary: v.string(),
      since: time,
    }),
  ),
  lastPublic: v.nullable(v.object({ text: v.string(), at: time, by: v.string() })),
  lastDecision: v.nullable(v.object({ seq: whole(1), text: v.string(), by: v.string() })),
  runbook: v.nullable(v.string()),
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

const span = v.pipe(v.number(), v.finite(), v.minValue(0));
const severityPolicy = v.object({ ackMs: span, responseMs: span, updateMs: v.nullable(span) });
/** The organisation's numbers. */
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
export const policy = v.object({
  severities: v.object({
    'SEV-0': severityPolicy,
    'SEV-1': severityPolicy,
    'SEV-2': severityPolicy,
    'SEV-3': severityPolicy,
  }),
  postmortemMs: span,
  icAbsentMs: span,
  impact: v.object({
    users: v.object({ 'SEV-0': percent, 'SEV-1': percent, 'SEV-2': percent }),
    dataLoss: severity,
    revenue: severity,
  }),
}) satisfies v.GenericSchema<unknown, Policy>;

/** An alert that waits or fires. */
export const alert = v.object({
  alert: v.string(),
  rule: v.string(),
  state: v.picklist(['pending', 'firing', 'no_data']),
  severity,
  summary: v.string(),
  since: time,
  runbook: v.nullable(v.string()),
  labels,
  incident: v.nullable(v.string()),
  silencedUntil: maybe(time),
  inhibited: maybe(v.string()),
  flapping: maybe(v.literal(true)),
  unknown: maybe(v.literal(true)),
  ending: maybe(v.literal(true)),
}) satisfies v.GenericSchema<unknown, AlertView>;

/** Quiet that somebody asked for. */
export const silence = v.object({
  id: v.string(),
  matcher: v.string(),
  by: v.string(),
  why: v.string(),
  until: time,
}) satisfies v.GenericSchema<unknown, SilenceView>;

/** One poll of one target. */
export const reading = v.object({
  target: v.string(),
  kind: v.string(),
  at: v.number(),
  up: v.boolean(),
  error: v.nullable(v.object({ class: v.picklist(ERROR_CLASSES), phase: maybe(v.string()), message: v.string() })),
  durationMs: v.number(),
  life: v.nullable(v.string()),
  samples: v.array(v.object({ metric: v.string(), labels, value: v.number(), type: v.picklist(['gauge', 'counter']) })),
  facts: labels,
  rows: maybe(
    v.record(v.string(), v.array(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])))),
  ),
}) satisfies v.GenericSchema<unknown, Reading>;

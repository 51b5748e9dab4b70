/** Alerts as consoles are told of them, and silences. */
import * as v from 'valibot';
import type { AlertView, SilenceView } from '../messages.ts';
import { labels, maybe, severityShape, time } from '../../incident/shapes.ts';

/** An alert that waits or fires. */
export const alertShape = v.object({
  alert: v.string(),
  rule: v.string(),
  state: v.picklist(['pending', 'firing', 'no_data']),
  severity: severityShape,
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
  acked: maybe(v.object({ by: v.string(), at: time, until: time })),
}) satisfies v.GenericSchema<unknown, AlertView>;

/** Quiet that somebody asked for. */
export const silenceShape = v.object({
  id: v.string(),
  matcher: v.string(),
  by: v.string(),
  why: v.string(),
  until: time,
}) satisfies v.GenericSchema<unknown, SilenceView>;

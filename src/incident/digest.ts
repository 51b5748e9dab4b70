/** The facts of a weekly digest and of the report at a hand-off: what the hub gathers, and `report/digest.ts` words. */
import * as v from 'valibot';
import { figuresShape } from './figures.ts';
import { followUpShape } from './follow-up.ts';
import { levelShape } from './paging.ts';
import { severityShape, statusShape, time, timeOrNull, whole, type Fields } from './shapes.ts';

const text = v.string();
const incident = v.object({
  id: text,
  title: text,
  /** The worst it ever had. */
  severity: severityShape,
  status: statusShape,
  drill: v.boolean(),
  declaredAt: time,
  /** From the detection to the resolution; null: it goes on, or one of the two is not recorded. */
  durationMs: v.nullable(v.number()),
});
export type DigestIncident = Fields<typeof incident>;

const handOff = v.object({
  rotation: text,
  at: time,
  from: v.object({ name: text, since: time }),
  to: v.object({ name: text, until: timeOrNull }),
});

const common = {
  madeAt: time,
  /** When the hub owed it; null: a person asked for it. */
  dueAt: timeOrNull,
  /** What could not be read or has no room here, as sentences. */
  missing: v.array(text),
};

const weekFigures = v.pick(figuresShape, ['incidents', 'excluded', 'overall', 'postmortemRate']);
export type WeekFigures = Fields<typeof weekFigures>;

/** Of all incidents, or of one person. */
const { actions, postmortems } = followUpShape.entries;

const week = v.object({
  what: v.literal('digest'),
  ...common,
  from: time,
  until: time,
  /** Declared in the week, or still open. */
  incidents: v.array(incident),
  /** Of the incidents that were declared in the week, as they are known now; and in the week before. */
  figures: weekFigures,
  before: weekFigures,
  /** That are not done. */
  actions,
  /** That are not published, or were in the week. */
  postmortems,
  /** Null: there is no on-call. */
  onCall: v.nullable(
    v.array(
      v.object({
        rotation: text,
        shifts: v.array(v.object({ name: v.nullable(text), from: time, until: timeOrNull })),
        next: v.nullable(handOff),
      }),
    ),
  ),
});
export type WeekFacts = Fields<typeof week>;

const shift = v.object({
  what: v.literal('handoff'),
  ...common,
  handOff,
  /** What whoever leaves wrote for whoever comes. */
  notes: v.array(v.object({ by: text, at: time, text })),
  open: v.array(incident),
  /** Alerts that fire now. */
  alerts: v.array(v.object({ alert: text, severity: severityShape, since: time })),
  /** Whom the shift called beyond L1. */
  escalations: v.array(
    v.object({
      at: time,
      level: levelShape,
      /** Null: nobody was on call there. */
      name: v.nullable(text),
      /** The alert, or the title of the incident. */
      about: text,
      /** Null: by the rules. */
      by: v.nullable(text),
      why: text,
      acknowledged: v.nullable(v.object({ by: text, at: time })),
    }),
  ),
  /** The alerts of the shift, the most frequent first. */
  fired: v.array(v.object({ alert: text, times: whole(1) })),
  /** Those that run on. */
  silences: v.array(v.object({ matcher: text, by: text, why: text, until: time })),
  overrides: v.array(v.object({ name: text, from: time, until: time, why: text })),
  /** Of whoever leaves: not done, and not published of the incidents that they led. */
  actions,
  postmortems,
});
export type ShiftFacts = Fields<typeof shift>;

export const digestShape = v.variant('what', [week, shift]);
export type DigestFacts = WeekFacts | ShiftFacts;

/** The shapes of what a console is told of on-call. */
import * as v from 'valibot';
import type { OncallTable } from '../oncall/plan.ts';

const text = v.string();
const textOrNull = v.nullable(text);
const names = v.array(text);
const minutes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440));

const layer = v.object({
  zone: text,
  start: text,
  everyMs: v.pipe(v.number(), v.integer(), v.minValue(1)),
  people: names,
  only: v.array(v.object({ days: v.array(v.number()), from: minutes, until: minutes })),
});
const step = v.union([v.object({ rotation: text }), v.object({ person: text })]);
const maybeStep = v.exactOptional(step);

export const oncallTableShape = v.object({
  plan: v.object({
    people: v.array(
      v.object({
        name: text,
        aliases: names,
        phone: textOrNull,
        email: textOrNull,
        slack: textOrNull,
        zone: textOrNull,
      }),
    ),
    rotations: v.array(v.object({ name: text, layers: v.array(layer) })),
    overrides: v.array(
      v.object({
        rotation: text,
        name: text,
        from: text,
        until: text,
        why: text,
        made: v.exactOptional(v.object({ id: text, by: text })),
      }),
    ),
    routes: v.record(text, v.object({ L1: maybeStep, L2: maybeStep, L3: maybeStep, L4: maybeStep })),
  }),
  rotations: v.array(
    v.object({ rotation: text, shifts: v.array(v.object({ name: textOrNull, from: text, until: textOrNull })) }),
  ),
}) satisfies v.GenericSchema<unknown, OncallTable>;

/** Reads a table that was kept as JSON; null when it is none. */
export function readOncallTable(raw: unknown): OncallTable | null {
  const answer = v.safeParse(oncallTableShape, raw);
  return answer.success ? answer.output : null;
}

/** The shapes of what a console is told of on-call. */
import * as v from 'valibot';
import { readAs } from '../incident/shapes.ts';
import type { OncallTable } from '../oncall/plan.ts';

const text = v.string();
const textOrNull = v.nullable(text);
/** What is beyond `most` is dropped: a broken hub must not make a console slow. `config/oncall.ts` allows less. */
const list = <S extends v.GenericSchema>(item: S, most: number) =>
  v.pipe(
    v.array(item),
    v.transform((all) => all.slice(0, most)),
  );
const names = list(text, 1_000);
const minutes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440));

const layer = v.object({
  zone: text,
  start: text,
  everyMs: v.pipe(v.number(), v.integer(), v.minValue(1)),
  people: names,
  only: list(v.object({ days: list(v.number(), 50), from: minutes, until: minutes }), 50),
});
const step = v.union([v.object({ rotation: text }), v.object({ person: text })]);
const maybeStep = v.exactOptional(step);

export const oncallTableShape = v.object({
  plan: v.object({
    people: list(
      v.object({
        name: text,
        aliases: names,
        phone: textOrNull,
        email: textOrNull,
        slack: textOrNull,
        zone: textOrNull,
      }),
      1_000,
    ),
    rotations: list(v.object({ name: text, layers: list(layer, 20) }), 200),
    overrides: list(
      v.object({
        rotation: text,
        name: text,
        from: text,
        until: text,
        why: text,
        made: v.exactOptional(v.object({ id: text, by: text })),
      }),
      2_000,
    ),
    routes: v.pipe(
      v.record(text, v.object({ L1: maybeStep, L2: maybeStep, L3: maybeStep, L4: maybeStep })),
      v.transform((all) => Object.fromEntries(Object.entries(all).slice(0, 500))),
    ),
  }),
  rotations: list(
    v.object({ rotation: text, shifts: list(v.object({ name: textOrNull, from: text, until: textOrNull }), 50) }),
    200,
  ),
}) satisfies v.GenericSchema<unknown, OncallTable>;

/** Reads a table that was kept as JSON; null when it is none. */
export const readOncallTable = (raw: unknown): OncallTable | null => readAs(oncallTableShape, raw);

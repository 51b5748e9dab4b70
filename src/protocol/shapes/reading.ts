/** One poll of one target. */
import * as v from 'valibot';
import { ERROR_CLASSES, type Reading } from '../reading.ts';
import { labels, maybe } from '../../incident/shapes.ts';

/** As it is on the wire; see `writtenReading`. */
const onWire = v.object({
  target: v.string(),
  kind: v.string(),
  at: v.number(),
  up: v.boolean(),
  error: v.nullable(
    v.object({
      class: v.fallback(v.picklist(ERROR_CLASSES), 'unknown'),
      phase: maybe(v.string()),
      message: v.string(),
    }),
  ),
  durationMs: v.number(),
  life: v.nullable(v.string()),
  samples: v.array(v.object({ metric: v.string(), labels, value: v.number(), type: v.picklist(['gauge', 'counter']) })),
  facts: labels,
  rows: maybe(
    v.record(v.string(), v.array(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])))),
  ),
});
export const readingShape = v.pipe(
  onWire,
  v.transform(({ life, ...rest }) => ({ ...rest, instanceId: life })),
) satisfies v.GenericSchema<unknown, Reading>;

/** Reads one that was written by another process of ours; null when it is none. */
export function readReading(raw: unknown): Reading | null {
  const read = v.safeParse(readingShape, raw);
  return read.success ? read.output : null;
}

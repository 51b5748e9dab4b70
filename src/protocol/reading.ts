/** What one poll of a target yields. Probes make readings, the hub sends the latest, consoles show them. */
import * as v from 'valibot';
import { labels, maybe, readAs, type Fields } from '../incident/shapes.ts';

/** An error's class, derived from SQLSTATE, errno or the prefix of a reply, never from the text of a message. */
const ERROR_CLASSES = [
  'refused',
  'dns',
  'timeout',
  'reset',
  'tls_untrusted',
  'tls_name',
  'tls_expired',
  'tls',
  'auth',
  'perm',
  'db_missing',
  'exhausted',
  'loading',
  'busy',
  'readonly',
  'protocol',
  'status',
  'partial',
  'config',
  'unknown',
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

const sample = v.object({ metric: v.string(), labels, value: v.number(), type: v.picklist(['gauge', 'counter']) });
export type Sample = Fields<typeof sample>;

/** A row of detail for a panel, such as a lock waiter or a slow query: flat, and only for display. */
const row = v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]));
export type Row = Fields<typeof row>;

export const readingShape = v.pipe(
  v.object({
    target: v.string(),
    kind: v.string(),
    /** Wall clock at the end of the poll, ms since 1970, for people. */
    at: v.number(),
    /** Whether the target answered as it should. Independent of `samples`: a 503 with a body is down and has values. */
    up: v.boolean(),
    /** `phase` of a timeout (`connect`, `tls`, `processing`, `transfer`, `command`, …). `message` is for people. */
    error: v.nullable(
      v.object({
        class: v.fallback(v.picklist(ERROR_CLASSES), 'unknown'),
        phase: maybe(v.string()),
        message: v.string(),
      }),
    ),
    durationMs: v.number(),
    /** `instanceId`, as it has been called on the wire since the first version. */
    life: v.nullable(v.string()),
    /** Empty for what was not read: zeros are never invented. */
    samples: v.array(sample),
    /** Facts in words: version, policy, role, missing grants (`partial`). */
    facts: labels,
    rows: maybe(v.record(v.string(), v.array(row))),
  }),
  v.transform(({ life, ...reading }) => ({
    ...reading,
    /** Identity of the process that was sampled (run_id, postmaster start): a new one is a counter reset. */
    instanceId: life,
  })),
);
export type Reading = Fields<typeof readingShape>;

export const writtenReading = ({ instanceId, ...reading }: Reading) => ({ ...reading, life: instanceId });

/** Reads what another process of this program wrote; null when it is no reading. */
export const readReading = (raw: unknown): Reading | null => readAs(readingShape, raw);

/** What one poll of a target yields. Probes make readings, the hub sends the latest, consoles show them. */

/** An error by class: told by SQLSTATE, errno or the prefix of a reply, never by the text of a message. */
export const ERROR_CLASSES = [
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

export interface Sample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly type: 'gauge' | 'counter';
}

/** A row of detail for a panel (a lock waiter, a slow query): flat, and only for showing. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

export interface Reading {
  readonly target: string;
  readonly kind: string;
  /** Wall clock at the end of the poll, ms since 1970, for people. */
  readonly at: number;
  /** Did the target answer as it should. Independent of `samples`: a 503 with a body is down and still has values. */
  readonly up: boolean;
  /** `phase` of a timeout (`connect`, `tls`, `processing`, `transfer`, `command`, …). `message` is for people. */
  readonly error: { readonly class: ErrorClass; readonly phase?: string; readonly message: string } | null;
  readonly durationMs: number;
  /** Identity of the process that was sampled (run_id, postmaster start): a new one is a counter reset. */
  readonly instanceId: string | null;
  /** Empty for what was not read: zeros are never invented. */
  readonly samples: readonly Sample[];
  /** Facts in words: version, policy, role, missing grants (`partial`). */
  readonly facts: Readonly<Record<string, string>>;
  readonly rows?: Readonly<Record<string, readonly Row[]>>;
}

/** A reading as it is sent: there `instanceId` is called `life`, and every version of the protocol since the first reads that. */
export const writtenReading = ({ instanceId, ...reading }: Reading) => ({ ...reading, life: instanceId });

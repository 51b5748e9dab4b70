/** What is not worth asking every second: read every 10 or 60 seconds and given with each reading in between. */
import type { Row, Sample } from '../../protocol/reading.ts';
import { ProbeFailure } from '../failure.ts';
import type { PgConnection, PgRow } from './connection.ts';
import * as metrics from './metrics.ts';
import { CLIENTS, LIMITS, REPLICATION, slots, WRAPAROUND } from './queries.ts';

interface Tier {
  readonly name: string;
  readonly everyMs: number;
  readonly sql: (version: number) => string;
  readonly samples?: (rows: readonly PgRow[]) => readonly Sample[];
  /** Shown as rows under the tier's name too. */
  readonly hasRows?: boolean;
}

const TIERS: readonly Tier[] = [
  { name: 'clients', everyMs: 10_000, sql: () => CLIENTS, hasRows: true },
  { name: 'replication', everyMs: 10_000, sql: () => REPLICATION, samples: metrics.replicationSamples, hasRows: true },
  { name: 'slots', everyMs: 10_000, sql: slots, samples: metrics.slotSamples },
  { name: 'limits', everyMs: 10_000, sql: () => LIMITS, samples: metrics.limitSamples },
  { name: 'wraparound', everyMs: 60_000, sql: () => WRAPAROUND, samples: metrics.wraparoundSamples },
];

/** What the slow tiers know; `facts` names a tier that could not be read. */
export interface Slow {
  readonly samples: readonly Sample[];
  readonly facts: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly Row[]>>;
}

/** The slow tiers of one connection. What was read is kept until its tier is read again. */
export class Tiers {
  readonly #dueAt = new Map<string, number>();
  readonly #kept = new Map<string, readonly PgRow[] | ProbeFailure>();

  async read(connection: PgConnection, signal: AbortSignal, version: number): Promise<Slow> {
    const now = performance.now();
    const due = TIERS.filter((tier) => (this.#dueAt.get(tier.name) ?? 0) <= now);
    if (due.length > 0) {
      const statements = due.map((tier) => [tier.sql(version)] as const);
      const results = await connection.allSettled(signal, ...statements);
      due.forEach((tier, i) => {
        this.#kept.set(tier.name, results[i] ?? []);
        this.#dueAt.set(tier.name, now + tier.everyMs);
      });
    }
    return this.#known();
  }

  #known(): Slow {
    const samples: Sample[] = [];
    const rows: Record<string, readonly Row[]> = {};
    const failed: string[] = [];
    for (const tier of TIERS) {
      const kept = this.#kept.get(tier.name) ?? [];
      if (kept instanceof ProbeFailure) {
        failed.push(`${tier.name} (${kept.failure.message})`);
        continue;
      }
      samples.push(...(tier.samples?.(kept) ?? []));
      if (tier.hasRows === true) rows[tier.name] = metrics.plainRows(kept);
    }
    return { samples, rows, facts: failed.length === 0 ? {} : { unread: failed.join('; ') } };
  }
}

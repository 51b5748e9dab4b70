/** Periodic work: heartbeats, token checks, disk space, snapshots, exit when idle. */
import type { Broadcaster } from './broadcaster.ts';
import type { HubDeliveries } from './deliveries.ts';
import type { Digests } from './digests.ts';
import type { StepRuns } from './step-runs.ts';
import type { HubParts } from './hub-parts.ts';

interface MaintenanceContext extends HubParts {
  readonly broadcaster: Broadcaster;
  readonly deliveries: HubDeliveries;
  readonly digests: Digests;
  readonly steps: StepRuns;
}

/** Interval of the disk space check while nobody is attached, ms. */
const IDLE_MEASURE_MS = 5_000;
/** Interval of snapshots, ms. */
const KEEP_MS = 30_000;

export class Maintenance {
  readonly #context: MaintenanceContext;
  #timer: NodeJS.Timeout | null = null;
  #low: string | null = null;
  #measuredAt = -Infinity;
  #idleSince: number;
  #keptAt: number;

  constructor(context: MaintenanceContext) {
    this.#context = context;
    this.#idleSince = this.#keptAt = context.clock.mono();
  }

  measure(): void {
    this.#low = this.#context.store.lowSpace();
  }

  start(): void {
    this.#timer = setInterval(() => this.#beat(), this.#context.limits.beatMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Why nothing can be written; null: writable. */
  get readOnly(): string | null {
    return this.#context.store.readOnly ?? this.#low;
  }

  /** The store reports its own faults; disk space has to be measured. */
  tellWritable(): void {
    const { store, broadcaster, clock } = this.#context;
    this.#measuredAt = clock.mono();
    this.#low = store.lowSpace();
    broadcaster.writable(this.readOnly);
  }

  left(): void {
    this.#idleSince = this.#context.clock.mono();
  }

  #beat(): void {
    const { clock, connections, rooms, options, serving } = this.#context;
    // An idle hub measures less often.
    if (connections.sessions.size > 0 || clock.mono() - this.#measuredAt >= IDLE_MEASURE_MS) this.tellWritable();
    for (const connection of connections.sessions)
      connection.beat(connection.incident === null ? null : (rooms.get(connection.incident)?.state.head ?? null));
    void this.#checkTokens();
    if (clock.mono() - this.#keptAt >= KEEP_MS) {
      this.#keptAt = clock.mono();
      void rooms.saveSnapshots();
      void rooms.closeIdle();
    }
    // Only sessions count: the hub's own probe connects, too.
    if (connections.sessions.size > 0 || rooms.count().open > 0 || this.#isNeeded) this.#idleSince = clock.mono();
    const { idleExitMs } = options;
    if (idleExitMs !== null && clock.mono() - this.#idleSince >= idleExitMs) serving.onIdle();
  }

  /** Others rely on this hub, though nobody is attached: something is on its way out, or systems may report. */
  get #isNeeded(): boolean {
    const { deliveries, digests, steps, settings, record } = this.#context;
    const isBusy = deliveries.isBusy || digests.isBusy || steps.isBusy;
    return isBusy || settings.hasSecrets || Object.keys(record.state.intakes).length > 0;
  }

  /** Ends connections whose invitation expired or was revoked. */
  async #checkTokens(): Promise<void> {
    const { clock, authenticator, connections } = this.#context;
    if (connections.sessions.size === 0) return;
    await authenticator.refresh();
    const now = clock.wall();
    for (const connection of connections.sessions) {
      const { name = '', invite = null } = connection.session ?? {};
      if (invite !== null && !authenticator.stands(invite, now))
        connection.end('unauthorized', authenticator.whyEnded(name, invite));
    }
  }
}

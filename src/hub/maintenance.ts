/** Periodic work: heartbeats, token checks, disk space, snapshots, exit when idle. */
import type { Broadcaster } from './broadcaster.ts';
import type { MessageHandler } from './message-handler.ts';
import type { Authenticator } from './authenticator.ts';
import type { HubParts } from './hub-parts.ts';
import type { Connections } from './connections.ts';

interface MaintenanceContext extends Pick<HubParts, 'clock' | 'limits' | 'store' | 'rooms' | 'bodies'> {
  readonly connections: Connections;
  readonly messageHandler: MessageHandler;
  readonly authenticator: Authenticator;
  readonly broadcaster: Broadcaster;
  /** Others rely on this hub, though nobody is attached: something is on its way out, or systems may report. */
  readonly isBusy: () => boolean;
  readonly idleExitMs: number | null;
  readonly onIdle: () => void;
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
    const { clock, connections, bodies, messageHandler, rooms, isBusy, idleExitMs, onIdle } = this.#context;
    // An idle hub measures less often.
    if (connections.sessions.size > 0 || clock.mono() - this.#measuredAt >= IDLE_MEASURE_MS) this.tellWritable();
    for (const connection of connections.sessions)
      connection.beat(connection.incident === null ? null : (rooms.get(connection.incident)?.state.head ?? null));
    void this.#checkTokens();
    messageHandler.tidy();
    connections.tidy();
    bodies.tidy();
    if (clock.mono() - this.#keptAt >= KEEP_MS) {
      this.#keptAt = clock.mono();
      void rooms.saveSnapshots();
      void rooms.closeIdle();
    }
    // Only sessions count: the hub's own probe connects, too.
    if (connections.sessions.size > 0 || rooms.count().open > 0 || isBusy()) this.#idleSince = clock.mono();
    if (idleExitMs !== null && clock.mono() - this.#idleSince >= idleExitMs) onIdle();
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

/** What the hub does by itself, beat by beat: heartbeats, stale tokens, room on the disk, snapshots, its end when idle. */
import type { Log } from '../log/log.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Bulletin } from './bulletin.ts';
import type { Desk } from './desk.ts';
import type { Doorkeeper } from './doorkeeper.ts';
import type { Limits } from './limits.ts';
import type { Lobby } from './lobby.ts';
import type { Rooms } from './rooms.ts';

export interface UpkeepContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly rooms: Rooms;
  readonly lobby: Lobby;
  readonly desk: Desk;
  readonly doorkeeper: Doorkeeper;
  readonly bulletin: Bulletin;
  readonly idleExitMs: number | null;
  /** Nothing is open, and nobody was here for `idleExitMs`. */
  readonly onIdle: () => void;
}

/** How often incidents that grew get a new snapshot, ms. */
const KEEP_MS = 30_000;

export class Upkeep {
  readonly #context: UpkeepContext;
  #timer: NodeJS.Timeout | null = null;
  /** There is too little room on the disk, in words; null: enough. */
  #low: string | null = null;
  #idleSince: number;
  #keptAt: number;

  constructor(context: UpkeepContext) {
    this.#context = context;
    this.#idleSince = this.#keptAt = context.clock.mono();
  }

  /** Asks how much room there is on the disk, before anybody is served. */
  async measure(): Promise<void> {
    this.#low = await this.#context.log.lowSpace();
  }

  start(): void {
    this.#timer = setInterval(() => this.#beat(), this.#context.limits.beatMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Why nothing can be written; null: it can. */
  get readOnly(): string | null {
    return this.#context.log.readOnly ?? this.#low;
  }

  /** A failed log says so by itself; how much room is left on the disk has to be asked. */
  tellWritable(): void {
    const { log, bulletin } = this.#context;
    bulletin.writable(this.readOnly);
    void log.lowSpace().then((low) => {
      this.#low = low;
      bulletin.writable(this.readOnly);
    });
  }

  /** Somebody who had said hello is gone. */
  left(): void {
    this.#idleSince = this.#context.clock.mono();
  }

  #beat(): void {
    const { clock, log, lobby, desk, rooms, idleExitMs, onIdle } = this.#context;
    this.tellWritable();
    for (const connection of lobby.guests)
      connection.beat(connection.incident === null ? null : log.head(connection.incident));
    void this.#checkTokens();
    desk.tidy();
    if (clock.mono() - this.#keptAt >= KEEP_MS) {
      this.#keptAt = clock.mono();
      void rooms.keep();
    }
    // Only those who said hello count: the hub's own probe connects, too.
    if (lobby.guests.size > 0 || rooms.count().open > 0) this.#idleSince = clock.mono();
    if (idleExitMs !== null && clock.mono() - this.#idleSince >= idleExitMs) onIdle();
  }

  /** Expired and revoked tokens end the connections they opened. */
  async #checkTokens(): Promise<void> {
    const { clock, doorkeeper, lobby } = this.#context;
    await doorkeeper.refresh();
    const now = clock.wall();
    for (const connection of lobby.guests) {
      const invite = connection.guest?.invite ?? null;
      if (invite !== null && !doorkeeper.stands(invite, now)) connection.end('unauthorized');
    }
  }
}

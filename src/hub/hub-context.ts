/** What all parts of a hub work with. */
import type { Clock } from '../protocol/clock.ts';
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';

export interface HubContext {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly limits: Limits;
  /** A fresh ULID for a moment, ms since 1970. */
  readonly newId: (ms: number) => string;
  /** Writes a line into the hub's own log. */
  readonly say: (line: string) => void;
  /** The hub failed by a fault of its own. */
  readonly onBug: (error: unknown) => void;
  /** Connections of people who want readings, presence and alerts. */
  readonly consoles: () => Iterable<Connection>;
}

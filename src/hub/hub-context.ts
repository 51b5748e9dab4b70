/** What all parts of a hub share. */
import type { Clock } from '../protocol/clock.ts';
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';

export interface HubContext {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly limits: Limits;
  /** A fresh ULID; `ms` since 1970. */
  readonly newId: (ms: number) => string;
  /** Writes a line to the hub's log. */
  readonly say: (line: string) => void;
  /** Reports an unexpected error. */
  readonly onBug: (error: unknown) => void;
  /** Connections that want readings, presence and alerts. */
  readonly consoles: () => Iterable<Connection>;
}

/** What all parts of a hub share. */
import type { Clock } from '../protocol/clock.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';

export interface HubContext {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly newId: (ms: number) => string;
  readonly say: (line: string) => void;
  readonly onBug: (error: unknown) => void;
  readonly consoles: () => Iterable<Connection>;
  /** Keeps what all consoles are told; `text`: the message as JSON. */
  readonly told: (message: FromHub, text?: string) => void;
}

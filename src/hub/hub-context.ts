/** What all parts of a hub share; each names what it needs. */
import type { Receiver } from '../delivery/receiver.ts';
import type { HubState } from '../incident/hub-state.ts';
import type { Incident } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import type { JournalStore } from '../log/journal-store.ts';
import type { Clock } from '../protocol/clock.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import type { StoredSummary } from './incident-store.ts';
import type { Limits } from './limits.ts';
import type { CurrentSettings } from './settings.ts';

export interface HubContext {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly newId: (ms: number) => string;
  readonly say: (line: string) => void;
  readonly onBug: (error: unknown) => void;
  /** The hub is that of a drill: its alerts are rehearsed, and so is every incident. */
  readonly rehearsal: boolean;
  readonly consoles: () => Iterable<Connection>;
  /** Keeps what all consoles are told; `text`: the message as JSON. */
  readonly told: (message: FromHub, text?: string) => void;
  /** Connections of everybody who said hello, one-shot commands too: they wait for what becomes of theirs. */
  readonly sessions: () => ReadonlySet<Connection>;
  readonly settings: CurrentSettings;
  readonly policy: () => Policy;
  /** Who is told outside. */
  readonly receivers: () => readonly Receiver[];
  /** Names that people have here: connected since the start, invited, or on call. */
  readonly knownNames: () => readonly string[];
  readonly store: JournalStore<Incident, StoredSummary>;
  readonly hubStore: JournalStore<HubState, null>;
}

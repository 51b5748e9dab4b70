/** What the parts of a hub share, and is none of them. */
import { monotonicFactory } from 'ulid';
import type { HubState } from '../incident/hub-state.ts';
import type { Incident } from '../incident/incident.ts';
import type { JournalStore } from '../log/journal-store.ts';
import type { HubOptions, InspectionResult } from './hub-options.ts';
import { incidentFold, type StoredSummary } from './incident-store.ts';
import { HUB_LIMITS, type Limits } from './limits.ts';
import type { RuntimeFile } from './runtime-file.ts';
import type { Tls } from './server.ts';
import { CurrentSettings, type HubTarget, type ReadSettings } from './settings.ts';

/** What is known, and can be done, once the hub listens. */
export interface Serving {
  readonly own: () => RuntimeFile['own'];
  readonly inspect: (target: string) => Promise<InspectionResult | undefined>;
  readonly renew: (tls: Tls) => Promise<void>;
  readonly onIdle: () => void;
}

/** What was read before the parts are made. */
export interface ReadBefore {
  /** The local one. */
  readonly token: string;
  readonly hubStore: JournalStore<HubState, null>;
}

export abstract class HubContext<Read extends ReadBefore = ReadBefore> {
  readonly read: Read;
  readonly options: HubOptions;
  readonly serving: Serving;
  readonly dataDir: string;
  readonly clock: HubOptions['clock'];
  readonly limits: Limits;
  readonly newId: (ms: number) => string;
  /** The hub is that of a drill: its alerts are rehearsed, and so is every incident. */
  readonly rehearsal: boolean;
  readonly say: (line: string) => void;
  readonly store: JournalStore<Incident, StoredSummary>;
  readonly hubStore: JournalStore<HubState, null>;
  readonly settings: CurrentSettings;
  readonly startedAt: { readonly wall: number; readonly mono: number };
  readonly counts = { acknowledged: 0, refused: 0, events: 0 };

  constructor(options: HubOptions, serving: Serving, read: Read) {
    const { dataDir, clock, rules = [], rehearsal = false, say = () => {} } = options;
    this.options = options;
    this.serving = serving;
    this.read = read;
    this.dataDir = dataDir;
    this.clock = clock;
    this.limits = { ...HUB_LIMITS, ...options.limits };
    this.newId = monotonicFactory(options.random);
    this.rehearsal = rehearsal;
    this.say = say;
    this.store = options.journal.incidentStore(incidentFold);
    this.hubStore = read.hubStore;
    this.settings = new CurrentSettings(
      { ...options, rules },
      { read: options.reload, say, takeOver: (settings, gone) => this.takeOver(settings, gone) },
    );
    this.startedAt = { wall: clock.wall(), mono: clock.mono() };
  }

  protected abstract takeOver(settings: ReadSettings, gone: readonly HubTarget[]): Promise<void>;

  readonly policy = () => this.settings.current.policy;
  /** Who is told outside. */
  readonly receivers = () => this.settings.current.receivers ?? [];

  /** An unexpected error is logged and must not end the hub. */
  readonly onBug = (error: unknown): void =>
    this.say(`a fault of the hub: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

/** What a hub is started with, and what its starter holds of it. */
import type { Journal } from '../log/journal.ts';
import type { Clock } from '../protocol/clock.ts';
import type { DeliveryView } from '../protocol/messages.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import type { Reading } from '../protocol/reading.ts';
import type { Limits } from './limits.ts';
import type { RuntimeFile } from './runtime-file.ts';
import type { Tls } from './server.ts';
import type { ReadAgain, Reloading, HubSettings } from './settings.ts';
import type { RunbookOptions } from './step-request.ts';

export type InspectionResult = { readonly said: string } | { readonly refused: string };
/** What the configuration answers; the hub knows the rest. */
type ConfigQuestion = Extract<Question, { what: 'trace' | 'runbooks' | 'runbook' }>;
interface HubPoller {
  inspect?(target: string): Promise<InspectionResult>;
  close(): Promise<void>;
}
export interface HubOptions extends Omit<HubSettings, 'rules'>, Partial<Pick<HubSettings, 'rules'>> {
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly journal: Pick<Journal, 'incidentStore' | 'hubStore' | 'close'>;
  /** Called once the hub listens, with its addresses: it may poll itself. */
  readonly poller: ((onReading: (reading: Reading) => void, hub: RuntimeFile['own']) => HubPoller) | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tls?: Tls;
  /** Allows listening beyond this machine without TLS. */
  readonly insecure?: boolean;
  readonly allowedOrigins: readonly string[];
  /** Ends after this long with nobody attached and nothing open; null: never. */
  readonly idleExitMs: number | null;
  readonly limits?: Partial<Limits>;
  readonly version?: string;
  /** Where people outside reach the hub; absent or null: nowhere. */
  readonly publicUrl?: string | null;
  /** Answers what consoles ask of logs and runbooks; without it nothing is known of them. */
  readonly answering?: (question: ConfigQuestion) => Promise<Answer>;
  /** Absent: no step of a runbook is run. */
  readonly runbooks?: RunbookOptions;
  /** The hub is that of a drill: its alerts are rehearsed, and so is every incident. */
  readonly rehearsal?: boolean;
  readonly reload?: ReadAgain;
  readonly say?: (line: string) => void;
}
export interface Stats {
  readonly readOnly: string | null;
  /** Why readings are not kept for replay. */
  readonly unkept: string | null;
  readonly connections: number;
  readonly people: number;
  readonly incidentsOpen: number;
  readonly incidents: number;
  readonly damaged: number;
  readonly journalLag: number;
  readonly events: number;
  readonly commands: { readonly acknowledged: number; readonly refused: number };
  readonly uptimeSeconds: number;
  readonly version: string;
  readonly alerts: Readonly<Record<'firing' | 'pending' | 'silences' | 'rules' | 'faults', number>>;
  /** Deliveries that are kept, by state; `missing`: somebody outside should know and does not. */
  readonly deliveries: Readonly<Record<DeliveryView['state'] | 'missing', number>>;
}
export interface Hub {
  readonly url: string;
  readonly httpUrl: string;
  readonly token: string;
  close(reason?: string): Promise<void>;
  /** Rereads the configuration and logs the outcome. */
  reload(): Promise<Reloading>;
  /** Resolves with the reason once the hub has ended. */
  readonly done: Promise<string>;
  stats(): Stats;
}

/** Everything a panel may know. The console makes it for each frame: plain data, and the history of each target. */
import type { Clocks } from '../src/incident/clocks.ts';
import type { Event } from '../src/incident/event.ts';
import type { Figures } from '../src/incident/figures.ts';
import type { FollowUp } from '../src/incident/follow-up.ts';
import type { Incident } from '../src/incident/incident.ts';
import type { NextItem } from '../src/incident/next-item.ts';
import type { Zone } from '../src/incident/time.ts';
import type { Level } from '../src/incident/vocabulary.ts';
import type { OncallTable } from '../src/oncall/plan.ts';
import type { AlertView, DeliveryView, Person, TargetInfo } from '../src/protocol/messages.ts';
import type { IncidentSummary } from '../src/protocol/summary.ts';
import type { Reading } from '../src/protocol/reading.ts';
import type { Memo } from './memo.ts';

export type LinkState = 'connecting' | 'live' | 'lost' | 'refused';

/** A command of this console that the hub has not acknowledged yet. */
export interface PendingEntry {
  readonly n: number;
  readonly id: string;
  readonly at: number;
  readonly text: string;
  readonly state: 'waiting' | 'sent' | 'refused';
  readonly reason?: string;
}

export interface TargetView extends TargetInfo {
  /** The last reading, up or not; null before the first. */
  readonly reading: Reading | null;
  /** The last reading that was up: drawn dim while the target is silent. */
  readonly lastGood: Reading | null;
  /** When the hub took the last reading, on the console's monotonic clock, ms. */
  readonly takenAt: number | null;
  /** Values of one metric up to `mono`, oldest first; null for a poll without a value. */
  history(metric: string, points: number, mono: number): readonly (number | null)[];
  /** Change of a counter per second over the window before `mono`; null when unknown. A restart of the target is no drop. */
  rate(metric: string, windowMs: number, mono: number): number | null;
}

/** Age of the last reading at `mono`, ms; null before the first. */
export const ageOf = ({ takenAt }: Pick<TargetView, 'takenAt'>, mono: number): number | null =>
  takenAt === null ? null : Math.max(0, mono - takenAt);

/** A moment of the past that is shown in place of now. */
export interface PastMoment {
  /** ms since 1970. */
  readonly at: number;
  /** The last moment there is. */
  readonly to: number;
  readonly isPlaying: boolean;
  /** Times as fast as it happened. */
  readonly speed: number;
  /** What is known of the panels' values at that moment, in words. */
  readonly kept: string;
  /** Values of that moment were kept. */
  readonly isKept: boolean;
  /** The incident goes on behind it, so that Esc leads to now. */
  readonly isRunning: boolean;
  /** What began meanwhile and calls for this person; null: nothing. */
  readonly calls: string | null;
}

export interface Model {
  /** Hub time, ms since 1970. */
  readonly now: number;
  /** The console's monotonic clock at the same moment, ms. */
  readonly mono: number;
  readonly zone: Zone;
  readonly ascii: boolean;
  readonly me: string;
  readonly link: {
    readonly state: LinkState;
    /** When this state began, ms since 1970. */
    readonly since: number;
    readonly rttMs: number | null;
    /** How long a live link has been silent, ms; null or absent while that is normal. */
    readonly silentMs?: number | null;
    readonly reason: string | null;
    /** Why the hub cannot write; null when it can. */
    readonly readOnly: string | null;
    /** The hub's address. */
    readonly hub: string;
  };
  /** All in this hub is rehearsed. */
  readonly rehearsal?: boolean;
  /** Absent: what is shown is now. */
  readonly past?: PastMoment;
  readonly incident: Incident | null;
  readonly clocks: Clocks | null;
  /** What is to be done, the most urgent first, with the key that does it. */
  readonly next?: readonly (NextItem & { readonly key: string | null })[];
  /** Events of the open incident in seq order; this console may hold only the end. */
  readonly events: readonly Event[];
  readonly pending: readonly PendingEntry[];
  readonly people: readonly Person[];
  readonly incidents: readonly IncidentSummary[];
  readonly targets: readonly TargetView[];
  /** Alerts pending or firing at the hub, worst first, in this incident or in none; absent while not known. */
  readonly alerts?: readonly AlertView[];
  /** What the outside was told and not, of all incidents; absent until the hub said. */
  readonly deliveries?: readonly DeliveryView[];
  /** Who is on call; null: this hub has no on-call; absent until the hub said. */
  readonly oncall?: OncallTable | null | undefined;
  /** What steps of runbooks print while they run, by the number of the run. */
  readonly outputs?: ReadonlyMap<number, string>;
  /** Of the last 30 days; absent until the hub said. */
  readonly figures?: Figures;
  /** Open action items, and postmortems, of all incidents; absent until the hub said. */
  readonly followUp?: FollowUp;
  /** Rules that cannot be evaluated or make little sense, and why. */
  readonly ruleFaults?: readonly { readonly rule: string; readonly message: string }[];
  /** How far back charts of a zoomed panel reach. Default: 15 minutes. */
  readonly chart?: { readonly spanMs: number };
  /** Rows scrolled past in a zoomed panel; absent where none is zoomed. */
  readonly paged?: number;
  /** What panels keep between frames; without it they make everything again. */
  readonly memo?: Memo;
  readonly timeline: {
    /** Rows scrolled up from the end; 0 is live. */
    readonly scroll: number;
    readonly level: Level;
    /** Seq of the last entry this person has seen; null: none. */
    readonly readMark: number | null;
    /** Entries after the mark came while this console was away. */
    readonly left?: boolean;
    /** Seq of the selected entry. */
    readonly selected: number | null;
    readonly filter: string;
    /** Own notes after this seq are shown whatever filter and level say. */
    readonly ownAfter?: number;
  };
}

/** The alerts that wait or fire now; null while the hub does not say. */
export const alertsNow = ({ alerts, link }: Pick<Model, 'alerts' | 'link'>): readonly AlertView[] | null =>
  link.state === 'live' ? (alerts ?? null) : null;

/** Whether `name` has a console open. */
export const isHere = ({ people }: Pick<Model, 'people'>, name: string): boolean =>
  people.some((person) => person.name === name && person.consoles > 0);

/** Everything a panel may know. Made by the console for each frame; plain data, except for what targets are asked about their past. */
import type { Clocks } from '../src/incident/clocks.ts';
import type { Event } from '../src/incident/event.ts';
import type { Incident } from '../src/incident/incident.ts';
import type { NextItem } from '../src/incident/next.ts';
import type { Zone } from '../src/incident/time.ts';
import type { AlertView, IncidentSummary, Person } from '../src/protocol/messages.ts';
import type { Reading } from '../src/protocol/reading.ts';
import type { Memo } from './memo.ts';

export type LinkState = 'connecting' | 'live' | 'lost' | 'refused';

/** An own command that is not acknowledged: on disk, shown at once. */
export interface PendingEntry {
  readonly n: number;
  readonly id: string;
  readonly at: number;
  readonly text: string;
  readonly state: 'waiting' | 'sent' | 'refused';
  readonly reason?: string;
}

/** One target as the console knows it. */
export interface TargetView {
  readonly name: string;
  readonly kind: string;
  readonly intervalMs: number;
  /** The last reading, whatever it said; null before the first. */
  readonly reading: Reading | null;
  /** The last reading that was up; what is shown dim while the target is silent. */
  readonly lastGood: Reading | null;
  /** When the hub took the last reading, ms of the console's monotonic clock; null before the first. */
  readonly takenAt: number | null;
  /** Values of one metric up to `mono`, oldest first; null marks a poll that yielded none. For charts. */
  history(metric: string, points: number, mono: number): readonly (number | null)[];
  /** Change of a counter per second over the window before `mono`, null when unknown; a restart of the target is no drop. */
  rate(metric: string, windowMs: number, mono: number): number | null;
}

/** How old the last reading is at `mono`, ms; null before the first. */
export const ageOf = ({ takenAt }: Pick<TargetView, 'takenAt'>, mono: number): number | null =>
  takenAt === null ? null : Math.max(0, mono - takenAt);

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
    /** How long a live link has been silent, ms; null or absent while that is too short to mention. */
    readonly silentMs?: number | null;
    readonly reason: string | null;
    /** The hub cannot write: why. */
    readonly readOnly: string | null;
    /** Where the hub is, for the header. */
    readonly hub: string;
  };
  readonly incident: Incident | null;
  readonly clocks: Clocks | null;
  /** What is to be done, the most urgent first, with the key that does it. */
  readonly next?: readonly (NextItem & { readonly key: string | null })[];
  /** Events of the open incident in seq order, as far as this console holds them. */
  readonly events: readonly Event[];
  readonly pending: readonly PendingEntry[];
  readonly people: readonly Person[];
  readonly incidents: readonly IncidentSummary[];
  readonly targets: readonly TargetView[];
  /** Alerts that wait or fire at the hub, worst first, in this incident or in none; left out while that is not known. */
  readonly alerts?: readonly AlertView[];
  /** Rules that cannot be evaluated or make little sense, and why; left out when there are none. */
  readonly ruleFaults?: readonly { readonly rule: string; readonly message: string }[];
  /** How far back the charts of a zoomed panel reach; 15 minutes when nobody chose. */
  readonly chart?: { readonly spanMs: number };
  /** Rows of a zoomed panel that were paged over; absent where none is zoomed. */
  readonly paged?: number;
  /** What was drawn before; without it everything is made again. */
  readonly memo?: Memo;
  /** How the timeline is being looked at. */
  readonly timeline: {
    /** Rows scrolled up from the end; 0 is live. */
    readonly scroll: number;
    readonly level: 'key' | 'normal' | 'system';
    /** Seq of the last entry this person has seen; the marker stands after it. Null: none. */
    readonly readMark: number | null;
    /** What follows the mark came while this console was away. */
    readonly left?: boolean;
    /** The selected entry, by seq. */
    readonly selected: number | null;
    readonly filter: string;
  };
}

/** Is `name` in the room now. */
export const isHere = ({ people }: Pick<Model, 'people'>, name: string): boolean =>
  people.some((person) => person.name === name && person.consoles > 0);

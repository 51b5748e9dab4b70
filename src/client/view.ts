/** What a console knows of its hub. */
import type { Model } from '../../panels/model.ts';
import type { Event } from '../incident/event.ts';
import type { LinkTemplate } from '../incident/links.ts';
import { HANDBOOK_POLICY, type Policy } from '../incident/policy.ts';
import type { Templates } from '../incident/public-words.ts';
import type { AlertView, Away, SilenceView } from '../protocol/messages.ts';
import type { Reading } from '../protocol/reading.ts';
import type { OwnPending } from './sender.ts';

/** `past`: the hub's history changed, entries that were shown may be gone. */
export type Changed =
  | 'past'
  | 'link'
  | 'record'
  | 'pending'
  | 'readings'
  | 'people'
  | 'incidents'
  | 'alerts'
  | 'oncall'
  | 'deliveries'
  | 'outputs'
  | 'figures'
  | 'followUp';

/** Replaced as a whole when something changed, never mutated. */
export interface ClientView
  extends
    Pick<
      Model,
      'link' | 'incident' | 'people' | 'incidents' | 'targets' | 'oncall' | 'deliveries' | 'figures' | 'followUp'
    >,
    Required<Pick<Model, 'rehearsal' | 'ruleFaults'>> {
  /** Whose console this is, according to the hub; null until it said so. */
  readonly you: { readonly name: string; readonly observer: boolean } | null;
  readonly epoch: string | null;
  /** A contiguous tail of the record; `page` prepends to it. */
  readonly events: readonly Event[];
  readonly pending: readonly OwnPending[];
  /** People who command an open incident and have no connection. */
  readonly away: readonly Away[];
  /** Records the hub does not serve because they are damaged. */
  readonly damaged: readonly { readonly incident: string; readonly reason: string }[];
  /** Why the hub does not have the followed incident, so that what is shown is old; null: it has it. */
  readonly unserved: string | null;
  readonly policy: Policy;
  /** Of public updates; absent: the hub has not sent any. */
  readonly templates?: Templates;
  /** To dashboards, traces and logs: names with templates of URLs; absent: the hub has not sent any. */
  readonly links?: readonly LinkTemplate[];
  readonly readings: readonly Reading[];
  /** Pending and firing alerts, worst first; null before the hub sent them. */
  readonly alerts: readonly AlertView[] | null;
  readonly silences: readonly SilenceView[];
  /** What is not shown or kept, as a sentence: a list that is too long, readings for replay; null: nothing. */
  readonly leftOut: string | null;
  /** The end of what steps of the followed incident print, by the number of the run; parts may be missing. */
  readonly outputs: ReadonlyMap<number, string>;
}

/** Limits of each list, so that a hostile or broken hub cannot make a console slow. */
export const MOST = {
  targets: 500,
  people: 1_000,
  incidents: 2_000,
  alerts: 1_000,
  silences: 1_000,
  faults: 1_000,
  deliveries: 1_000,
  outputs: 20,
} as const;
/** Characters kept of each output. */
export const OUTPUT_KEPT = 64_000;

/** Before the hub has said anything. */
export const BLANK_VIEW: Omit<ClientView, 'link'> = {
  you: null,
  rehearsal: false,
  incident: null,
  epoch: null,
  events: [],
  pending: [],
  people: [],
  away: [],
  incidents: [],
  damaged: [],
  unserved: null,
  policy: HANDBOOK_POLICY,
  readings: [],
  targets: [],
  alerts: null,
  silences: [],
  leftOut: null,
  ruleFaults: [],
  outputs: new Map(),
};

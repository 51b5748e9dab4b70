/** What NEXT is made of: what it asks for, and what that is found from. */
import type { Due } from './clocks.ts';
import type { Delivery } from './deliveries.ts';
import type { AttachedAlert, Incident } from './incident.ts';
import type { HeldLevel } from './paging.ts';
import type { Policy } from './policy.ts';
import type { Severity } from './severity.ts';
import { dueTime } from './time.ts';
import type { Instant } from './vocabulary.ts';

/** The steps of the handbook's loop. */
type LoopStep = 'observe' | 'orient' | 'decide' | 'act';

export interface NextItem {
  /** `acknowledge`, `update`, …: one word that programs and the console's keys go by. */
  readonly what: string;
  /** The same for people; unsafe text. */
  readonly text: string;
  /** Who may do it: roles, names of people, or `anyone`. */
  readonly by: readonly string[];
  readonly dueAt: Instant | null;
  readonly late: boolean;
  /** The command of the shell that does it; null: there is none yet. */
  readonly command: string | null;
  readonly step: LoopStep;
  /** The entry it is about. */
  readonly ref?: number;
  /** The alert it is about, and its severity. */
  readonly alert?: string;
  readonly severity?: Severity;
  /** The level that a page is asked for. */
  readonly level?: HeldLevel['level'];
  /** The runbook it is about: its name, or the link to it. */
  readonly runbook?: string;
}

/** An alert as far as it asks for something. */
export type AskingAlert = Pick<AttachedAlert, 'alert' | 'rule' | 'state' | 'severity' | 'summary'> & {
  readonly since: Instant;
  /** Somebody is on it. */
  readonly acked?: { readonly by: string; readonly until: Instant };
  readonly silencedUntil?: Instant;
  readonly inhibited?: string;
  readonly held?: HeldLevel;
  readonly runbook?: string | null;
  /** Who was called for it, as long as it belongs to no incident. */
  readonly paged?: readonly { readonly level: string; readonly name: string | null; readonly at: Instant }[];
  /** The incident it belongs to; null or absent: none. */
  readonly incident?: string | null;
};

export interface NextContext {
  /** Hub time, ms since 1970. */
  readonly now: number;
  readonly policy: Policy;
  /** Who asks: what is addressed to them counts before chores. */
  readonly me: string;
  /** Alerts that are on; the hub knows them better than the record. */
  readonly alerts?: readonly AskingAlert[];
  /** What is told outside, also of pages for alerts that belong to no incident. */
  readonly deliveries?: readonly Delivery[];
  /** How long the console of the IC is gone, ms; 0 while there is one. */
  readonly icAbsentMs?: number;
}

/** What the rules look at. */
export interface NextInput {
  readonly incident: Incident;
  readonly context: NextContext;
  /** What is due, soonest first. */
  readonly due: readonly Due[];
}
/** An item as its rule gives it. */
export type NextRuleItem = Omit<NextItem, 'late' | 'dueAt'> & { readonly dueAt?: Instant | null };

export const isPast = (at: Instant | null, now: number): boolean => at !== null && Date.parse(at) <= now;

/** `take command (anyone, by 03:15Z)`. As of `now`, ms since 1970. */
export function nextInWords({ text, by, dueAt, late }: NextItem, now: number): string {
  const due = dueAt === null ? '' : `${late ? ', late since' : ', by'} ${dueTime(Date.parse(dueAt), now)}`;
  return `${text} (${by.join(' or ')}${due})`;
}

/** What NEXT is made of: what it asks for, and what that is found from. */
import type { Due } from './clocks.ts';
import type { Delivery } from './deliveries.ts';
import type { AttachedAlert, Incident } from './incident.ts';
import type { HeldLevel } from './paging.ts';
import type { Policy } from './policy.ts';
import type { Severity } from './severity.ts';
import { dueTime } from './time.ts';
import type { Instant } from './vocabulary.ts';

/** All that is asked for, by the words that programs and the console's keys go by, with its step of the handbook's loop. */
const STEPS = {
  page: 'observe',
  call: 'observe',
  alarm: 'observe',
  acknowledge: 'observe',
  answer_offer: 'decide',
  take_ic: 'decide',
  respond: 'orient',
  in_doubt: 'act',
  confirm: 'act',
  approve: 'act',
  update: 'act',
  deliver: 'act',
  answer_roll: 'observe',
  object: 'decide',
  question: 'observe',
  action: 'act',
  roles: 'orient',
  identify: 'orient',
  runbook: 'observe',
  triage: 'orient',
  settle: 'decide',
  decide: 'decide',
  resolve: 'act',
  close: 'act',
  postmortem: 'act',
} as const;

export interface NextItem {
  readonly what: keyof typeof STEPS;
  /** The same for people; unsafe text. */
  readonly text: string;
  /** Who may do it: roles, names of people, or `anyone`. */
  readonly by: readonly string[];
  readonly dueAt: Instant | null;
  readonly late: boolean;
  /** The command of the shell that does it; null: there is none yet. */
  readonly command: string | null;
  readonly step: (typeof STEPS)[keyof typeof STEPS];
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
  readonly due: Readonly<Partial<Record<Due['what'], Due>>>;
}
/** An item as its rule gives it. Absent: anyone may do it, it has no deadline, no command. */
export type NextRuleItem = Omit<NextItem, 'late' | 'step' | 'by' | 'dueAt' | 'command'> &
  Partial<Pick<NextItem, 'by' | 'dueAt' | 'command'>>;

/** The whole of an item. As of `now`, ms since 1970. */
export function nextItem(
  { by = ['anyone'], dueAt = null, command = null, ...item }: NextRuleItem,
  now: number,
): NextItem {
  return { ...item, by, dueAt, late: isPast(dueAt, now), command, step: STEPS[item.what] };
}

export const isPast = (at: Instant | null, now: number): boolean => at !== null && Date.parse(at) <= now;

/** Nobody is asked to do anything about it now: somebody is on it, it is silenced, or its cause fires. */
export const isQuiet = ({ acked, silencedUntil, inhibited }: AskingAlert, now: number): boolean =>
  acked !== undefined || inhibited !== undefined || (silencedUntil !== undefined && !isPast(silencedUntil, now));

/** `take command (anyone, by 03:15Z)`. As of `now`, ms since 1970. */
export function nextInWords({ text, by, dueAt, late }: NextItem, now: number): string {
  const due = dueAt === null ? '' : `${late ? ', late since' : ', by'} ${dueTime(Date.parse(dueAt), now)}`;
  return `${text} (${by.join(' or ')}${due})`;
}

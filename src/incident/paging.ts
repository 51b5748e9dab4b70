/** Who was paged for something nobody is on yet, and when the next level of the route is due. Pure. */
import * as v from 'valibot';
import { maybe, time } from './shapes.ts';
import type { Severity } from './severity.ts';
import type { Instant } from './vocabulary.ts';

/** The levels of a route, in the order they are paged. L4 is only ever paged by a person. */
export const ESCALATION_LEVELS = ['L1', 'L2', 'L3', 'L4'] as const;
export type EscalationLevel = (typeof ESCALATION_LEVELS)[number];
/** Who is on call on each level of a route; null: nobody. */
export type OnCall = Readonly<Record<EscalationLevel, string | null>>;

/** The route of an incident that was declared by hand, unless another is named. */
export const DEFAULT_ROUTE = 'on-call-primary';

/** What fell due longer ago than this, because the hub was down, is not paged: people are asked first. ms. */
export const ASK_FIRST_MS = 5 * 60_000;

export const levelShape = v.picklist(ESCALATION_LEVELS);

const pageShape = v.object({
  level: levelShape,
  /** Null: nobody is on call on this level. */
  name: v.nullable(v.string()),
  /** When it was recorded. */
  at: time,
  /** Somebody is on it since, or whoever was paged said so. */
  answered: maybe(v.literal(true)),
});
export const pagesShape = v.pipe(v.array(pageShape), v.readonly());
export type Page = Readonly<v.InferOutput<typeof pageShape>>;

/** A level that fell due while the hub was down. */
export const heldShape = v.object({ level: levelShape, dueAt: time });
export type HeldLevel = Readonly<v.InferOutput<typeof heldShape>>;

/** One round of paging: it begins when the hub learns that somebody is needed, and again when an acknowledgement expires. */
export const pagingShape = v.object({
  /** Null: nobody is paged by itself. */
  route: v.nullable(v.string()),
  since: time,
  /** L2 is due then. Counted from when the hub learned of it, never from a time somebody claimed. */
  ackDueAt: time,
  /** Nothing is due before then: snoozed, or the severity was raised only then. */
  notBefore: time,
  /** The last page of each level. */
  pages: pagesShape,
  /** A level that fell due while the hub was down: people are asked whether to page it. */
  held: maybe(heldShape),
  /** The acknowledgement before this round expired. */
  expired: maybe(v.literal(true)),
});
export type Paging = Readonly<v.InferOutput<typeof pagingShape>>;

/** A round that begins at `since`. */
export const newRound = (route: string | null, since: Instant, ackDueAt: Instant): Paging => ({
  route,
  since,
  ackDueAt,
  notBefore: since,
  pages: [],
});

/** `paging` with one more page. */
export function addPage(paging: Paging, added: Page): Paging {
  const { held, ...rest } = paging;
  const pages = [...paging.pages.filter(({ level }) => level !== added.level), added];
  const isAnswered = held === undefined || held.level === added.level;
  return { ...rest, pages, ...(isAnswered ? {} : { held }) };
}

/** `paging` with the pages of `name` answered; of everybody without a name. */
export function answered(paging: Paging, name?: string): Paging {
  const pages = paging.pages.map((one) =>
    name === undefined || one.name === name ? { ...one, answered: true as const } : one,
  );
  if (name !== undefined) return { ...paging, pages };
  const { held: _, expired: __, ...rest } = paging;
  return { ...rest, pages };
}

/** `name` was paged and has not answered. */
export const isCalled = (paging: Paging | undefined, name: string): boolean =>
  paging?.pages.some((one) => one.name === name && !one.answered) ?? false;

/**
 * Whom a page of `level` calls: where nobody is on call there, the next level too, until somebody is. L4 is not called for
 * another level. Without `onCall` there is no on-call at all: only the level itself, and nobody stands on it.
 */
export function calledFor(level: EscalationLevel, onCall: OnCall | undefined): readonly Pick<Page, 'level' | 'name'>[] {
  const levels = ESCALATION_LEVELS.filter((one) => one === level || (one > level && one !== 'L4'));
  const called = levels.map((one) => ({ level: one, name: onCall?.[one] ?? null }));
  const somebody = called.findIndex(({ name }) => name !== null);
  return called.slice(0, Math.max(0, somebody) + 1);
}

export const isPaged = (paging: Paging | undefined, level: EscalationLevel): boolean =>
  paging?.pages.some((page) => page.level === level) ?? false;

/** The pages of `level` with their reasons. Levels that stand in for one where nobody is on call are not paged twice. */
export const pagesOf = (
  level: EscalationLevel,
  why: string,
  paging: Paging | undefined,
  onCall: OnCall | undefined,
): readonly (Pick<Page, 'level' | 'name'> & { readonly why: string })[] =>
  calledFor(level, onCall)
    .filter((page) => page.level === level || !isPaged(paging, page.level))
    .map((page) => ({ ...page, why: page.level === level ? why : `nobody is on call on ${level}` }));

/** A level that is to be paged by now. */
interface DueLevel {
  readonly level: EscalationLevel;
  readonly dueAt: Instant;
  /** It fell due so long ago that people are asked first. */
  readonly isOld: boolean;
}

/** The levels of an unacknowledged `paging` that are due at `now` and not paged, and when the next one is (ms since 1970; null: none). */
export function dueLevels(
  { since, ackDueAt, notBefore, pages }: Paging,
  severity: Severity,
  l3AfterL2Ms: number,
  now: number,
): { readonly due: readonly DueLevel[]; readonly nextDue: number | null } {
  const pagedAt = (level: EscalationLevel): number | null => {
    const at = pages.find((one) => one.level === level)?.at;
    return at === undefined ? null : Date.parse(at);
  };
  const floor = Date.parse(notBefore);
  const l2 = Math.max(Date.parse(ackDueAt), floor);
  const l2At = pagedAt('L2');
  const l3 = severity === 'SEV-0' ? (l2At ?? l2) : l2At === null ? null : l2At + l3AfterL2Ms;
  const dues = { L1: Math.max(Date.parse(since), floor), L2: l2, L3: l3 === null ? null : Math.max(l3, floor) };
  const open = (['L1', 'L2', 'L3'] as const).flatMap((level) => {
    const at = dues[level];
    return at === null || pagedAt(level) !== null ? [] : [{ level, at }];
  });
  return {
    due: open.flatMap(({ level, at }) =>
      at > now ? [] : [{ level, dueAt: new Date(at).toISOString(), isOld: now - at > ASK_FIRST_MS }],
    ),
    nextDue: open.reduce<number | null>((next, { at }) => (at > now ? Math.min(next ?? Infinity, at) : next), null),
  };
}

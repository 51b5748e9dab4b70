/** Whether an incident that is about to be declared was declared just before. */
import { editDistance } from './fuzzy.ts';
import { isEnded } from './incident.ts';
import type { Severity } from './severity.ts';
import { spanInWords } from './time.ts';
import type { Instant, Status } from './vocabulary.ts';

/** What is known of every incident without following it. */
export interface KnownIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly status: Status;
  readonly drill: boolean;
  readonly declaredAt: Instant;
}
interface Declaration {
  readonly title: string;
  readonly drill?: boolean;
  /** The incident that the alert it is declared for belongs to; null: none. */
  readonly home: string | null;
}

/** Two declarations of one thing are at most this far apart, ms. */
const WITHIN_MS = 10 * 60_000;

/** The open incident that is about the same: it has the same alert, or a title that is nearly the same. `now`: ms. */
export function duplicateOf<T extends KnownIncident>(
  { title, drill = false, home }: Declaration,
  incidents: readonly T[],
  now: number,
): T | null {
  const open = incidents.filter((one) => !isEnded(one) && one.drill === drill);
  const isSame = (one: T): boolean => now - Date.parse(one.declaredAt) <= WITHIN_MS && isNear(title, one.title);
  return open.find(({ id }) => id === home) ?? open.find(isSame) ?? null;
}

/** `SEV-2 "checkout errors" was declared 2 min ago` */
export const duplicateInWords = ({ severity, title, declaredAt }: KnownIncident, now: number): string =>
  `${severity} "${title}" was declared ${spanInWords(Math.max(0, now - Date.parse(declaredAt)))} ago`;

const wordsOf = (title: string): readonly string[] => title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
/** A word with a digit names one thing of several: db1 is not db2. */
const named = (words: readonly string[]): string =>
  words
    .filter((word) => /\d/.test(word))
    .toSorted()
    .join(' ');

/** The least share of the words that both titles have; one letter in four of a word may differ. */
const COMMON = 0.6;

/** The same words, or nearly so, in any order. */
function isNear(a: string, b: string): boolean {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.length === 0 || right.length === 0 || named(left) !== named(right)) return false;
  const isLike = (one: string, other: string): boolean =>
    editDistance(one, other, Math.floor(one.length / 4)) <= Math.floor(one.length / 4);
  const common = left.filter((one) => right.some((other) => isLike(one, other))).length;
  return (2 * common) / (left.length + right.length) >= COMMON;
}

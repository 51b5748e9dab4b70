/** How a target stands: health, why, and what of it may still be believed. Judged once per frame, whoever asks. */
import { age } from '../src/incident/time.ts';
import { findings, findingWords, healthOf, type Figure, type Look } from './figure.ts';
import type { TargetView } from './model.ts';
import type { Health } from './panel.ts';
import { failureWord, failureWords, freshness, healthOfFailure } from './trouble.ts';

/** What judging a target needs to know of its kind. */
export interface Judging {
  readonly figures: readonly Figure[];
  /** A failed poll may still have read something: a 503 with a body. */
  readonly readsWhenDown?: true;
  /** The one thing to know when all is well: `88/100`. */
  brief(look: Look): string;
}

export interface Standing {
  readonly target: TargetView;
  readonly health: Health;
  /** Why it is not ok; empty when it is. */
  readonly reason: string;
  /** The same in a word or two. */
  readonly word: string;
  /** Null when there is nothing to show at all. */
  readonly look: Look | null;
  /** The values are to be drawn dim. */
  readonly faded: boolean;
  /** It answers, however badly it is; what it says is of now. */
  readonly live: boolean;
}

interface Kept {
  readonly kind: Judging;
  readonly moment: string;
  readonly standing: Standing;
}
const kept = new WeakMap<TargetView, Kept>();

/** Everything one target says, judged. The same object for the same target until its age says something else. */
export function standingOf(kind: Judging, target: TargetView, now: number): Standing {
  const fresh = freshness(target);
  // Words of a target that is well hold no time finer than this; those of trouble count seconds.
  const step = target.reading?.up === true && fresh === 'fresh' ? 60_000 : 1000;
  const moment = `${fresh} ${Math.floor(now / step)} ${step === 1000 ? Math.floor((target.ageMs ?? 0) / 1000) : ''}`;
  const known = kept.get(target);
  if (known?.kind === kind && known.moment === moment) return known.standing;
  const standing = judged(kind, target, now);
  kept.set(target, { kind, moment, standing });
  return standing;
}

function judged(kind: Judging, target: TargetView, now: number): Standing {
  const { reading, lastGood, ageMs } = target;
  const nothing = { target, word: '', look: null, faded: true, live: false };
  const fresh = freshness(target);
  if (reading === null || fresh === 'none') return { ...nothing, health: 'no-data', reason: 'no answer yet' };
  // A server that was only guessed, and is not there: nobody misses it.
  const absent = reading.facts['absent'];
  if (absent !== undefined) return { ...nothing, health: 'none', reason: absent };
  const own = reading.up || (kind.readsWhenDown === true && reading.samples.some(isRead));
  const shown = own ? reading : lastGood;
  const stale = fresh === 'stale';
  const look = shown === null ? null : { target, reading: shown, old: !own || stale, now };
  const live = reading.up && !stale;
  const rest = { target, look, faded: look?.old !== false || fresh === 'late', live };
  if (stale) {
    const silent = age(ageMs ?? 0);
    const failed = reading.up ? '' : `, then ${failureWords(target, now)}`;
    return { ...rest, health: 'stale', reason: `nothing for ${silent}${failed}: values (old)`, word: silent };
  }
  if (!reading.up) {
    const word = failureWord(reading);
    return { ...rest, health: healthOfFailure(reading), reason: failureWords(target, now), word };
  }
  return { ...rest, ...verdict(kind, look) };
}

/** Of a target that answers. */
function verdict(kind: Judging, look: Look | null): Pick<Standing, 'health' | 'reason' | 'word'> {
  const found = look === null ? [] : findings(kind.figures, look);
  const [first] = found;
  if (look !== null && first !== undefined) {
    const word = first.figure.main ? kind.brief(look) : `${first.figure.label} ${first.figure.as(first.value)}`;
    return { health: healthOf(found), reason: found.map(findingWords).join(', '), word: word.trimEnd() };
  }
  const missing = look === null ? '' : missingWords(look.reading.facts);
  if (missing !== '') return { health: 'partial', reason: missing, word: '' };
  // A green light stands for values that were read.
  if (look === null || kind.figures.every((figure) => figure.of(look) === 'absent'))
    return { health: 'no-data', reason: 'it answers, but none of its values could be read', word: '' };
  return { health: 'ok', reason: '', word: '' };
}

/** What could not be read, and what to do about it; empty when all was. */
export const missingWords = ({ partial = '', unread = '' }: Readonly<Record<string, string>>): string =>
  [partial, unread === '' ? '' : `not read: ${unread}`].filter((words) => words !== '').join('; ');

/** Read from the target itself, and not about our own asking. */
const isRead = ({ metric }: { readonly metric: string }): boolean =>
  !metric.startsWith('probe_') && !metric.endsWith('_up') && metric !== 'db_pool_exhausted';

/** The state as words after the mark: `STALE 9s`, `NO DATA no answer yet`, the reason of a failure. */
export function standingWords({ health, reason, word }: Standing): string {
  if (health === 'stale') return `STALE ${word}`;
  if (health === 'no-data') return `NO DATA ${reason}`;
  if (health === 'partial') return `PARTIAL: ${reason}`;
  return reason;
}

/** It was only guessed and is not there. */
export const isAbsent = ({ health }: Standing): boolean => health === 'none';

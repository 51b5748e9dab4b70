/** How a target stands: health, why, and what of it may still be believed. Judged once per frame, whoever asks. */
import { age } from '../src/incident/time.ts';
import type { Poll } from './measure.ts';
import { type MetricSpec, breaches, breachInWords, healthOf } from './metric.ts';
import type { TargetView } from './model.ts';
import type { Health } from './panel.ts';
import { failureWord, failureWords, freshness, healthOfFailure } from './probe-failure.ts';

/** What judging a target needs to know of its kind. */
export interface HealthSpec {
  readonly metrics: readonly MetricSpec[];
  /** A failed poll may still have read something: a 503 with a body. */
  readonly readsWhenDown?: true;
  /** The one thing to know when all is well: `88/100`. */
  brief(poll: Poll): string;
}

export interface TargetHealth {
  readonly target: TargetView;
  readonly health: Health;
  /** Why it is not ok; empty when it is. */
  readonly reason: string;
  /** The same in a word or two. */
  readonly word: string;
  /** Null when there is nothing to show at all. */
  readonly poll: Poll | null;
  /** The values are to be drawn dim. */
  readonly faded: boolean;
  /** It answers, however badly it is; what it says is of now. */
  readonly live: boolean;
}

interface Kept {
  readonly kind: HealthSpec;
  readonly moment: string;
  readonly standing: TargetHealth;
}
const kept = new WeakMap<TargetView, Kept>();

/** Everything one target says, judged. The same object for the same target until its age says something else. */
export function targetHealth(kind: HealthSpec, target: TargetView, now: number): TargetHealth {
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

function judged(kind: HealthSpec, target: TargetView, now: number): TargetHealth {
  const { reading, lastGood, ageMs } = target;
  const nothing = { target, word: '', poll: null, faded: true, live: false };
  const fresh = freshness(target);
  if (reading === null || fresh === 'none') return { ...nothing, health: 'no-data', reason: 'no answer yet' };
  // A server that was only guessed, and is not there: nobody misses it.
  const absent = reading.facts['absent'];
  if (absent !== undefined) return { ...nothing, health: 'none', reason: absent };
  const own = reading.up || (kind.readsWhenDown === true && reading.samples.some(isRead));
  const shown = own ? reading : lastGood;
  const stale = fresh === 'stale';
  const poll = shown === null ? null : { target, reading: shown, old: !own || stale, now };
  const live = reading.up && !stale;
  const rest = { target, poll, faded: poll?.old !== false || fresh === 'late', live };
  if (stale) {
    const silent = age(ageMs ?? 0);
    const failed = reading.up ? '' : `, then ${failureWords(target, now)}`;
    return { ...rest, health: 'stale', reason: `nothing for ${silent}${failed}: values (old)`, word: silent };
  }
  if (!reading.up) {
    const word = failureWord(reading);
    return { ...rest, health: healthOfFailure(reading), reason: failureWords(target, now), word };
  }
  return { ...rest, ...verdict(kind, poll) };
}

/** Of a target that answers. */
function verdict(kind: HealthSpec, poll: Poll | null): Pick<TargetHealth, 'health' | 'reason' | 'word'> {
  const found = poll === null ? [] : breaches(kind.metrics, poll);
  const [first] = found;
  if (poll !== null && first !== undefined) {
    const word = first.spec.main ? kind.brief(poll) : `${first.spec.label} ${first.spec.as(first.value)}`;
    return { health: healthOf(found), reason: found.map(breachInWords).join(', '), word: word.trimEnd() };
  }
  const missing = poll === null ? '' : missingWords(poll.reading.facts);
  if (missing !== '') return { health: 'partial', reason: missing, word: '' };
  // A green light stands for values that were read.
  if (poll === null || kind.metrics.every((spec) => spec.of(poll) === 'absent'))
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
export function healthInWords({ health, reason, word }: TargetHealth): string {
  if (health === 'stale') return `STALE ${word}`;
  if (health === 'no-data') return `NO DATA ${reason}`;
  if (health === 'partial') return `PARTIAL: ${reason}`;
  return reason;
}

/** It was only guessed and is not there. */
export const isAbsent = ({ health }: TargetHealth): boolean => health === 'none';

/** How a target stands: health, why, and what of it may still be believed. */
import { age } from '../src/incident/time.ts';
import type { Observation } from './measure.ts';
import { type Poll, type MetricSpec, breaches, breachInWords, healthOf, judgeMetric } from './metric.ts';
import { type Slot, Memory } from './memo.ts';
import { type Model, type TargetView, ageOf } from './model.ts';
import type { Health } from './panel.ts';
import { failureWord, failureWords, freshness, healthOfFailure } from './probe-failure.ts';

/** What judging a target needs to know of its kind. */
export interface HealthSpec {
  /** The kind of target: `redis`. */
  readonly kind: string;
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

const HEALTH: Slot<Memory<TargetView, TargetHealth>> = { blank: () => new Memory() };

/** Everything one target says, judged. The same object for the same target until its age says something else. */
export function targetHealth(kind: HealthSpec, target: TargetView, { now, mono, memo }: Model): TargetHealth {
  if (memo === undefined) return judged(kind, target, now, mono);
  const fresh = freshness(target, mono);
  // Words of a target that is well hold no time finer than a minute; those of trouble count seconds.
  const isWell = target.reading?.up === true && fresh === 'fresh';
  const seconds = Math.floor((ageOf(target, mono) ?? 0) / 1000);
  const moment = isWell ? Math.floor(now / 60_000) : `${Math.floor(now / 1000)} ${seconds}`;
  return memo.in(HEALTH).get(target, `${kind.kind} ${fresh} ${moment}`, () => judged(kind, target, now, mono));
}

function judged(kind: HealthSpec, target: TargetView, now: number, mono: number): TargetHealth {
  const { reading, lastGood } = target;
  const nothing = { target, word: '', poll: null, faded: true, live: false };
  const fresh = freshness(target, mono);
  if (reading === null || fresh === 'none') return { ...nothing, health: 'no-data', reason: 'no answer yet' };
  // The address was only guessed and no server is there: nobody misses it.
  const absent = reading.facts['absent'];
  if (absent !== undefined) return { ...nothing, health: 'none', reason: absent };
  const own = reading.up || (kind.readsWhenDown === true && reading.samples.some(isRead));
  const shown = own ? reading : lastGood;
  const stale = fresh === 'stale';
  const poll = shown === null ? null : pollOf(kind, { target, reading: shown, old: !own || stale, now, mono });
  const live = reading.up && !stale;
  const rest = { target, poll, faded: poll?.old !== false || fresh === 'late', live };
  if (stale) {
    const silent = age(ageOf(target, mono) ?? 0);
    const failed = reading.up ? '' : `, then ${failureWords(target, now)}`;
    return { ...rest, health: 'stale', reason: `nothing for ${silent}${failed}: values (old)`, word: silent };
  }
  if (!reading.up) {
    const word = failureWord(reading);
    return { ...rest, health: healthOfFailure(reading), reason: failureWords(target, now), word };
  }
  return { ...rest, ...verdict(kind, poll) };
}

const pollOf = ({ metrics }: HealthSpec, observation: Observation): Poll => ({
  ...observation,
  judgements: metrics.map((spec) => judgeMetric(spec, observation)),
});

/** Of a target that answers. */
function verdict(kind: HealthSpec, poll: Poll | null): Pick<TargetHealth, 'health' | 'reason' | 'word'> {
  const found = poll === null ? [] : breaches(poll.judgements);
  const [first] = found;
  if (poll !== null && first !== undefined) {
    const word = first.spec.main ? kind.brief(poll) : `${first.spec.label} ${first.spec.as(first.value)}`;
    return { health: healthOf(found), reason: found.map(breachInWords).join(', '), word: word.trimEnd() };
  }
  const missing = poll === null ? '' : missingWords(poll.reading.facts);
  if (missing !== '') return { health: 'partial', reason: missing, word: '' };
  // A green light stands for values that were read.
  if (poll === null || poll.judgements.every(({ value }) => value === 'absent'))
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

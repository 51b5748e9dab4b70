/** A kind of target, and the health of one target: how bad, why, and which of its values may still be believed. */
import { age } from '../src/incident/time.ts';
import type { Line } from '../src/terminal/text.ts';
import { joinWords } from './lines.ts';
import { type MemoSlot, Memory } from './memo.ts';
import { type Poll, type MetricSpec, breaches, breachInWords, judgeMetric } from './metric.ts';
import { type Model, type TargetView, ageOf } from './model.ts';
import type { Health, Panel } from './panel.ts';
import { failureWord, failureWords, freshness, healthOfFailure } from './probe-failure.ts';
import type { Section } from './table.ts';
import type { Trend } from './trend.ts';

/** What differs between the panels of targets. */
export interface TargetKind extends Pick<Panel, 'id' | 'title' | 'letter'> {
  /** The kind of target: `redis`. */
  readonly kind: string;
  /** It shows targets of this other kind too, which has no panel of its own. */
  readonly alsoShows?: (kind: string) => boolean;
  /** What one is called: `no Redis target`. */
  readonly noun: string;
  /** The name of the folded panel: `PG`. */
  readonly short: string;
  readonly metrics: readonly MetricSpec[];
  /** A failed poll may still have read something: a 503 with a body. */
  readonly readsWhenDown?: true;
  /** The first is drawn as a sparkline, all of them as charts. */
  readonly trends: readonly [Trend, ...Trend[]];
  /** Rows of the body above the sparkline; null: no sparkline. */
  readonly trendAfter: number | null;
  /** The one thing to know when all is well: `88/100`. */
  brief(poll: Poll): string;
  /** Version and role. */
  about(poll: Poll): string;
  /** The rows below the head of a block, most important first. */
  body(poll: Poll, cols: number, ascii: boolean): readonly Line[];
  /** Tables below the body, shown as far as there is room. */
  sections(poll: Poll, cols: number, ascii: boolean): readonly Section[];
  /** The columns of a wide list of targets, by title: a metric, or what to say. */
  readonly columns: Readonly<Record<string, string | ((poll: Poll) => string)>>;
}

export interface TargetHealth {
  readonly kind: TargetKind;
  readonly target: TargetView;
  readonly health: Health;
  /** Why it is not ok; empty when it is. */
  readonly reason: string;
  /** The same in a word or two. */
  readonly word: string;
  /** The values to show; null when there are none. */
  readonly poll: Poll | null;
  /** The values are drawn dim. */
  readonly faded: boolean;
  /** The last poll was answered and is not stale. */
  readonly live: boolean;
}

const HEALTH: MemoSlot<Memory<TargetView, TargetHealth>> = () => new Memory();

/** One target, judged. With a memo the object stays the same until its age changes what it says. */
export function targetHealth(kind: TargetKind, target: TargetView, { now, mono, memo }: Model): TargetHealth {
  if (memo === undefined) return judged(kind, target, now, mono);
  const fresh = freshness(target, mono);
  const seconds = Math.floor((ageOf(target, mono) ?? 0) / 1000);
  // The words of a healthy target hold no time finer than a minute; those of a failing one count seconds.
  const isWell = target.reading?.up === true && fresh === 'fresh';
  const moment = isWell ? Math.floor(now / 60_000) : `${Math.floor(now / 1000)} ${seconds}`;
  return memo.in(HEALTH).get(target, `${kind.kind} ${fresh} ${moment}`, () => judged(kind, target, now, mono));
}

function judged(kind: TargetKind, target: TargetView, now: number, mono: number): TargetHealth {
  const { reading, lastGood } = target;
  const nothing = { kind, target, word: '', poll: null, faded: true, live: false };
  const fresh = freshness(target, mono);
  if (reading === null || fresh === 'none') return { ...nothing, health: 'no-data', reason: 'no answer yet' };
  // The address was a guess and no server is there: that is no failure.
  const absent = reading.facts['absent'];
  if (absent !== undefined) return { ...nothing, health: 'none', reason: absent };
  const stale = fresh === 'stale';
  const isOwn = reading.up || (kind.readsWhenDown === true && reading.samples.some(isRead));
  const shown = isOwn ? reading : lastGood;
  const observation = shown === null ? null : { target, reading: shown, old: !isOwn || stale, now, mono };
  const poll = observation && {
    ...observation,
    judgements: kind.metrics.map((spec) => judgeMetric(spec, observation)),
  };
  const rest = { kind, target, poll, faded: poll?.old !== false || fresh === 'late', live: reading.up && !stale };
  if (stale) {
    const silent = age(ageOf(target, mono) ?? 0);
    const failed = reading.up ? '' : `, then ${failureWords(target, now)}`;
    return { ...rest, health: 'stale', reason: `nothing for ${silent}${failed}: values (old)`, word: silent };
  }
  if (reading.up) return { ...rest, ...verdict(kind, poll) };
  return {
    ...rest,
    health: healthOfFailure(reading),
    reason: failureWords(target, now),
    word: failureWord(reading),
  };
}

/** Read from the target itself, not a fact about the poll. */
const isRead = ({ metric }: { readonly metric: string }): boolean =>
  !metric.startsWith('probe_') && !metric.endsWith('_up') && metric !== 'db_pool_exhausted';

/** The health of a target that answers. */
function verdict(kind: TargetKind, poll: Poll | null): Pick<TargetHealth, 'health' | 'reason' | 'word'> {
  const found = breaches(poll?.judgements ?? []);
  const [first] = found;
  if (poll !== null && first !== undefined) {
    const word = first.spec.main ? kind.brief(poll) : `${first.spec.label} ${first.text}`;
    return { health: first.health, reason: found.map(breachInWords).join(', '), word: word.trimEnd() };
  }
  const missing = missingWords(poll?.reading.facts ?? {});
  if (missing !== '') return { health: 'partial', reason: missing, word: '' };
  // Only values that were read may be called ok.
  if (poll === null || poll.judgements.every(({ value }) => value === 'absent'))
    return { health: 'no-data', reason: 'it answers, but none of its values could be read', word: '' };
  return { health: 'ok', reason: '', word: '' };
}

/** What could not be read, and how to change that; empty when all was read. */
export const missingWords = ({ partial, unread }: Readonly<Record<string, string>>): string =>
  joinWords([partial, unread && `not read: ${unread}`], '; ');

/** The state as words after the mark: `STALE 9s`, `NO DATA no answer yet`, the reason of a failure. */
export function healthInWords({ health, reason, word }: TargetHealth): string {
  if (health === 'stale') return `STALE ${word}`;
  if (health === 'no-data') return `NO DATA ${reason}`;
  return health === 'partial' ? `PARTIAL: ${reason}` : reason;
}

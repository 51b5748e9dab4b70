/** The metrics of a kind of target: label, measure, format, limits, and what it means to pass them. */
import { type Measure, type Observation, gauge } from './measure.ts';
import { type Format, countText } from './numbers.ts';

export interface MetricSpec {
  /** Few letters: `locks`. */
  readonly label: string;
  readonly of: Measure;
  readonly as: Format;
  /** Bad above these values or, with `below`, under them. */
  readonly warn?: number | undefined;
  readonly crit?: number | undefined;
  readonly below?: true;
  /** Bad only when every poll of this time passed the limit, ms. */
  readonly heldMs?: number;
  /** What is bad, in words: `connection slots`. Default: the label. */
  readonly says?: string;
  /** It has no cell of its own: another part of the panel shows it. */
  readonly hidden?: true;
  /** `brief` of the kind shows it. */
  readonly main?: true;
}

/**
 * A metric, measured by `of` or by the gauge of that name. `more`: its words, its limits, where it is shown, and its
 * format where that does not follow from the metric's name.
 */
export function metric(
  label: string,
  of: Measure | string,
  ...more: readonly (string | Format | Partial<MetricSpec>)[]
): MetricSpec {
  const measure = typeof of === 'string' ? gauge(of) : of;
  const options = more.map((each) =>
    typeof each === 'string' ? { says: each } : typeof each === 'function' ? { as: each } : each,
  );
  return Object.assign({ label, of: measure, as: measure.as ?? countText }, ...options);
}

/** A metric that is 1 while all is well; anything else is critical. */
export const state = (label: string, of: Measure | string, good: string, bad: string, says: string): MetricSpec =>
  metric(label, of, yesNo(good, bad), says, { crit: 1, below: true });

/** The words for 1 and for anything else. */
export const yesNo = (good: string, bad: string) => (value: number) => (value === 1 ? good : bad);

export const over = (warn?: number, crit?: number): Partial<MetricSpec> => ({ warn, crit });
export const under = (warn?: number, crit?: number): Partial<MetricSpec> => ({ warn, crit, below: true });
export const held = (heldMs: number): Partial<MetricSpec> => ({ heldMs });
export const HIDDEN: Partial<MetricSpec> = { hidden: true };
export const MAIN: Partial<MetricSpec> = { hidden: true, main: true };

const isOver = ({ below }: MetricSpec, value: number, limit: number): boolean =>
  below ? value < limit : value > limit;

function wasHeld(spec: MetricSpec, { target, mono }: Observation, limit: number): boolean {
  const { heldMs, of } = spec;
  if (heldMs === undefined || of.metric === undefined) return true;
  const needed = Math.max(1, Math.ceil(heldMs / Math.max(1, target.intervalMs)));
  // Two polls may fall into one slot and leave the next empty: single gaps are no answer.
  const known = target.history(of.metric, needed, mono).filter((value) => value !== null);
  return known.length >= needed * 0.6 && known.every((value) => isOver(spec, value, limit));
}

/** A metric of one target, read and judged. */
interface Judgement {
  readonly spec: MetricSpec;
  readonly value: number | null | 'absent';
  /** `--` when it was not read. */
  readonly text: string;
  readonly health: 'ok' | 'warn' | 'crit';
}

export interface Poll extends Observation {
  readonly judgements: readonly Judgement[];
}

export function judgeMetric(spec: MetricSpec, observation: Observation): Judgement {
  const value = spec.of(observation);
  if (typeof value !== 'number') return { spec, value, text: '--', health: 'ok' };
  const isPassed = (limit: number | undefined): boolean =>
    limit !== undefined && isOver(spec, value, limit) && wasHeld(spec, observation, limit);
  const health = isPassed(spec.crit) ? 'crit' : isPassed(spec.warn) ? 'warn' : 'ok';
  return { spec, value, text: spec.as(value), health };
}

/** All that is bad: critical ones first, else in the order of the table. */
export const breaches = (judgements: readonly Judgement[]): readonly Judgement[] =>
  (['crit', 'warn'] as const).flatMap((health) => judgements.filter((each) => each.health === health));

/** `connection slots 97% (limit 95%)`. */
export function breachInWords({ spec, text, health }: Judgement): string {
  const limit = health === 'ok' ? undefined : spec[health];
  const words = limit === undefined || limit === 0 ? '' : spec.as(limit);
  // The limit of a yes or no says nothing.
  const bound = /\d/.test(words) ? ` (limit ${words})` : '';
  return `${spec.says ?? spec.label} ${text}`.trimEnd() + bound;
}

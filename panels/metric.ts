/** The metrics of a panel: how each is named, measured and written, its limits, and what it means to pass them. */
import { type Measure, type Observation, gauge } from './measure.ts';
import type { Health } from './panel.ts';

export interface MetricSpec {
  /** Few letters: `locks`. */
  readonly label: string;
  readonly of: Measure;
  readonly as: (value: number) => string;
  /** Bad above these values, or, with `below`, under them. */
  readonly warn?: number | undefined;
  readonly crit?: number | undefined;
  readonly below?: true;
  /** Bad only after the metric was so in every poll of this time; the others show at once what the rules wait for. */
  readonly heldMs?: number;
  /** In words, when it is bad: `connection slots`. The label, when absent. */
  readonly says?: string;
  /** It only judges: what it says is shown elsewhere on the panel. */
  readonly hidden?: true;
  /** The panel's `brief` shows it. */
  readonly main?: true;
}

/**
 * A metric, measured by `of` or, by its name, as the gauge it is; behind its format the words for when it is bad, its
 * limits, for how long they must be passed, and where it is shown.
 */
export function metric(
  label: string,
  of: Measure | string,
  as: MetricSpec['as'],
  ...more: readonly (string | Partial<MetricSpec>)[]
): MetricSpec {
  const spec = { label, of: typeof of === 'string' ? gauge(of) : of, as };
  return Object.assign(spec, ...more.map((each) => (typeof each === 'string' ? { says: each } : each)));
}

/** A metric that is 1 while all is well and 0 when it is not, which is critical. */
export const state = (label: string, of: Measure | string, good: string, bad: string, says: string): MetricSpec =>
  metric(label, of, yesNo(good, bad), says, critUnder(1));

/** The words for 1 and for anything else. */
export const yesNo = (good: string, bad: string) => (value: number) => (value === 1 ? good : bad);

export const over = (warn: number, crit?: number): Partial<MetricSpec> => ({ warn, crit });
export const under = (warn: number, crit?: number): Partial<MetricSpec> => ({ warn, crit, below: true });
export const critOver = (crit: number): Partial<MetricSpec> => ({ crit });
export const critUnder = (crit: number): Partial<MetricSpec> => ({ crit, below: true });
export const held = (heldMs: number): Partial<MetricSpec> => ({ heldMs });
export const HIDDEN: Partial<MetricSpec> = { hidden: true };
export const MAIN: Partial<MetricSpec> = { hidden: true, main: true };

export interface Breach {
  readonly health: 'warn' | 'crit';
  readonly spec: MetricSpec;
  readonly value: number;
}

const isOver = ({ below }: MetricSpec, value: number, limit: number): boolean =>
  below ? value < limit : value > limit;

function wasHeld(spec: MetricSpec, { target, mono }: Observation, limit: number): boolean {
  const { heldMs, of } = spec;
  if (heldMs === undefined || of.metric === undefined) return true;
  const needed = Math.max(1, Math.ceil(heldMs / Math.max(1, target.intervalMs)));
  const values = target.history(of.metric, needed, mono);
  // Two polls may fall into one slot and leave the next empty, so single gaps are no answer.
  const known = values.filter((value) => value !== null);
  return known.length >= needed * 0.6 && known.every((value) => isOver(spec, value, limit));
}

/** Whether this value is over a threshold, and which. */
function verdict(spec: MetricSpec, observation: Observation, value: number | null | 'absent'): 'ok' | 'warn' | 'crit' {
  if (value === null || value === 'absent') return 'ok';
  for (const health of ['crit', 'warn'] as const) {
    const limit = spec[health];
    if (limit !== undefined && isOver(spec, value, limit) && wasHeld(spec, observation, limit)) return health;
  }
  return 'ok';
}

/** A metric of one target, read and judged. */
export interface Judgement {
  readonly spec: MetricSpec;
  readonly value: number | null | 'absent';
  readonly health: 'ok' | 'warn' | 'crit';
}

/** An observation with the metrics of its kind of target, measured and judged. */
export interface Poll extends Observation {
  readonly judgements: readonly Judgement[];
}

export function judgeMetric(spec: MetricSpec, observation: Observation): Judgement {
  const value = spec.of(observation);
  return { spec, value, health: verdict(spec, observation, value) };
}

/** All that is bad, the worst first, else in the order of the table. */
export function breaches(judgements: readonly Judgement[]): readonly Breach[] {
  const found = judgements.flatMap(({ spec, value, health }): readonly Breach[] =>
    health === 'ok' || typeof value !== 'number' ? [] : [{ spec, value, health }],
  );
  return [...found.filter(({ health }) => health === 'crit'), ...found.filter(({ health }) => health === 'warn')];
}

/** `connection slots 97% (limit 95%)`. */
export function breachInWords({ spec, value, health }: Breach): string {
  const limit = spec[health];
  const words = limit === undefined || limit === 0 ? '' : spec.as(limit);
  // Of what is either well or not, the limit is no news.
  const bound = /\d/.test(words) ? ` (limit ${words})` : '';
  return `${spec.says ?? spec.label} ${spec.as(value)}`.trimEnd() + bound;
}

/** The health that breaches amount to. */
export const healthOf = (found: readonly Breach[]): Health => found[0]?.health ?? 'ok';

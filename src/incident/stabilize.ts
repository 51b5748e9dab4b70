/** Rollback, feature flag or fix forward: which the handbook prefers, with reasons. Advice: the commander decides. */
export const WAYS = ['rollback', 'flag', 'forward'] as const;
export type Way = (typeof WAYS)[number];

/** What decides it; absent: not known. */
export interface Circumstances {
  /** Something was changed shortly before. */
  readonly changed?: boolean;
  /** A flag switches off exactly what is broken. */
  readonly flag?: boolean;
  /** A migration ran since the state that a rollback returns to. */
  readonly migration?: boolean;
  /** Data may be lost or damaged as long as this goes on. */
  readonly dataAtRisk?: boolean;
}

export const WAY_WORDS: Readonly<Record<Way, string>> = {
  rollback: 'back to the last state that worked: fast, low risk',
  flag: 'switch off what is broken: fast, exact',
  forward: 'deploy a repair: slow, risky, the last resort',
};

/** A flag that is exact first, then the way back, a repair last; a migration bars the way back until somebody says why not. */
export function adviseWay({ changed, flag, migration, dataAtRisk }: Circumstances): {
  readonly way: Way;
  readonly reasons: readonly string[];
} {
  const urgent = dataAtRisk ? ['data is at risk: stop what writes first'] : [];
  if (flag) return { way: 'flag', reasons: ['a flag switches off exactly this', ...urgent] };
  if (migration)
    return { way: 'forward', reasons: ['a migration ran since: going back may break the data', ...urgent] };
  if (changed === false)
    return { way: 'forward', reasons: ['nothing was changed: there is nothing to go back to', ...urgent] };
  return {
    way: 'rollback',
    reasons: [
      changed ? 'something was changed shortly before' : 'the handbook prefers the way back',
      ...(migration === undefined ? ['check first that no migration ran since'] : []),
      ...urgent,
    ],
  };
}

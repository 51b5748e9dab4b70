/** Which panels fold, and how many rows the others get: decided at resize or by a key. Pure. */
import type { Health } from '../../panels/panel.ts';

/** One panel and the place it was promised; decided at resize or by a key, never because a value changed. */
export interface Slot {
  readonly id: string;
  /** Rows it has inside its border. */
  readonly rows: number;
  readonly folded: boolean;
}
/** What a panel says of itself when slots are decided. */
export interface Wish {
  readonly id: string;
  readonly order: number;
  readonly health: Health;
  readonly rows: number;
}

/** Rows inside the border below which a panel folds rather than shrinks: of one in trouble, and of another. */
const LEAST = { trouble: 5, well: 3 };
const inTrouble = ({ health }: Wish): boolean => health === 'crit' || health === 'warn';
const leastOf = (wish: Wish): number => Math.max(1, Math.min(wish.rows, inTrouble(wish) ? LEAST.trouble : LEAST.well));

/**
 * Decides what each panel gets of `rows`: those in trouble what they wish, the others less, and when even the least is
 * too much they fold, the last in order and the healthiest first. CRIT never folds.
 */
export function plan(wishes: readonly Wish[], rows: number): readonly Slot[] {
  const inOrder = [...wishes].sort((a, b) => a.order - b.order);
  const folded = new Set<string>();
  const least = (): number => inOrder.reduce((sum, wish) => sum + (folded.has(wish.id) ? 1 : leastOf(wish) + 2), 0);
  for (const mild of [['ok', 'none'], ['partial', 'no-data', 'stale'], ['warn']] as const)
    for (const wish of inOrder.toReversed())
      if (least() > rows && (mild as readonly Health[]).includes(wish.health)) folded.add(wish.id);
  const given = new Map(inOrder.map((wish) => [wish.id, leastOf(wish)]));
  const open = inOrder.filter(({ id }) => !folded.has(id));
  let over = rows - least();
  for (const some of [open.filter(inTrouble), open.filter((wish) => !inTrouble(wish))])
    while (over > 0) {
      const hungry = some.filter(({ id, rows: wished }) => (given.get(id) ?? 0) < wished);
      const [next] = hungry.toSorted((a, b) => (given.get(a.id) ?? 0) - (given.get(b.id) ?? 0));
      if (next === undefined) break;
      given.set(next.id, (given.get(next.id) ?? 0) + 1);
      over--;
    }
  return inOrder.map(({ id }) => ({ id, rows: given.get(id) ?? 1, folded: folded.has(id) }));
}

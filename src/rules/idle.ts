/** Rules that have nothing to watch: no target there is could yield what they ask for. */
import { selectors } from './expr.ts';
import type { Rule } from './rule.ts';

/** What the metrics of a kind of target begin with. Others may come from anywhere: a page, a JSON body. */
const PREFIXES: readonly (readonly [prefix: string, kind: string])[] = [
  ['ws_', 'websocket'],
  ['redis_', 'redis'],
  ['pg_', 'postgres'],
  ['db_pool_', 'postgres'],
  ['host_', 'host'],
];

/** The kind of target whose metric this is; null: it may come from anywhere. */
export const kindOf = (metric: string): string | null =>
  PREFIXES.find(([prefix]) => metric.startsWith(prefix))?.[1] ?? null;

/**
 * Is there no target for any metric of `rule`. Without this, a rule whose missing data is an alarm would fire where
 * nobody has such a server. Pages over HTTP may hold any metric: while one is watched, no rule is idle.
 */
export function isIdle(rule: Rule, kinds: ReadonlySet<string>): boolean {
  if (kinds.has('http')) return false;
  const asked = selectors(rule.expr);
  return (
    asked.length > 0 &&
    asked.every(({ name }) => {
      const kind = kindOf(name);
      return kind !== null && !kinds.has(kind);
    })
  );
}

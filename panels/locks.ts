/** The lock forest of PostgreSQL: who blocks whom, as a tree on the screen although it is a graph in the server. */
import { cutLine, span } from '../src/terminal/text.ts';
import type { Line } from '../src/terminal/text.ts';
import type { Row } from '../src/protocol/reading.ts';
import { span as age } from './numbers.ts';

interface Session {
  readonly pid: number;
  readonly by: readonly number[];
  readonly row: Row;
}

/** `blocked_by` comes as text (`8812,8815`) or as one number. */
function session(row: Row): Session {
  const by = String(row['blocked_by'] ?? '').match(/\d+/g) ?? [];
  return { pid: Number(row['pid'] ?? 0), by: [...new Set(by.map(Number))], row };
}

/** How far a session stands from a root; the deepest blocker is its parent on the screen. Deadlocks are cycles. */
function depthOf(pid: number, all: ReadonlyMap<number, Session>, seen: readonly number[] = []): number {
  const blockers = all.get(pid)?.by ?? [];
  if (blockers.length === 0 || seen.includes(pid) || seen.length > 20) return 0;
  return 1 + Math.max(...blockers.map((each) => depthOf(each, all, [...seen, pid])));
}

/** Rows of the forest: roots first, each waiter once below its deepest blocker. Empty when nobody waits. */
export function lockForest(rows: readonly Row[], cols: number, ascii: boolean): readonly Line[] {
  const sessions = rows.slice(0, 100).map(session);
  const all = new Map(sessions.map((each) => [each.pid, each]));
  const depth = new Map(sessions.map((each) => [each.pid, depthOf(each.pid, all)]));
  const parent = new Map(
    sessions.map((each) => [each.pid, [...each.by].sort((a, b) => (depth.get(b) ?? 0) - (depth.get(a) ?? 0))[0]]),
  );
  const drawn = new Set<number>();
  const lines: Line[] = [];
  const draw = (each: Session, level: number): void => {
    if (drawn.has(each.pid)) return;
    drawn.add(each.pid);
    lines.push(cutLine(line(each, level, behind(each.pid, parent), ascii), cols));
    for (const next of sessions) if (parent.get(next.pid) === each.pid) draw(next, level + 1);
  };
  for (const root of sessions) if (parent.get(root.pid) === undefined || !all.has(parent.get(root.pid)!)) draw(root, 0);
  // What is left waits in a circle: a deadlock, shown until the server breaks it.
  for (const rest of sessions) draw(rest, 0);
  return lines;
}

/** How many wait below a session, whatever they wait for by now. */
function behind(pid: number, parent: ReadonlyMap<number, number | undefined>): number {
  let found = new Set([pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    found = new Set([
      ...found,
      ...[...parent].flatMap(([child, of]) => (of !== undefined && found.has(of) ? [child] : [])),
    ]);
  }
  return found.size - 1;
}

function line({ pid, by, row }: Session, level: number, waiting: number, ascii: boolean): Line {
  const branch = level === 0 ? '' : `${' '.repeat(2 * (level - 1))}${ascii ? '`-' : '└ '}`;
  const since = Number(row['wait_s'] ?? row['xact_s'] ?? Number.NaN);
  const who = [row['usename'], row['application_name']].filter(
    (part) => part !== null && part !== undefined && part !== '',
  );
  const words = [
    pid === 0 ? 'prepared transaction, see pg_prepared_xacts' : String(row['state'] ?? ''),
    who.join('@'),
    by.length > 1 ? `+${by.length - 1} other blockers` : '',
    Number.isFinite(since) ? age(since * 1000) : '',
    String(row['query'] ?? ''),
  ];
  const reach = waiting === 0 ? [] : [span(`${waiting} waiting behind `, 'warn')];
  return [
    span(`  ${branch}`, 'dim'),
    span(`${pid === 0 ? '' : pid} `, 'title'),
    ...reach,
    span(words.filter((word) => word !== '').join('  '), level === 0 ? 'plain' : 'dim'),
  ];
}

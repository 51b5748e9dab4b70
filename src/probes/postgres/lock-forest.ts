/** Turns the graph of lock waits, where a session may wait for several others, into trees for the screen. */

interface LockRow {
  /** 0 stands for prepared transactions, which have no session. */
  readonly pid: number;
  readonly blockedBy: readonly number[];
  readonly waitS: number | null;
}
interface Placed<R extends LockRow> {
  readonly row: R;
  readonly depth: number;
  /** Number of sessions that wait for it, directly or not. Ending it does not free them all. */
  readonly behind: number;
  /** Number of sessions it waits for besides its parent. */
  readonly others: number;
  /** It waits for itself through others: a deadlock, which the server resolves. */
  readonly isCycle: boolean;
}

/** Each row once, below its deepest blocker; the root with most waiters first. */
export function lockForest<R extends LockRow>(rows: readonly R[]): readonly Placed<R>[] {
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const blockers = (row: R): readonly R[] => row.blockedBy.flatMap((pid) => byPid.get(pid) ?? []);
  const waiters = new Map<R, R[]>(rows.map((row) => [row, []]));
  for (const row of rows) for (const blocker of blockers(row)) waiters.get(blocker)?.push(row);
  const depths = depthsOf(rows, blockers);
  const depthOf = (row: R): number => depths.get(row) ?? 0;
  const children = new Map<R | null, R[]>();
  for (const row of rows) {
    // A blocker that is less deep, since a cycle would have no root otherwise.
    const above = blockers(row).filter((blocker) => depthOf(blocker) < depthOf(row));
    const parent = above.toSorted((a, b) => depthOf(b) - depthOf(a) || a.pid - b.pid)[0] ?? null;
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const behind = new Map(rows.map((row) => [row, reach(row, waiters)]));
  const size = (row: R): number => behind.get(row)?.size ?? 0;
  const placed: Placed<R>[] = [];
  const place = (row: R, depth: number): void => {
    const isCycle = behind.get(row)?.has(row) ?? false;
    const others = Math.max(0, row.blockedBy.length - 1);
    placed.push({ row, depth, behind: size(row) - (isCycle ? 1 : 0), others, isCycle });
    for (const child of (children.get(row) ?? []).toSorted(byWait)) place(child, depth + 1);
  };
  const roots = children.get(null) ?? [];
  for (const root of roots.toSorted((a, b) => size(b) - size(a) || byWait(a, b))) place(root, 0);
  return placed;
}

const byWait = (a: LockRow, b: LockRow): number => (b.waitS ?? 0) - (a.waitS ?? 0) || a.pid - b.pid;

/** The longest path from a root. A row that is met again on its own path is part of a cycle and counts as a root there. */
function depthsOf<R extends LockRow>(rows: readonly R[], blockers: (row: R) => readonly R[]): Map<R, number> {
  const depths = new Map<R, number>();
  const onPath = new Set<R>();
  const depthOf = (row: R): number => {
    const known = depths.get(row);
    if (known !== undefined) return known;
    if (onPath.has(row)) return -1;
    onPath.add(row);
    const depth = Math.max(-1, ...blockers(row).map(depthOf)) + 1;
    onPath.delete(row);
    depths.set(row, depth);
    return depth;
  };
  for (const row of rows) depthOf(row);
  return depths;
}

/** All that wait for `row`, directly or not, including itself in a cycle. */
function reach<R>(row: R, waiters: ReadonlyMap<R, readonly R[]>): Set<R> {
  const found = new Set(waiters.get(row));
  for (const next of found) for (const waiter of waiters.get(next) ?? []) found.add(waiter);
  return found;
}

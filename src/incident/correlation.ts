/** Ids by which an entry belongs to requests and traces of the system. Pure. */

/** UUIDs; trace ids of 32 hex digits, also inside a W3C traceparent; `req-…`; `trace_id=…` and its like. */
const IDS =
  /\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|req[-_][a-z0-9][a-z0-9_-]{3,63})\b|\b(?:trace|request|correlation)[-_]?id["']?\s*[=:]\s*["']?([a-z0-9][a-z0-9._-]{3,63})/g;

/** Ids of one text, at most. */
const MOST = 10;

/** The correlation ids in a text, in lower case, each once. Zeros, which mean no trace, are none. */
export function correlationIds(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [, bare, named] of text.toLowerCase().matchAll(IDS)) {
    const id = (bare ?? named ?? '').replace(/[._-]+$/, '');
    if (!/^[0-]*$/.test(id)) found.add(id);
    if (found.size === MOST) break;
  }
  return [...found];
}

/** An entry, and its text. */
type Entry = readonly [seq: number, text: string];

/** The ids in `text` that stand in other entries, too, and the seqs of those, oldest first. */
export function alsoIn(text: string, others: () => Iterable<Entry>): ReadonlyMap<string, readonly number[]> {
  const ids = correlationIds(text);
  const found = new Map<string, number[]>();
  if (ids.length === 0) return found;
  for (const [seq, other] of others()) {
    const lower = other.toLowerCase();
    // Reading ids is slower than looking for one.
    if (!ids.some((id) => lower.includes(id))) continue;
    const theirs = correlationIds(other);
    for (const id of ids) if (theirs.includes(id)) found.set(id, [...(found.get(id) ?? []), seq]);
  }
  return found;
}

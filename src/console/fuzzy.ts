/** How well a few typed letters fit a text: for the palette, help and completion. Pure. */

/** Higher is better; null when the letters of `query` do not all occur in order. */
export function fit(query: string, text: string): number | null {
  const wanted = query.toLowerCase().trim();
  const given = text.toLowerCase();
  if (wanted === '') return 0;
  const at = given.indexOf(wanted);
  if (at >= 0) return 1000 - at + (at === 0 || given[at - 1] === ' ' || given[at - 1] === '/' ? 500 : 0);
  let from = 0;
  let gaps = 0;
  for (const letter of wanted) {
    if (letter === ' ') continue;
    const found = given.indexOf(letter, from);
    if (found < 0) return null;
    gaps += found - from;
    from = found + 1;
  }
  return 500 - gaps;
}

/** Those that fit, best first; equal ones stay in order. */
export function best<T>(query: string, all: readonly T[], textOf: (one: T) => string): readonly T[] {
  return all
    .map((one, i) => ({ one, i, score: fit(query, textOf(one)) }))
    .filter((each): each is typeof each & { score: number } => each.score !== null)
    .sort((a, b) => b.score - a.score || a.i - b.i)
    .map(({ one }) => one);
}

/** How `query` fits `text`: 0 a word begins with it, 1 it occurs within, 2 its letters occur; null: not at all. */
export function closeness(query: string, text: string): 0 | 1 | 2 | null {
  const wanted = query.toLowerCase().trim();
  const given = text.toLowerCase();
  if (given.split(/[\s/]+/).some((_, i, words) => words.slice(i).join(' ').startsWith(wanted))) return 0;
  if (given.includes(wanted)) return 1;
  return fit(query, text) === null ? null : 2;
}

/** Fuzzy matching of typed text, and spelling suggestions. */

/** A score; null: the letters of `query` do not occur in order. */
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

/** Matches, best first, ties in order. */
export function best<T>(query: string, all: readonly T[], textOf: (one: T) => string): readonly T[] {
  return all
    .map((one, i) => ({ one, i, score: fit(query, textOf(one)) }))
    .filter((each): each is typeof each & { score: number } => each.score !== null)
    .sort((a, b) => b.score - a.score || a.i - b.i)
    .map(({ one }) => one);
}

/** 0: at the start of a word, 1: a substring, 2: letters in order; null: no match. */
export function closeness(query: string, text: string): 0 | 1 | 2 | null {
  const wanted = query.toLowerCase().trim();
  const given = text.toLowerCase();
  if (given.split(/[\s/]+/).some((_, i, words) => words.slice(i).join(' ').startsWith(wanted))) return 0;
  if (given.includes(wanted)) return 1;
  return fit(query, text) === null ? null : 2;
}

/** The closest names, best first, for "did you mean". */
export function closest(typed: string, names: readonly string[], most = 3): readonly string[] {
  const word = typed.toLowerCase();
  return names
    .filter((name) => name.length > 1)
    .map((name) => {
      const limit = Math.max(1, Math.floor(name.length / 2));
      return { name, far: name.startsWith(word) ? 0 : editDistance(word, name, limit) };
    })
    .filter(({ far }) => far < Infinity)
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name);
}

/** The closest known word; null: none, or a tie. At most `most` edits, by default a third of the length. */
export function nearest(
  word: string,
  known: Iterable<string>,
  most = Math.max(1, Math.floor(word.length / 3)),
): string | null {
  if (word.length > 64) return null;
  let best: string | null = null;
  let least = most + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) [best, least] = [candidate, distance];
    else if (distance === least) best = null;
  }
  return best;
}

/** `; did you mean "min"?`, or empty. */
export function suggestion(word: string, known: Iterable<string>): string {
  const close = nearest(word, known);
  return close === null ? '' : `; did you mean "${close}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbours; Infinity above `most`. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    // A swap looks back two rows.
    if (Math.min(...next) > most && Math.min(...row) > most) return Infinity;
    [before, row] = [row, next];
  }
  const distance = row[b.length] ?? 0;
  return distance > most ? Infinity : distance;
}

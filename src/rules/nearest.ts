/** The nearest known word for a misspelt one. */

/**
 * The known word closest to `word`, null when there is none or several are as close. At most `most` letters differ: a
 * third unless given.
 */
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

/** `; did you mean "min"?`, or nothing. */
export function suggestion(word: string, known: Iterable<string>): string {
  const close = nearest(word, known);
  return close === null ? '' : `; did you mean "${close}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`; Infinity when they are more than `most`. */
function editDistance(a: string, b: string, most: number): number {
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
    // Two rows, because a swap reaches over one.
    if (Math.min(...next) > most && Math.min(...row) > most) return Infinity;
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** How well typed letters fit a text, and a mistyped word a known one: for the palette, help and completion. Pure. */

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

/** The names closest to what was typed, best first, for "did you mean". */
export function closest(typed: string, names: readonly string[], most = 3): readonly string[] {
  const word = typed.toLowerCase();
  return names
    .filter((name) => name.length > 1)
    .map((name) => ({ name, far: name.startsWith(word) ? 0 : distance(word, name) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(name.length / 2)))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name);
}

/** Edits between two short words, a swap of neighbours being one (Damerau-Levenshtein). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cost = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cost(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + same, swapped));
    }
  }
  return cost(a.length, b.length);
}

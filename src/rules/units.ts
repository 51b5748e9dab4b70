/** Units of numbers and durations, and the nearest known word for a misspelt one. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Units of a duration, in milliseconds, longest first as they must be written. */
const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * day],
  ['w', 7 * day],
  ['d', day],
  ['h', hour],
  ['m', minute],
  ['s', 1000],
  ['ms', 1],
];

/** What a unit behind a number multiplies it by. Times are seconds, sizes are bytes, as metrics are. */
export const UNITS: Readonly<Record<string, number>> = {
  '%': 0.01,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  k: 1e3,
  M: 1e6,
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
};

/** What may stand behind `/` to make a number a rate: milliseconds. */
export const RATE_UNITS: Readonly<Record<string, number>> = { s: 1000, min: minute, h: hour };

/** A number with its unit, as a plain number: 90 % is 0.9; 1/3 of the last digit is not lost to binary fractions. */
export const scaled = (amount: number, unit: string): number =>
  unit === '' ? amount : unit === '%' ? amount / 100 : unit === 'ms' ? amount / 1000 : amount * (UNITS[unit] ?? NaN);

/** `1h30m`, `90s`, `2m`, `0`: milliseconds; null when it is no duration. Units go from long to short, each once. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const shape =
    /^(?:(\d{1,9})y)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;
  const parts = shape.exec(text);
  if (text === '' || parts === null) return null;
  return DURATION_UNITS.reduce((sum, [, ms], i) => sum + Number(parts[i + 1] ?? 0) * ms, 0);
}

/** Milliseconds as the shortest duration that reads back the same: `1h30m`. Years and weeks are not used. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, size] of DURATION_UNITS.slice(2)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** The known word closest to `word` (at most a third of it differs), null when there is none or several are as close. */
export function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length > 64) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
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

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

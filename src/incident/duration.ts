/** Durations as people write them: `90s`, `2m`, `1h30m`. Milliseconds inside. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** From long to short, as they must be written. A year is 365 days. */
const UNITS = [
  ['y', 365 * day],
  ['w', 7 * day],
  ['d', day],
  ['h', hour],
  ['m', minute],
  ['s', second],
  ['ms', 1],
] as const;

const SHAPE =
  /^(?:(\d{1,9})y)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/** `1h30m`, `90s`, `250ms`, `0`: milliseconds; null when it is no duration. Units go from long to short, each once. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const parts = SHAPE.exec(text);
  if (text === '' || parts === null) return null;
  return UNITS.reduce((sum, [, ms], i) => sum + Number(parts[i + 1] ?? 0) * ms, 0);
}

/** Milliseconds as the shortest duration that reads back the same: `1h30m`. Years and weeks are not used. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS.slice(2)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

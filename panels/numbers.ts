/** Formats numbers for panels: short, with their unit; NaN and Infinity become `?`. */
import { age } from '../src/incident/time.ts';

const UNKNOWN = '?';

function scaled(value: number, units: readonly string[], base: number): string {
  let size = Math.abs(value);
  let unit = 0;
  while (size >= base && unit < units.length - 1) {
    size /= base;
    unit++;
  }
  const digits = unit > 0 && size < 10 ? 1 : 0;
  return `${value < 0 ? '-' : ''}${size.toFixed(digits)}${units[unit]}`;
}

/** `88`, `1,204`, `65,536`, `1.8M`. Whole numbers; more than five digits are shortened. */
export function countText(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const whole = Math.round(value);
  if (Math.abs(whole) >= 1e15) return value < 0 ? '<-1e15' : '>1e15';
  if (Math.abs(whole) >= 100_000) return scaled(whole, ['', 'k', 'M', 'G', 'T'], 1000);
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** As `count`, but with one decimal below 10: `0.3`, `12`. For rates. */
export function rate(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.05) return '<0.1';
  return size < 9.95 ? value.toFixed(1) : countText(value);
}

/** Bytes: `512B`, `61MiB`, `1.2GiB`. */
export function bytes(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e18) return UNKNOWN;
  return scaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], 1024);
}

/** A ratio as `61%`, `98.1%`, `103%`. Rounds towards the middle, so that only a full 1 reads 100% and only 0 reads 0%. */
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio) || Math.abs(ratio) >= 1e9) return UNKNOWN;
  const value = ratio * 100;
  if (value > 0 && value < 0.1) return '<0.1%';
  if (value > 99.9 && value < 100) return '99.9%';
  const whole = value === 0 || value >= 100 || Number.isInteger(Number(value.toFixed(1)));
  return `${value.toFixed(whole ? 0 : 1)}%`;
}

/** Seconds, as something that took that long: `0.9us`, `0.4ms`, `812ms`, `4.1s`, `2m10s`. */
export function took(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const ms = Math.max(0, seconds) * 1000;
  if (ms > 0 && ms < 0.0995) return ms < 0.00995 ? `${(ms * 1000).toFixed(1)}us` : `${(ms * 1000).toFixed(0)}us`;
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${ms.toFixed(0)}ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  return age(ms);
}

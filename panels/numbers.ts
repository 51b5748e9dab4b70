/** Numbers as text: short, with their unit; `?` for NaN and infinity. */
import { age } from '../src/incident/time.ts';

export type Format = (value: number) => string;

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

/** Whole numbers: `88`, `65,536`, `1.8M`. */
export function countText(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const whole = Math.round(value);
  if (Math.abs(whole) >= 1e15) return value < 0 ? '<-1e15' : '>1e15';
  if (Math.abs(whole) >= 100_000) return scaled(whole, ['', 'k', 'M', 'G', 'T'], 1000);
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Rates, with one decimal below 10: `0.3`, `12`. */
export function rate(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.05) return '<0.1';
  return size < 9.95 ? value.toFixed(1) : countText(value);
}

/** `512B`, `61MiB`, `1.2GiB`. */
export function bytes(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e18) return UNKNOWN;
  return scaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], 1024);
}

/** A ratio as `61%`, `98.1%`. Only exactly 1 reads 100% and only exactly 0 reads 0%. */
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio) || Math.abs(ratio) >= 1e9) return UNKNOWN;
  const value = ratio * 100;
  if (value > 0 && value < 0.1) return '<0.1%';
  if (value > 99.9 && value < 100) return '99.9%';
  const whole = value === 0 || value >= 100 || Number.isInteger(Number(value.toFixed(1)));
  return `${value.toFixed(whole ? 0 : 1)}%`;
}

/** Seconds something took: `0.9us`, `0.4ms`, `812ms`, `4.1s`, `2m10s`. */
export function took(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const ms = Math.max(0, seconds) * 1000;
  if (ms > 0 && ms < 0.0995) return `${(ms * 1000).toFixed(ms < 0.00995 ? 1 : 0)}us`;
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${ms.toFixed(0)}ms`;
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)}s` : age(ms);
}

/** Seconds as an age: `4m10s`. */
export const seconds: Format = (value) => age(value * 1000);

export const tenths: Format = (value) => value.toFixed(1);

/** The format that the unit at the end of a metric's name asks for. */
export function formatOf(metric: string): Format {
  if (metric.endsWith('_ratio')) return percent;
  if (metric.endsWith('_bytes')) return bytes;
  return metric.endsWith('_seconds') ? took : countText;
}

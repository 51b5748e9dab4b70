/** Units of numbers and of rates. */
import { HOUR, MINUTE } from '../incident/time.ts';

/** Factors. Times are seconds, sizes are bytes, as metrics are. */
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

/** Rate units, ms. */
export const RATE_UNITS: Readonly<Record<string, number>> = { s: 1000, min: MINUTE, h: HOUR };

/** 90 % is 0.9; divisions keep exact what a binary fraction would not. */
export const scaled = (amount: number, unit: string): number =>
  unit === '' ? amount : unit === '%' ? amount / 100 : unit === 'ms' ? amount / 1000 : amount * (UNITS[unit] ?? NaN);

/** Reads the parameters of built-in steps. Each throws StepRefusal for what is wrong, in words. */
import { parseDuration } from '../../incident/time.ts';
import { StepRefusal, type StepContext } from './step.ts';

type Given = Pick<StepContext, 'params'>;

export function textParam({ params }: Given, name: string): string {
  const text = params[name]?.trim() ?? '';
  if (text === '') throw new StepRefusal(`the parameter ${name} is empty`);
  return text;
}

export function countParam(context: Given, name: string): number {
  const text = textParam(context, name);
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new StepRefusal(`${name} must be a whole number, 1 or more, and is "${text}"`);
  return Number(text);
}

/** `90s`, `5m`, or seconds without a unit. */
export function secondsParam(context: Given, name: string): number {
  const text = textParam(context, name);
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === null || ms < 1000 || ms > 365 * 86_400_000)
    throw new StepRefusal(`${name} must be a duration from 1s to 1y such as 60s or 5m, and is "${text}"`);
  return Math.round(ms / 1000);
}

const UNITS: Readonly<Record<string, number>> = { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 };

/** `4gb`, `512mb`, or bytes without a unit; a unit is a power of 1024, with and without its `b`. */
export function bytesParam(context: Given, name: string): number {
  const text = textParam(context, name);
  const [, digits, unit = ''] = /^(\d{1,15})\s*([kmgt]?)i?b?$/i.exec(text) ?? [];
  if (digits === undefined) throw new StepRefusal(`${name} must be a size such as 512mb or 4gb, and is "${text}"`);
  return Number(digits) * (UNITS[`${unit.toLowerCase()}b`] ?? 1);
}

/** `264.3 KB`, with units as Redis has them: powers of 1024. */
export function bytesInWords(bytes: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, one]) => bytes >= one) ?? ['B', 1];
  const value = bytes / size;
  return `${size === 1 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${unit.toUpperCase()}`;
}

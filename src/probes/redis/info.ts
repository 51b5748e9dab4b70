/** Reads the text of Redis' INFO. Unknown sections and fields are kept: newer servers have more. */

/** `field` -> text, over all sections. */
export type Info = ReadonlyMap<string, string>;

export function parseInfo(text: string): Info {
  const info = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) info.set(line.slice(0, colon), line.slice(colon + 1).trimEnd());
  }
  return info;
}

/** A field as a number; null when it is absent or no number. */
export function numberIn(info: Info, field: string): number | null {
  const text = info.get(field);
  const value = text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

/** `keys=23,expires=3,avg_ttl=0` by name; parts that are no number are left out. */
export function infoFields(text: string): Readonly<Record<string, number>> {
  const pairs = text.split(',').map((pair) => pair.split('=') as [string, string?]);
  const numbers = pairs.map(
    ([name, value]) => [name, value === undefined || value === '' ? NaN : Number(value)] as const,
  );
  return Object.fromEntries(numbers.filter(([, value]) => Number.isFinite(value)));
}

/** `standalone`, `cluster` or `sentinel`; Valkey has another name for the field. */
export const redisMode = (info: Info): string | undefined => info.get('server_mode') ?? info.get('redis_mode');

/** Small pieces of wording that every part of the program shares. */

/** `1,234`. */
export const groupedNumber = (value: number): string => value.toLocaleString('en-US');

/** `1 entry`, `1,234 entries`; without `many`, an s is added. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${groupedNumber(count)} ${count === 1 ? one : many}`;

/** Of anything that was thrown. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Kleene's three-valued logic: true, false and null for unknown. */

export type Truth = boolean | null;

/** Known false on one side is enough. */
export const and = (a: Truth, b: Truth): Truth => (a === false || b === false ? false : a && b);

/** Known true on one side is enough. */
export const or = (a: Truth, b: Truth): Truth =>
  a === true || b === true ? true : a === null || b === null ? null : false;

export const not = (a: Truth): Truth => (a === null ? null : !a);

/** `a unless b`: only an exception that is known to hold excuses, so that missing data never hides an alert. */
export const unless = (a: Truth, b: Truth): Truth => (b === true ? false : a);

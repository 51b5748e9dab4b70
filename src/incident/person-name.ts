/** What a person may be called. */

/** Longest name, in UTF-16 units. */
export const NAME_LENGTH = 40;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@'-]*$/u;

/** Is `name` one a person may go by: letters, digits, space and . _ @ ' -, at most 40 characters. */
export const isName = (name: string): boolean => name.length <= NAME_LENGTH && NAME.test(name);

/** The rule in words, beginning with `what`: `your name`, `a name`. */
export const nameRule = (what: string): string =>
  `${what} may have letters, digits, space and . _ @ ' - and at most ${NAME_LENGTH} characters`;

import { ROLES } from './vocabulary.ts';

export const NAME_LENGTH = 40;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@'-]*$/u;
/** Such as Hangul fillers and variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Scripts with letters that look alike; a name uses one of them. */
const LOOK_ALIKE = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee'].map(
  (script) => new RegExp(`\\p{Script=${script}}`, 'u'),
);
/** Names the hub writes under, and roles. */
const RESERVED: ReadonlySet<string> = new Set([
  ...ROLES,
  'hub',
  'rules',
  'system',
  'lead',
  'observer',
  'nobody',
  'everybody',
]);

export const isName = (name: string): boolean =>
  name.length <= NAME_LENGTH &&
  NAME.test(name) &&
  name === name.trim() &&
  !name.includes('  ') &&
  // Wide and ligated letters look like others.
  name === name.normalize('NFKC') &&
  !INVISIBLE.test(name) &&
  LOOK_ALIKE.filter((alphabet) => alphabet.test(name)).length <= 1 &&
  !RESERVED.has(name.toLowerCase());

/** The rule in words; `what`: `your name`, `a name`. */
export const nameRule = (what: string): string =>
  `${what} may have letters of one alphabet, digits, space and . _ @ ' - and at most ${NAME_LENGTH} characters, and is no role and not "hub" or "rules"`;

import { editDistance } from './fuzzy.ts';
import { ROLES } from './vocabulary.ts';

export const NAME_LENGTH = 40;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@'-]*$/u;
/** Letters, digits and marks of ASCII: nothing in it looks like another. */
const ASCII = /^[\x20-\x7e]*$/;
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
  !RESERVED.has(name.toLowerCase()) &&
  (ASCII.test(name) || isUnlikeOthers(name));

const isUnlikeOthers = (name: string): boolean =>
  // Wide and ligated letters look like others.
  name === name.normalize('NFKC') &&
  !INVISIBLE.test(name) &&
  LOOK_ALIKE.filter((alphabet) => alphabet.test(name)).length <= 1;

/** A person whom only a system outside names, as in `Ana Kern (PagerDuty)`: no name of ours has brackets. */
const OUTSIDER = /^(.+) \((?:PagerDuty|Slack)\)$/u;

/** Whom entries may be by: people, by their name here or by that of a system outside. */
export const isActorName = (name: string): boolean => isName(name) || isName(OUTSIDER.exec(name)?.[1] ?? '');

/** What somebody is called here whom only `system` names. `name` is a stranger's: what no name may have is left out. */
export function outsiderName(name: string, system: 'PagerDuty' | 'Slack'): string {
  const plain = [...name.slice(0, 400).normalize('NFKC')]
    .map((one) => (/^[\p{L}\p{N}\p{M}._@'-]$/u.test(one) && !INVISIBLE.test(one) ? one : ' '))
    .join('')
    .replaceAll(/ +/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, NAME_LENGTH - system.length - 3)
    .trim();
  return `${isName(plain) ? plain : 'somebody'} (${system})`;
}

/** The rule in words; `what`: `your name`, `a name`. */
export const nameRule = (what: string): string =>
  `${what} may have letters of one alphabet, digits, space and . _ @ ' - and at most ${NAME_LENGTH} characters, and is no role and not "hub" or "rules"`;

/** A sentence when `name` is none of `known`, with those it resembles; null when it is one. */
export function strangerInWords(name: string, known: Iterable<string>): string | null {
  const all = [...new Set(known)];
  if (all.includes(name)) return null;
  const wanted = name.toLowerCase();
  // Short names are too easily one letter away from another.
  const isNear = (each: string): boolean =>
    each.toLowerCase().startsWith(wanted) || editDistance(wanted, each.toLowerCase(), name.length < 4 ? 0 : 1) <= 1;
  const near = all.filter(isNear).slice(0, 3);
  return `nobody here is called "${name}"${near.length === 0 ? '' : ` (${DID_YOU_MEAN} "${near.join('" or "')}"?)`}`;
}
/** Stands in the sentence about a name that resembles a known one: it is mistyped rather than new. */
export const DID_YOU_MEAN = 'did you mean';

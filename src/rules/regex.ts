/** Regular expressions of label matchers: RE2's common syntax, anchored, run in time linear to the label's length. */

/** Longest pattern, and the most states it may grow to by counted repeats. */
export const MAX_PATTERN = 200;
const MAX_STATES = 2000;
const MAX_BUILDS = 20_000;
const MAX_REPEAT = 1000;

type Set = (code: number) => boolean;
/** A state eats one character of `set`, or (set null) goes on to `next` for free. */
interface State {
  set: Set | null;
  next: number[];
}
type Node =
  | { readonly kind: 'set'; readonly set: Set }
  | { readonly kind: 'empty' }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

export class PatternError extends Error {
  /** Offset in the pattern. */
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Compiles an anchored pattern; throws PatternError. The answer is safe on any text. */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN) {
    throw new PatternError(0, `a regular expression may have at most ${MAX_PATTERN} characters`);
  }
  const states: State[] = [];
  const add = (set: Set | null, next: number[]): number => {
    if (states.length >= MAX_STATES) throw new PatternError(0, 'the regular expression repeats too much');
    return states.push({ set, next }) - 1;
  };
  let builds = 0;
  const build = (node: Node, then: number): number => {
    builds += 1;
    if (builds > MAX_BUILDS) throw new PatternError(0, 'the regular expression repeats too much');
    switch (node.kind) {
      case 'empty':
        return then;
      case 'set':
        return add(node.set, [then]);
      case 'all':
        return node.parts.reduceRight((next, part) => build(part, next), then);
      case 'any':
        return add(
          null,
          node.parts.map((part) => build(part, then)),
        );
      case 'repeat':
        return buildRepeat(node.part, node.min, node.max, then);
      default:
        return node satisfies never;
    }
  };
  const buildRepeat = (part: Node, min: number, max: number, then: number): number => {
    let entry = then;
    if (max === Infinity) {
      entry = add(null, [then]);
      states[entry]?.next.unshift(build(part, entry));
    } else {
      for (let i = min; i < max; i++) entry = add(null, [build(part, entry), then]);
    }
    for (let i = 0; i < min; i++) entry = build(part, entry);
    return entry;
  };
  const accept = add(null, []);
  const start = build(new PatternReader(pattern).read(), accept);
  return (text) => run(states, start, accept, text);
}

/** Follows all states at once, so no text can make it go back. */
function run(states: readonly State[], start: number, accept: number, text: string): boolean {
  let current = follow(states, [start]);
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const reached: number[] = [];
    for (const id of current) {
      const state = states[id];
      if (state?.set?.(code) === true) reached.push(...state.next);
    }
    if (reached.length === 0) return false;
    current = follow(states, reached);
  }
  return current.has(accept);
}

function follow(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const seen = new globalThis.Set<number>(from);
  for (const id of seen) {
    const state = states[id];
    if (state !== undefined && state.set === null) for (const next of state.next) seen.add(next);
  }
  return seen;
}

const range =
  (low: number, high: number): Set =>
  (code) =>
    code >= low && code <= high;
const oneOf =
  (sets: readonly Set[]): Set =>
  (code) =>
    sets.some((set) => set(code));
const noneOf =
  (set: Set): Set =>
  (code) =>
    !set(code);
const single = (code: number): Set => range(code, code);
const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

const digit = range(48, 57);
const word = oneOf([digit, range(65, 90), range(97, 122), single(95)]);
const space = oneOf([range(9, 10), range(12, 13), single(32)]);
const CLASSES: Readonly<Record<string, Set>> = {
  d: digit,
  w: word,
  s: space,
  D: noneOf(digit),
  W: noneOf(word),
  S: noneOf(space),
  n: single(10),
  t: single(9),
  r: single(13),
};

/** Reads a pattern into nodes, by recursive descent; the length limit bounds its depth. */
class PatternReader {
  private readonly characters: readonly string[];
  private at = 0;

  constructor(pattern: string) {
    this.characters = [...pattern];
  }

  read(): Node {
    const node = this.alternatives();
    if (this.at < this.characters.length) this.fail('this ) closes nothing');
    return node;
  }

  private alternatives(): Node {
    const parts = [this.sequence()];
    while (this.eat('|')) parts.push(this.sequence());
    return parts.length === 1 ? (parts[0] as Node) : { kind: 'any', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.characters.length && this.peek() !== '|' && this.peek() !== ')') parts.push(this.repeated());
    return { kind: 'all', parts };
  }

  private repeated(): Node {
    let part = this.atom();
    for (let bounds = this.bounds(); bounds !== null; bounds = this.bounds()) {
      this.eat('?');
      part = { kind: 'repeat', part, ...bounds };
    }
    return part;
  }

  private bounds(): { min: number; max: number } | null {
    if (this.eat('*')) return { min: 0, max: Infinity };
    if (this.eat('+')) return { min: 1, max: Infinity };
    if (this.eat('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.characters.slice(this.at, this.at + 12).join(''));
    if (counted === null) return null;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (min > MAX_REPEAT || (max !== Infinity && (max > MAX_REPEAT || max < min)))
      this.fail('this repeat count is wrong');
    this.at += counted[0].length;
    return { min, max };
  }

  private atom(): Node {
    const character = this.peek();
    if ('*+?'.includes(character)) this.fail(`nothing stands before ${character}`);
    this.at += 1;
    if (character === '(') return this.group();
    if (character === '[') return { kind: 'set', set: this.bracket() };
    if (character === '.') return { kind: 'set', set: noneOf(single(10)) };
    // Matchers are anchored at both ends, so anchors at the ends change nothing; elsewhere nothing could match.
    if (character === '^' && this.at === 1) return { kind: 'empty' };
    if (character === '$' && this.at === this.characters.length) return { kind: 'empty' };
    if (character === '^' || character === '$') this.fail(`${character} may stand only at the ends`, -1);
    return { kind: 'set', set: character === '\\' ? this.escaped() : single(codeOf(character)) };
  }

  private group(): Node {
    if (this.eat('?') && !this.eat(':')) this.fail('only (...) and (?:...) groups are known', -1);
    const inside = this.alternatives();
    if (!this.eat(')')) this.fail('a ( is not closed');
    return inside;
  }

  private escaped(): Set {
    const character = this.characters[this.at++];
    if (character === undefined) this.fail('the pattern ends with a backslash');
    const known = CLASSES[character];
    if (known !== undefined) return known;
    if (/[A-Za-z0-9]/.test(character)) this.fail(`\\${character} is not known`, -1);
    return single(codeOf(character));
  }

  private bracket(): Set {
    const negated = this.eat('^');
    const sets: Set[] = [];
    while (sets.length === 0 || this.peek() !== ']') {
      if (this.at >= this.characters.length) this.fail('a [ is not closed');
      const low = this.characters[this.at++] as string;
      if (low === '\\') {
        sets.push(this.escaped());
      } else if (this.peek() === '-' && (this.characters[this.at + 1] ?? ']') !== ']') {
        const high = this.characters[this.at + 1] as string;
        this.at += 2;
        if (codeOf(high) < codeOf(low)) this.fail(`the range ${low}-${high} is upside down`, -1);
        sets.push(range(codeOf(low), codeOf(high)));
      } else {
        sets.push(single(codeOf(low)));
      }
    }
    this.at += 1;
    return negated ? noneOf(oneOf(sets)) : oneOf(sets);
  }

  private peek(): string {
    return this.characters[this.at] ?? '';
  }

  private eat(character: string): boolean {
    if (this.characters[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private fail(message: string, back = 0): never {
    throw new PatternError(Math.max(0, this.at + back), message);
  }
}

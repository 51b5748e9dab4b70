/** Reads a regular expression into a tree: RE2's common syntax. */

const MAX_REPEAT = 1000;

/** A set of characters. */
export type Set = (code: number) => boolean;
export type Node =
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
const eitherCase =
  (set: Set): Set =>
  (code) => {
    const character = String.fromCodePoint(code);
    return set(code) || set(codeOf(character.toLowerCase())) || set(codeOf(character.toUpperCase()));
  };
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
export class PatternReader {
  private readonly characters: readonly string[];
  private at = 0;
  /** Upper and lower case are the same, from `(?i)` to the end of its group. */
  private folds = false;

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
    return { kind: 'set', set: this.cased(character === '\\' ? this.escaped() : single(codeOf(character))) };
  }

  private group(): Node {
    const before = this.folds;
    if (this.eat('?')) {
      const folds = this.eat('i');
      if (folds) this.folds = true;
      // `(?i)` holds for the rest of the group it stands in.
      if (folds && this.eat(')')) return { kind: 'empty' };
      if (!this.eat(':')) this.fail('only (...), (?:...), (?i:...) and (?i) are known', -1);
    }
    const inside = this.alternatives();
    if (!this.eat(')')) this.fail('a ( is not closed');
    this.folds = before;
    return inside;
  }

  private cased(set: Set): Set {
    return this.folds ? eitherCase(set) : set;
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
    const any = this.cased(oneOf(sets));
    return negated ? noneOf(any) : any;
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

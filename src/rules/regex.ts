/** Regular expressions of label matchers: RE2's common syntax, anchored, run in time linear to the label's length. */

/** Longest pattern in characters; most states, and steps to build them. */
export const MAX_PATTERN = 200;
const MAX_STATES = 2000;
const MAX_BUILDS = 20_000;
const MAX_REPEAT = 1000;

type Node =
  | { readonly kind: 'set'; readonly set: RegExp }
  | { readonly kind: 'empty' }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

export class PatternError extends Error {
  /** Offset in the pattern. */
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Consumes one character of `set`, or (set null) goes on to `next` without. */
interface State {
  set: RegExp | null;
  next: number[];
}

/** Compiles an anchored pattern; throws PatternError. */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN)
    throw new PatternError(0, `a regular expression may have at most ${MAX_PATTERN} characters`);
  const states: State[] = [];
  let builds = 0;
  const add = (set: RegExp | null, next: number[]): number => states.push({ set, next }) - 1;
  const build = (node: Node, then: number): number => {
    if (++builds > MAX_BUILDS || states.length >= MAX_STATES)
      throw new PatternError(0, 'the regular expression repeats too much');
    switch (node.kind) {
      case 'empty':
        return then;
      case 'set':
        return add(node.set, [then]);
      case 'all':
        return node.parts.reduceRight((next, part) => build(part, next), then);
      case 'any': {
        const entries = node.parts.map((part) => build(part, then));
        return add(null, entries);
      }
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

/** Follows all states at once, so no text causes backtracking. */
function run(states: readonly State[], start: number, accept: number, text: string): boolean {
  let current = follow(states, [start]);
  for (const character of text) {
    const reached: number[] = [];
    for (const id of current) {
      const state = states[id];
      if (state?.set?.test(character) === true) reached.push(...state.next);
    }
    if (reached.length === 0) return false;
    current = follow(states, reached);
  }
  return current.has(accept);
}

function follow(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const seen = new Set(from);
  for (const id of seen) {
    const state = states[id];
    if (state !== undefined && state.set === null) for (const next of state.next) seen.add(next);
  }
  return seen;
}

/** Escapes as parts of a JavaScript class (flag v). RE2's `\s` is ASCII only. */
const CLASSES: Readonly<Record<string, string>> = { s: '[\\t\\n\\f\\r ]', S: '[^\\t\\n\\f\\r ]' };

/** Reads a pattern into nodes, by recursive descent; the length limit bounds its depth. */
class PatternReader {
  private readonly characters: readonly string[];
  private at = 0;
  /** `iv` from `(?i)` to the end of its group. */
  private flags = 'v';

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
    if (character === '[') return this.set(this.bracket());
    if (character === '.') return this.set('[^\\n]');
    // Patterns are anchored at both ends: anchors there change nothing, and elsewhere nothing could match.
    if (character === '^' && this.at === 1) return { kind: 'empty' };
    if (character === '$' && this.at === this.characters.length) return { kind: 'empty' };
    if (character === '^' || character === '$') this.fail(`${character} may stand only at the ends`, -1);
    return this.set(character === '\\' ? `[${this.escaped()}]` : `[${quoted(character)}]`);
  }

  private group(): Node {
    const before = this.flags;
    if (this.eat('?')) {
      const folds = this.eat('i');
      if (folds) this.flags = 'iv';
      // `(?i)` holds for the rest of the group it stands in.
      if (folds && this.eat(')')) return { kind: 'empty' };
      if (!this.eat(':')) this.fail('only (...), (?:...), (?i:...) and (?i) are known', -1);
    }
    const inside = this.alternatives();
    if (!this.eat(')')) this.fail('a ( is not closed');
    this.flags = before;
    return inside;
  }

  private set(characterClass: string): Node {
    return { kind: 'set', set: new RegExp(`^${characterClass}$`, this.flags) };
  }

  /** What an escape means inside a JavaScript class. */
  private escaped(): string {
    const character = this.characters[this.at++];
    if (character === undefined) return this.fail('the pattern ends with a backslash');
    const known = CLASSES[character];
    if (known !== undefined) return known;
    if (/[dDwWntr]/.test(character)) return `\\${character}`;
    if (/[A-Za-z0-9]/.test(character)) this.fail(`\\${character} is not known`, -1);
    return quoted(character);
  }

  private bracket(): string {
    let text = this.eat('^') ? '[^' : '[';
    for (let first = true; first || this.peek() !== ']'; first = false) {
      if (this.at >= this.characters.length) this.fail('a [ is not closed');
      const low = this.characters[this.at++] as string;
      if (low === '\\') {
        text += this.escaped();
      } else if (this.peek() === '-' && (this.characters[this.at + 1] ?? ']') !== ']') {
        const high = this.characters[this.at + 1] as string;
        this.at += 2;
        if (codeOf(high) < codeOf(low)) this.fail(`the range ${low}-${high} is upside down`, -1);
        text += `${quoted(low)}-${quoted(high)}`;
      } else {
        text += quoted(low);
      }
    }
    this.at += 1;
    return `${text}]`;
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

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;
const quoted = (character: string): string => `\\u{${codeOf(character).toString(16)}}`;

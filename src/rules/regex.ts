/** Regular expressions of label matchers: RE2's common syntax, anchored, run in time linear to the label's length. */
import { PatternError, PatternReader, type Node, type Set } from './pattern.ts';

/** Longest pattern, and the most states it may grow to by counted repeats. */
export const MAX_PATTERN = 200;
const MAX_STATES = 2000;
const MAX_BUILDS = 20_000;

/** A state eats one character of `set`, or (set null) goes on to `next` for free. */
interface State {
  set: Set | null;
  next: number[];
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

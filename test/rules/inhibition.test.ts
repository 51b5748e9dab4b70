/** Who is suppressed, after the tables of Alertmanager (inhibit_test.go, silence_test.go; Apache License 2.0), and where we differ. */
import { describe, expect, it } from 'vitest';
import { inhibitedBy, parseMatchers, silencedBy, type Inhibitor, type Silence } from '../../src/rules/inhibition.ts';
import { handbook, rulesOf, World } from './world.ts';

const inhibitor = (labels: Record<string, string>, ...equal: string[]): Inhibitor => ({ name: 'Down', labels, equal });

describe('an alert is inhibited by another', () => {
  it.each([
    ['there is none', [], { a: 'b' }, false],
    ['one agrees on the labels named, whatever else it has', [inhibitor({ a: 'b', c: 'f' }, 'a')], { a: 'b' }, true],
    ['the label differs', [inhibitor({ a: 'c', c: 'd' }, 'a'), inhibitor({ a: 'c', c: 'f' }, 'a')], { a: 'b' }, false],
    ['one of two labels differs', [inhibitor({ a: 'b', b: 'f' }, 'a', 'b')], { a: 'b', b: 'c' }, false],
    ['both labels agree', [inhibitor({ a: 'b', b: 'c' }, 'a', 'b')], { a: 'b', b: 'c', d: 'e' }, true],
    // Alertmanager takes two labels that are missing for equal: an alert without a target would be inhibited by any without.
    ['neither has the label', [inhibitor({}, 'target')], {}, false],
  ] as const)('%s', (_, inhibitors, labels, inhibited) => {
    expect(inhibitedBy(inhibitors, labels) !== null).toBe(inhibited);
  });

  it('only while that fires, and never when it would inhibit itself', () => {
    const rules = rulesOf(`alerts:
  - { name: Down, condition: up == 0, severity: SEV-1, keep: 0s, mutes: [target] }
  - { name: Slow, condition: slow > 1, severity: SEV-2, keep: 0s }
  - { name: Other, condition: other > 1, severity: SEV-2, keep: 0s, mutes: [target] }`);
    const world = new World(rules).set('a', { up: 0, slow: 5, other: 5 }).set('b', { up: 1, slow: 5, other: 0 });
    world.pass(1);
    const suppression = (): string[] =>
      world.engine.active(world.mono, world.wall).flatMap((one) => (one.suppression ? [one.alert] : []));
    expect(suppression()).toEqual(['Slow{target="a"}']);
    world.set('a', { up: 1, slow: 5, other: 0 }).pass(1);
    expect(suppression()).toEqual([]);
  });
});

describe('a silence', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  const silence = (text: string, until = now + 300_000): Silence => {
    const matchers = parseMatchers(text);
    if (typeof matchers === 'string') throw new Error(matchers);
    return { id: text, matchers, author: 'ann', reason: 'known', until };
  };
  it.each([
    ['of another value', ['{foo="baz"}'], false],
    ['that fits', ['{foo="baz"}', '{foo="bar"}'], true],
    ['by pattern, anchored', ['{foo=~"b.."}'], true],
    ['by pattern that fits a part only', ['{foo=~"b."}'], false],
    ['of which one matcher does not fit', ['{foo="bar", job="x"}'], false],
    ['with a label that must not be there', ['{foo="bar", job=""}'], true],
    ['by negation', ['{foo=~".+", foo!="baz"}'], true],
    ['by negated pattern', ['{foo=~".+", foo!~"b.*"}'], false],
  ])('%s', (_, texts, inhibited) => {
    expect(
      silencedBy(
        texts.map((text) => silence(text)),
        { foo: 'bar' },
        now,
      ) !== null,
    ).toBe(inhibited);
  });

  it('ends at its end, and another that holds still goes on', () => {
    const both = [silence('{foo="bar"}', now + 1000), silence('{foo=~"b.."}', now + 5000)];
    const holds = (at: number): boolean => silencedBy(both, { foo: 'bar' }, at) !== null;
    expect([now, now + 999, now + 1000, now + 4999, now + 5000].map(holds)).toEqual([true, true, true, true, false]);
  });

  it.each([
    '{00="a"}',
    '{🙂="a"}',
    '{a=~"(("}',
    '{a!~"))"}',
    '{a="b"',
    'a="b"',
    '{a~"b"}',
    '{}',
    '{a=~".*"}',
    '{a=""}',
    '{a!="b"}',
  ])('%s is refused with a sentence', (text) => expect(typeof parseMatchers(text)).toBe('string'));

  it('of an alert that was told is told to end all the same', () => {
    const world = new World(handbook({ R: 'x > 1' })).set('a', { x: 5 });
    world.pass(1);
    world.engine.addSilence({ ...silence('{target="a"}'), until: world.wall + 60_000 });
    expect(world.set('a', { x: 0 }).pass(1)).toEqual(['R firing>resolved']);
  });
});

/** What conditions say of values: units, labels, aggregation, joins, and what is not known. */
import { describe, expect, it } from 'vitest';
import { judgeCondition } from '../../src/rules/condition-evaluator.ts';
import { JoinError } from '../../src/rules/three-valued.ts';
import { parseCondition } from '../../src/rules/parser.ts';
import { Store } from '../../src/rules/store.ts';
import { valueText } from '../../src/rules/template.ts';

/** A store with `metric{labels} value` lines; `?` is a value too old to be known. */
function storeOf(lines: string): Store {
  const store = new Store({ keepMs: () => 0, kindOf: () => null });
  for (const line of lines.trim().split('\n')) {
    const [, metric = '', labels = '', value = ''] = /^\s*(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const pairs = labels === '' ? [] : labels.split(',').map((pair) => pair.split('=') as [string, string]);
    const time = value === '?' ? 0 : 100_000;
    store.add(metric, Object.fromEntries(pairs), value === '?' ? 1 : Number(value), 'gauge', null, 1000, time);
  }
  return store;
}

const words = { true: 'true', false: 'false', null: '?' } as const;
function ask(lines: string, condition: string): string[] {
  const { value, faults } = parseCondition(condition);
  if (value === null) throw new Error(faults[0]?.message);
  const verdicts = judgeCondition(value.expr, {
    source: storeOf(lines),
    now: 100_000,
    wall: Date.UTC(2026, 10, 23, 3, 30),
    since: -Infinity,
    lookbackMs: null,
    firing: () => false,
  });
  return verdicts.map(({ labels, truth, value }) => {
    const where = Object.values(labels).join('/');
    return `${where === '' ? '' : `${where} `}${words[String(truth) as 'true']} ${value === null ? '-' : valueText(value)}`;
  });
}

const world = `
  used{target=a} 95
  used{target=b} 50
  used{target=c} ?
  max{target=a} 100
  max{target=b} 100
  max{target=c} 100
  flag 1
  off 0
  odd NaN
  lag{target=a,standby=x} 7
  lag{target=a,standby=y} 3
`;

describe('conditions', () => {
  it.each([
    ['used > 90', ['a true 95', 'b false 50', 'c ? -']],
    ['used > 9000%', ['a true 95', 'b false 50', 'c ? -']],
    ['used / max > 90%', ['a true 0.95', 'b false 0.5', 'c ? -']],
    ['used{target="a"} > 90', ['a true 95']],
    ['used{target=~"[ab]"} <= 50', ['a false 95', 'b true 50']],
    ['not used > 90', ['a false 95', 'b true 50', 'c ? -']],
    ['used > 90 or max == 100', ['a true 95', 'b true 50', 'c true 100']],
    ['used > 90 and max == 0', ['a false 95', 'b false 50', 'c false 100']],
    ['used > 10 and flag', ['a true 95', 'b true 50', 'c ? 1']],
    ['used > 10 unless off', ['a true 95', 'b true 50', 'c ? 0']],
    ['used > 10 unless used', ['a false 95', 'b false 50', 'c ? -']],
    ['flag', ['true 1']],
    ['off', ['false 0']],
    ['odd', ['? -']],
    ['flag / off > 1', ['? -']],
    ['nothing > 1', []],
    ['flag and nothing', ['? 1']],
    ['flag or nothing', ['true 1']],
    ['flag unless nothing', ['true 1']],
    ['sum(max) > 1', ['true 300']],
    ['sum(used) > 1', ['? -']],
    ['count(used) < 3', ['true 2']],
    ['count(used{target!="c"} > 90) == 1', ['true 1']],
    ['avg by (target) (lag) == 5', ['a true 5']],
    ['max without (standby) (lag) > min(lag) + 3', ['a true 7']],
    ['lag > 5 and used > 90', ['a/x true 7', 'a/y false 3', 'b ? 50', 'c ? -'].slice(0, 2)],
    ['absent(nothing{job="x"})', ['x true -']],
    ['absent(used{target="c"})', ['c true -']],
    ['absent(used)', ['false -']],
    ['flag unless hour() < 6', ['false 1']],
    ['minute() == 30 and day_of_week() == 1', ['true 30']],
    ['-off == 0', ['true 0']],
    ['100 > used', ['a true 100', 'b true 100', 'c ? 100']],
  ])('%s', (condition, verdicts) => {
    expect(ask(world, condition).map((line) => line.replace(' -0', ' 0'))).toEqual(verdicts);
  });

  it('refuse to guess which of several series belong together', () => {
    const lines = 'p{target=a,x=1} 1\np{target=a,x=2} 1\nq{target=a,y=1} 1\nq{target=a,y=2} 1';
    expect(() => ask(lines, 'p > q')).toThrow(JoinError);
  });
});

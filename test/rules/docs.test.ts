/** docs/rules.md: every example in it is read, and its test is run. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/config/load-rules.ts';
import { runRuleTests } from '../../src/config/rule-test.ts';
import { selectors } from '../../src/rules/expr.ts';
import { functionsOf } from '../../src/rules/functions.ts';
import { parseCondition } from '../../src/rules/parser.ts';
import { parseMatchers } from '../../src/rules/inhibition.ts';
import { RATE_UNITS, UNITS } from '../../src/rules/units.ts';

const root = path.join(import.meta.dirname, '..', '..');
const docs = readFileSync(path.join(root, 'docs', 'rules.md'), 'utf8');
const blocks = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string);
const block = (key: string): string => blocks.find((text) => text.startsWith(key)) as string;
const conditions = [...docs.matchAll(/^\| `(.+?)` +\|/gm)]
  .map(([, text]) => (text as string).replaceAll('\\|', '|').replace(/(=~) "/, '$1"'))
  .filter((text) => !['keep', 'alert', 'ok', 'nodata'].includes(text.split('`')[0] as string));

describe('docs/rules.md', () => {
  it('has conditions', () => expect(conditions.length).toBeGreaterThan(12));
  it.each(conditions)('%s is a condition', (text) => {
    expect(parseCondition(text).faults).toEqual([]);
  });

  it('shows rules that load', () => {
    for (const key of ['alerts:', 'groups:']) {
      const { rules, faults } = loadRules([{ path: key, text: block(key) }]);
      expect(faults).toEqual([]);
      expect(rules).toHaveLength(1);
    }
  });

  it('shows a rule test that passes', () => {
    const tests = [{ path: 'alerts.test.yaml', text: block('rule_files:') }];
    const report = runRuleTests(tests, (_, pattern) => [{ path: pattern, text: block('alerts:') }]);
    expect(report).toEqual({ passed: 2, failed: 0, failures: [] });
  });

  it('names every unit and every function', () => {
    for (const unit of Object.keys(UNITS)) expect(docs).toContain(`\`${unit}\``);
    for (const unit of Object.keys(RATE_UNITS)) expect(docs).toContain(`\`/${unit}\``);
    for (const fn of functionsOf('prometheus')) {
      expect(docs).toMatch(fn.endsWith('_over_time') ? /\*_over_time/ : new RegExp(`\\b${fn}\\b`));
    }
  });

  it('shows matchers that can be read', () => {
    expect(parseMatchers('{target="cache", severity=~"SEV-[23]"}')).toHaveLength(2);
  });
});

describe('config/alerts.yaml', () => {
  const text = readFileSync(path.join(root, 'config', 'alerts.yaml'), 'utf8');

  it("is the handbook's five conditions as written", () => {
    const { rules, faults } = loadRules([{ path: 'alerts.yaml', text }]);
    expect(faults).toEqual([]);
    expect(rules.map(({ text, severity }) => `${severity} ${text}`)).toEqual([
      'SEV-1 ws_connections < 100 for 2m',
      'SEV-2 redis_memory_usage > 0.9',
      'SEV-1 ws_connection_errors > 100/min',
      'SEV-1 db_pool_exhausted',
      'SEV-1 github_oauth_errors > 10/min',
    ]);
    for (const { runbook, route } of rules) expect([typeof runbook, route]).toEqual(['string', 'on-call-primary']);
  });

  it('suggests variants that load when their marks are removed', () => {
    const all = text.replace(/^ {2}# - name/gm, '  - name').replace(/^ {2}# {3}/gm, '    ');
    const { rules, faults } = loadRules([{ path: 'alerts.yaml', text: all }]);
    expect(faults).toEqual([]);
    expect(rules.length).toBeGreaterThan(15);
    const probes = readFileSync(path.join(root, 'docs', 'probes.md'), 'utf8');
    const asked = rules.flatMap(({ expr }) => selectors(expr).map(({ name }) => name));
    expect(asked.filter((name) => !new RegExp(`\\b${name}\\b`).test(probes))).toEqual([]);
    expect(rules.filter(({ inhibits }) => inhibits.length > 0).map(({ name }) => name)).toEqual([
      'Redis Down',
      'PostgreSQL Down',
    ]);
  });
});
